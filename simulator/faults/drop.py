"""drop: break the connection without an answer; the client sees a reset."""

from __future__ import annotations

from starlette.responses import Response

from simulator.call import Call
from simulator.errors import Dropped
from simulator.resources.entities import FaultInForce


async def apply(entry: FaultInForce, call: Call) -> Response | None:  # noqa: ARG001 - all effects are called alike
    """Break off. Raises: Dropped."""
    raise Dropped
