"""Reads the body of a request, which may come slowly, break off, or be too large."""

from __future__ import annotations

from starlette.requests import ClientDisconnect

from simulator.call import Call
from simulator.errors import ApiError


async def read_body(call: Call, limit: int) -> None:
    """Put the body into the call. Raises: ApiError 413 for more than `limit` bytes, ClientDisconnect.

    Source: HTTP/1.1: a request that announces no body has none.
    """
    if not (call.header("content-length") or call.header("transfer-encoding")):
        return
    chunks, size = [], 0
    has_more = True
    while has_more:
        message = await call.request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            text = f"The request content is larger than {limit} bytes."
            raise ApiError(413, "RequestEntityTooLarge", text)
        chunks.append(chunk)
        has_more = message.get("more_body", False)
    call.body = b"".join(chunks)
