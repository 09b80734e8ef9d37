"""http_error refuses with the status, code and text of the fault."""

from __future__ import annotations

import asyncio

import pytest
from starlette.requests import Request

from simulator.call import Call
from simulator.contract import Fault
from simulator.errors import ApiError
from simulator.faults import http_error

CALL = Call(Request({"type": "http", "headers": []}), "", 0.0)


@pytest.mark.parametrize(("retry_after_s", "headers"), [(0, {}), (7, {"Retry-After": "7"})], ids=["without", "with"])
def test_the_refusal(retry_after_s: int, headers: dict[str, str]) -> None:
    """Everything comes from the fault; Retry-After only when it has a number."""
    fault = Fault("http_error", status=429, code="Slow", message="Slow down.", retry_after_s=retry_after_s)
    with pytest.raises(ApiError) as caught:
        asyncio.run(http_error.apply(fault, CALL))
    found = caught.value

    assert (found.status, found.code, found.message, found.headers) == (429, "Slow", "Slow down.", headers)
