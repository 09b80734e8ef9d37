"""Answers leave in one piece, in order, and whole before a connection is closed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from simulator.protocol import Together


class Wire(asyncio.Transport):
    """A transport that keeps what goes out, each piece by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []

    def writelines(self, list_of_data: Iterable[Any]) -> None:
        self.pieces.append(b"".join(list_of_data).decode())

    def close(self) -> None:
        self.pieces.append("closed")

    def abort(self) -> None:
        self.pieces.append("aborted")

    def is_closing(self) -> bool:
        return "closed" in self.pieces

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
        ([write("")], []),
        ([Together.flush], []),
    ],
    ids=["the loop goes round", "flushed", "two answers", "closed", "aborted", "nothing written", "nothing to flush"],
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
