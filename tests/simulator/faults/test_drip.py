"""drip sends a whole body slowly."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from starlette.requests import Request
from starlette.responses import Response

from simulator.call import Call
from simulator.contract import Fault
from simulator.faults import drip
from simulator.resources.entities import FaultInForce


def send_through(body: bytes, piece_bytes: int, delay_s: float = 0.0) -> list[dict[str, Any]]:
    """Send a body through the fault; give the messages that come out."""
    call = Call(Request({"type": "http", "method": "GET", "path": "/", "headers": []}), "", 0.0)
    sent: list[dict[str, Any]] = []

    async def go() -> None:
        fault = Fault("drip", piece_bytes=piece_bytes, delay_s=delay_s)
        await drip.apply(FaultInForce(key="1", fault=fault, armed=0.0), call)

        async def send(message: Any) -> None:
            sent.append(message)

        async def receive() -> Any:
            await asyncio.Event().wait()

        await Response(body)({"type": "http"}, receive, call.senders[0](send))

    asyncio.run(go())
    return sent


@given(body=some.binary(max_size=50), piece_bytes=some.integers(1, 60))
def test_the_body_is_whole(body: bytes, piece_bytes: int) -> None:
    """Start, pieces of the size and the end, in this order."""
    start, *pieces, end = send_through(body, piece_bytes)

    assert (start["type"], end["body"], end["more_body"]) == ("http.response.start", b"", False)
    assert b"".join(piece["body"] for piece in pieces) == body
    assert [len(piece["body"]) for piece in pieces[:-1]] == [piece_bytes] * (len(pieces) - 1)


@pytest.mark.parametrize(("piece_bytes", "slowest_s"), [(2, 0.1), (10, 0.02)])
def test_it_takes_its_time(piece_bytes: int, slowest_s: float) -> None:
    """There is a pause before each piece."""
    started = time.monotonic()
    send_through(b"0123456789", piece_bytes, 0.02)

    assert time.monotonic() - started >= slowest_s
