"""Answers leave in one piece, in order, and whole before a connection is closed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from simulator.app import ABORT, END, WHOLE
from simulator.call import Answer
from simulator.protocol import CloudProtocol, Together


class Wire(asyncio.Transport):
    """A transport that keeps what goes out, each piece by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []

    def write(self, data: Any) -> None:
        self.pieces.append(data.decode())

    def writelines(self, list_of_data: Iterable[Any]) -> None:
        self.write(b"".join(list_of_data))

    def close(self) -> None:
        self.pieces.append("closed")

    def abort(self) -> None:
        self.pieces.append("aborted")

    def is_closing(self) -> bool:
        return "closed" in self.pieces

    def pause_reading(self) -> None:
        """Whoever sends here sends all at once."""

    def resume_reading(self) -> None:
        """The same."""

    def get_extra_info(self, name: str, default: object = None) -> object:
        return name


def after(*steps: Callable[[Together], None]) -> list[str]:
    """Give what has gone out after some steps, and after the loop has gone round once more."""

    async def go() -> list[str]:
        wire = Wire()
        together = Together(wire, asyncio.get_running_loop())
        for step in steps:
            step(together)
        await asyncio.sleep(0)
        return wire.pieces

    return asyncio.run(go())


def write(text: str) -> Callable[[Together], None]:
    """Give a step that writes."""
    return lambda together: together.write(text.encode())


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([write("head"), write("body")], ["headbody"]),
        ([write("head"), write(""), write("body"), Together.flush], ["headbody"]),
        ([write("one"), Together.flush, write("two")], ["one", "two"]),
        ([write("head"), Together.close], ["head", "closed"]),
        ([write("head"), Together.abort], ["aborted"]),
        ([write("one"), lambda together: together.send(b"two")], ["one", "two"]),
        ([write("")], []),
        ([Together.flush], []),
    ],
    ids=[
        "the loop goes round",
        "flushed",
        "two answers",
        "closed",
        "aborted",
        "sent behind",
        "nothing written",
        "nothing to flush",
    ],
)
def test_what_is_written_goes_out_together(steps: list[Callable[[Together], None]], expected: list[str]) -> None:
    """Nothing is lost but by an abort, and nothing goes out twice."""
    assert after(*steps) == expected


def test_it_is_the_transport_otherwise() -> None:
    """What the protocol asks of its transport, the transport answers."""
    wire = Wire()
    together = Together(wire, asyncio.new_event_loop())

    assert (together.get_extra_info("peername"), together.is_closing()) == ("peername", False)

    together.close()

    assert together.is_closing()
    together._loop.close()


class Told(Wire):
    """A transport that keeps all bytes."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = b""

    def write(self, data: Any) -> None:
        self.sent += data

    def writelines(self, list_of_data: Iterable[Any]) -> None:
        self.write(b"".join(list_of_data))

    def get_extra_info(self, name: str, default: object = None) -> object:
        return ("127.0.0.1", 5) if name in ("peername", "sockname") else default


def answered(requests: bytes, answer: Answer, *, at_once: bool) -> bytes:
    """Give what goes out for some requests, with or without the way to send an answer at once."""
    tried: list[bool] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        tried.append(at_once and scope["extensions"][WHOLE](answer.status_code, answer.raw_headers, answer.body))
        if not tried[-1]:
            await answer(scope, receive, send)

    async def go() -> bytes:
        config = uvicorn.Config(app, http=CloudProtocol, ws="none", lifespan="off", log_config=None, access_log=False)
        config.load()
        wire, protocol = Told(), CloudProtocol(config=config, server_state=ServerState(), app_state={})
        protocol.connection_made(wire)
        protocol.data_received(requests)
        for _ in range(20):
            await asyncio.sleep(0)
        return wire.sent

    return asyncio.run(go())


@pytest.mark.parametrize(
    "requests",
    [b"GET /a HTTP/1.1\r\n\r\n", b"HEAD /a HTTP/1.1\r\n\r\n", b"GET /a HTTP/1.0\r\n\r\n",
     b"GET /a HTTP/1.1\r\nConnection: close\r\n\r\n", b"GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n",
     b"POST /a HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}"],
    ids=["get", "head", "old", "last", "two in a row", "with a body"],
)  # fmt: skip
@pytest.mark.parametrize("status", [200, 204, 404])
def test_an_answer_sent_at_once_is_uvicorns(requests: bytes, status: int) -> None:
    """Byte for byte it is what uvicorn sends in two steps."""
    answer = Answer(b"" if status == 204 else b"{}", status, {"X-A": "b"}, "application/json")
    expected = answered(requests, answer, at_once=False)

    assert expected.count(b"HTTP/1.1 %d " % status) == requests.count(b" HTTP/1")
    assert answered(requests, answer, at_once=True) == expected


@pytest.mark.parametrize("value", ["a\r\nset-cookie: b", "a\nb", "a\rb"])
def test_a_header_with_a_line_break_does_not_go_out(value: str) -> None:
    """Nobody can put a header of his own into an answer."""
    sent = answered(b"GET /a HTTP/1.1\r\n\r\n", Answer(b"{}", 200, {"X-A": value}), at_once=True)

    assert b"set-cookie" not in sent
    assert b"\nb" not in sent
    assert b"\rb" not in sent


def tasks_of(requests: bytes, *, is_lost: bool) -> tuple[list[str], int]:
    """Give the paths that the app was asked for, and how many tasks a connection has after that."""
    asked: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        asked.append(scope["path"])
        await Answer(b"{}")(scope, receive, send)

    async def go() -> int:
        config = uvicorn.Config(app, http=CloudProtocol, ws="none", lifespan="off", log_config=None, access_log=False)
        config.load()
        state = ServerState()
        protocol = CloudProtocol(config=config, server_state=state, app_state={})
        protocol.connection_made(Told())
        protocol.data_received(requests)
        if is_lost:
            protocol.connection_lost(None)
        for _ in range(20):
            await asyncio.sleep(0)
        return len(state.tasks)

    return asked, asyncio.run(go())


_TWO = b"GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n"


def test_one_task_answers_a_connection() -> None:
    """It answers one request after the other, and waits for more."""
    assert tasks_of(_TWO, is_lost=False) == (["/a", "/b"], 1)


@pytest.mark.parametrize("requests", [b"", b"GET /a HTTP/1.1\r\n\r\n"], ids=["idle", "asked"])
def test_a_task_ends_with_its_connection(requests: bytes) -> None:
    """What was asked is done all the same: whoever sends and leaves has asked."""
    assert tasks_of(requests, is_lost=True) == (["/a"] if requests else [], 0)


@pytest.mark.parametrize("requests", [_TWO[: len(_TWO) // 2], _TWO], ids=["alone", "before another one"])
@pytest.mark.parametrize("how", [ABORT, END])
def test_a_task_ends_with_a_connection_that_it_ends(requests: bytes, how: str) -> None:
    """The app waits until the connection is gone, also where a request waits behind that one; that is not asked."""
    asked: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        asked.append(scope["path"])
        scope["extensions"][how]()
        while (await receive())["type"] != "http.disconnect":
            continue

    async def go() -> int:
        config = uvicorn.Config(app, http=CloudProtocol, ws="none", lifespan="off", log_config=None, access_log=False)
        config.load()
        wire, state = Told(), ServerState()
        protocol = CloudProtocol(config=config, server_state=state, app_state={})
        protocol.connection_made(wire)
        protocol.data_received(requests)
        for number in range(20):
            await asyncio.sleep(0)
            if number == 10 and wire.pieces:
                protocol.connection_lost(None)
        return len(state.tasks)

    assert (asyncio.run(go()), asked) == (0, ["/a"])
