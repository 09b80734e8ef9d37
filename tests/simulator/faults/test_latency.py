"""latency holds a request for true time, and others go on."""

from __future__ import annotations

import asyncio
import time

from starlette.requests import Request

from simulator.call import Call
from simulator.contract import Fault
from simulator.faults import latency


def test_it_waits_and_lets_others_go_on() -> None:
    """Two requests wait at the same time."""

    async def wait_twice() -> float:
        started = time.monotonic()
        call = Call(Request({"type": "http", "headers": []}), "", 0.0)
        await asyncio.gather(*(latency.apply(Fault("latency", delay_s=0.2), call) for _ in range(2)))
        return time.monotonic() - started

    assert 0.19 <= asyncio.run(wait_twice()) < 0.39
