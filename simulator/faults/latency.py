"""latency: answer late. Field: delay_s, seconds of true time."""

from __future__ import annotations

import asyncio

from starlette.responses import Response

from simulator.call import Call
from simulator.resources.entities import FaultInForce


async def apply(entry: FaultInForce, call: Call) -> Response | None:  # noqa: ARG001 - all effects are called alike
    """Wait."""
    await asyncio.sleep(entry.fault.delay_s)
    return None
