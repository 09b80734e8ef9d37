"""A body is read whole or not at all."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.requests import ClientDisconnect, Request

from simulator.call import Call
from simulator.errors import ApiError
from simulator.request_content import read_body


def read(*messages: dict[str, Any], limit: int = 10, headers: tuple[tuple[bytes, bytes], ...] = ()) -> bytes:
    """Read the body that comes in these messages."""
    waiting = list(messages)

    async def receive() -> dict[str, Any]:
        return waiting.pop(0)

    scope = {"type": "http", "method": "PUT", "path": "/", "query_string": b"", "headers": list(headers)}
    call = Call(Request(scope, receive), "host", 0.0)
    asyncio.run(read_body(call, limit))
    return call.body


LENGTH = ((b"content-length", b"4"),)
CHUNKED = ((b"transfer-encoding", b"chunked"),)


def test_pieces_are_put_together() -> None:
    """In their order, until one says that it is the last."""
    pieces = ({"type": "http.request", "body": b"ab", "more_body": True}, {"type": "http.request", "body": b"cd"})

    assert read(*pieces, headers=CHUNKED) == b"abcd"


def test_what_announces_no_body_has_none() -> None:
    """Nothing is waited for."""
    assert read() == b""


def test_too_much() -> None:
    """It is refused as soon as it is too much, without the rest."""
    with pytest.raises(ApiError, match="larger than 3 bytes"):
        read({"type": "http.request", "body": b"abcd", "more_body": True}, limit=3, headers=LENGTH)


def test_a_client_that_goes_away() -> None:
    """Half a body is none."""
    with pytest.raises(ClientDisconnect):
        read({"type": "http.request", "body": b"ab", "more_body": True}, {"type": "http.disconnect"}, headers=LENGTH)
