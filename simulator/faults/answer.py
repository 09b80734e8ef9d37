"""answer: answer with a status, headers and body of one's own. Fields: status, headers, body, retry_after_s."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from simulator.call import Call
from simulator.resources.entities import FaultInForce


async def apply(entry: FaultInForce, call: Call) -> Response | None:  # noqa: ARG001 - all effects are called alike
    """Answer. A text is sent as it is, anything else as JSON; a header of the fault's wins."""
    fault = entry.fault
    if fault.body is None:
        response = Response(status_code=fault.status)
    elif isinstance(fault.body, str):
        response = Response(fault.body, fault.status, media_type="text/plain")
    else:
        response = Response(msgspec.json.encode(fault.body), fault.status, media_type="application/json")
    if fault.retry_after_s:
        response.headers["Retry-After"] = str(fault.retry_after_s)
    response.headers.update(fault.headers)
    return response
