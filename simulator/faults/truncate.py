"""truncate: send part of the body and end the connection; the client misses the rest. Field: keep_share, 0 to 1."""

from __future__ import annotations

from starlette.responses import Response
from starlette.types import Message, Send

from simulator.call import Call
from simulator.resources.entities import FaultInForce


async def apply(entry: FaultInForce, call: Call) -> Response | None:
    """Let the answer be cut. The header still says how long all of it is; an empty body is not cut."""
    call.senders.append(lambda send: _cutting(send, entry.fault.keep_share, call))
    return None


def _cutting(send: Send, keep_share: float, call: Call) -> Send:
    left = 0

    async def send_part(message: Message) -> None:
        nonlocal left
        if call.is_cut:
            return
        if message["type"] == "http.response.start":
            left = int(_length(message) * keep_share)
            call.is_cut = False
            await send(message)
            return
        body = message.get("body", b"")
        if len(body) <= left or not body:
            left -= len(body)
            await send(message)
            return
        call.is_cut = True
        await send({**message, "body": body[:left], "more_body": True})

    return send_part


def _length(message: Message) -> int:
    return next((int(value) for name, value in message["headers"] if name == b"content-length"), 0)
