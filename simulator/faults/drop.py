"""drop: break the connection without an answer; the client sees a reset."""

from __future__ import annotations

from simulator.call import Call
from simulator.contract import Fault
from simulator.errors import Dropped


async def apply(fault: Fault, call: Call) -> None:  # noqa: ARG001 - all effects are called alike
    """Break off. Raises: Dropped."""
    raise Dropped
