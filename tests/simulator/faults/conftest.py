"""What tests of effects share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response

from simulator.call import Call
from simulator.contract import Fault
from simulator.faults import EFFECTS
from simulator.resources.entities import FaultInForce


@pytest.fixture
def call() -> Call:
    """Give a request on its way."""
    return Call(Request({"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}), "", 0.0)


@pytest.fixture
def apply(call: Call) -> Callable[..., Any]:
    """Give a way to apply a fault to the request: the members of the fault go in, what the effect gives comes out."""

    async def apply_fault(effect: str, **members: Any) -> Response | None:
        fault = Fault(effect, **members)  # type: ignore[arg-type] # a test names it
        return await EFFECTS[effect](FaultInForce(key="000000007", fault=fault, armed=0.0), call)

    return apply_fault
