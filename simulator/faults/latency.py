"""latency: answer late. Field: delay_s, seconds of true time."""

from __future__ import annotations

import asyncio

from simulator.call import Call
from simulator.contract import Fault


async def apply(fault: Fault, call: Call) -> None:  # noqa: ARG001 - all effects are called alike
    """Wait."""
    await asyncio.sleep(fault.delay_s)
