"""The lab clock."""

from __future__ import annotations

import asyncio

from starlette.responses import Response

from simulator.call import Call, json_response
from simulator.clock import iso
from simulator.contract import Clock, ClockChange
from simulator.resources.transition import Transition
from simulator.services.control.bodies import read_body
from simulator.services.control.lab import Lab


async def show(lab: Lab, _: Call) -> Response:
    """Give lab time."""
    clock = lab.store.clock
    return json_response(Clock(now=iso(clock.now()), offset_s=clock.offset_s))


async def change(lab: Lab, call: Call) -> Response:
    """Move lab time on, and do what became due."""
    await advance(lab, read_body(call, ClockChange).advance_s)
    return await show(lab, call)


async def advance(lab: Lab, seconds: int) -> None:
    """Move lab time on, and do what became due. Raises: BadInput."""
    clock = lab.store.clock
    clock.advance(seconds)
    data = {"advance_s": seconds, "offset_s": clock.offset_s}
    lab.store.apply(Transition("clock.advance", kind="clock", data=data))
    lab.due.settle()
    if lab.repository is not None and lab.repository.is_stale:
        await asyncio.to_thread(lab.repository.refresh)
