"""drop orders the connection to be broken; that it is broken is shown over real sockets in test_server."""

from __future__ import annotations

import asyncio

import pytest
from starlette.requests import Request

from simulator.call import Call
from simulator.contract import Fault
from simulator.errors import Dropped
from simulator.faults import drop


def test_it_orders_to_break_off() -> None:
    """There is no answer."""
    with pytest.raises(Dropped):
        asyncio.run(drop.apply(Fault("drop"), Call(Request({"type": "http", "headers": []}), "", 0.0)))
