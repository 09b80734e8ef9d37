"""http_error: answer with an error status. Fields: status, code, message, retry_after_s (seconds, 0 for none)."""

from __future__ import annotations

from starlette.responses import Response

from simulator.call import Call
from simulator.errors import ApiError
from simulator.resources.entities import FaultInForce


async def apply(entry: FaultInForce, call: Call) -> Response | None:  # noqa: ARG001 - all effects are called alike
    """Refuse. Raises: ApiError, which the host renders in its own form."""
    fault = entry.fault
    headers = {"Retry-After": str(fault.retry_after_s)} if fault.retry_after_s else {}
    raise ApiError(fault.status, fault.code, fault.message, headers=headers)
