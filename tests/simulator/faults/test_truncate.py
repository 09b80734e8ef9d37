"""truncate sends part of a body; that the connection then ends is shown over real sockets in test_server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from simulator.call import Call
from simulator.contract import Fault
from simulator.faults import truncate
from simulator.resources.entities import FaultInForce


def send_through(response: Response, share: float) -> tuple[bytes, bool, bool]:
    """Send a response through the fault; give the body that comes out, whether it ended, whether it was cut."""
    call = Call(Request({"type": "http", "method": "GET", "path": "/", "headers": []}), "", 0.0)
    sent: list[dict[str, Any]] = []

    async def go() -> None:
        await truncate.apply(FaultInForce(key="1", fault=Fault("truncate", keep_share=share), armed=0.0), call)

        async def send(message: Any) -> None:
            sent.append(message)

        await response({"type": "http"}, _never, call.senders[0](send))

    asyncio.run(go())
    body = b"".join(message.get("body", b"") for message in sent)
    return body, not sent[-1].get("more_body", False), call.is_cut


async def _never() -> Any:
    await asyncio.Event().wait()


@given(body=some.binary(min_size=1, max_size=50), share=some.floats(0, 1, exclude_max=True))
def test_a_share_is_sent(body: bytes, share: float) -> None:
    """So much of the body comes and no more; the end never does."""
    assert send_through(Response(body), share) == (body[: int(len(body) * share)], False, True)


@pytest.mark.parametrize("status", [200, 204])
def test_an_empty_body_is_not_cut(status: int) -> None:
    """There is nothing to miss."""
    assert send_through(Response(status_code=status), 0.5) == (b"", True, False)


def test_pieces_are_cut_where_one_would_be() -> None:
    """A body that comes in pieces is cut at the same place, and what comes after it is not sent."""
    pieces = StreamingResponse(iter([b"abcd", b"efgh", b"ijkl"]), headers={"content-length": "12"})

    assert send_through(pieces, 0.5) == (b"abcdef", False, True)


def test_it_goes_on_to_the_service(apply: Callable[..., Any], call: Call) -> None:
    """The request itself is answered as always."""
    assert asyncio.run(apply("truncate")) is None
    assert len(call.senders) == 1
