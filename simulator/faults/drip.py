"""drip: send the body slowly, in pieces. Fields: piece_bytes, and delay_s of true time before each."""

from __future__ import annotations

import asyncio

from starlette.responses import Response
from starlette.types import Message, Send

from simulator.call import Call
from simulator.resources.entities import FaultInForce


async def apply(entry: FaultInForce, call: Call) -> Response | None:
    """Let the answer drip."""
    call.senders.append(lambda send: _dripping(send, entry.fault.piece_bytes, entry.fault.delay_s))
    return None


def _dripping(send: Send, piece_bytes: int, delay_s: float) -> Send:
    async def send_pieces(message: Message) -> None:
        body = message.get("body", b"")
        for start in range(0, len(body), piece_bytes):
            await asyncio.sleep(delay_s)
            await send({"type": "http.response.body", "body": body[start : start + piece_bytes], "more_body": True})
        if message["type"] == "http.response.start":
            await send(message)
        elif not message.get("more_body", False):
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    return send_pieces
