"""stale: answer a read from what the cloud remembered when the fault was armed, as a slow replica does."""

from __future__ import annotations

from starlette.responses import Response

from simulator.call import Call
from simulator.resources.entities import FaultInForce


async def apply(entry: FaultInForce, call: Call) -> Response | None:
    """Let the request be answered from the earlier state that is kept under the fault's key."""
    call.earlier_state = entry.key
    return None
