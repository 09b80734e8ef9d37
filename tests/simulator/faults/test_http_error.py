"""http_error refuses with the status, code and text of the fault."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from simulator.errors import ApiError


@pytest.mark.parametrize(("retry_after_s", "headers"), [(0, {}), (7, {"Retry-After": "7"})], ids=["without", "with"])
def test_the_refusal(apply: Callable[..., Any], retry_after_s: int, headers: dict[str, str]) -> None:
    """Everything comes from the fault; Retry-After only when it has a number."""
    with pytest.raises(ApiError) as caught:
        asyncio.run(apply("http_error", status=429, code="Slow", message="Slow down.", retry_after_s=retry_after_s))
    found = caught.value

    assert (found.status, found.code, found.message, found.headers) == (429, "Slow", "Slow down.", headers)
