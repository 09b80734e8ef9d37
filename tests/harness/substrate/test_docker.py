"""A program that is run in a container: its output, its end, and what happens when that does not come."""

from __future__ import annotations

import socket
from typing import Any, cast

import pytest

from harness.errors import LabError
from harness.substrate.docker import Container, ContainerSpec
from harness.substrate.frames import FRAME_HEADER


class FakeEngine:
    """An engine in which one program prints `sent` and then ends, or goes on; `exits` are its answers to looks."""

    def __init__(self, sent: bytes, *exits: int | None, is_ended: bool = True) -> None:
        self.stream, self._program = socket.socketpair()
        self._exits = list(exits)
        self._program.sendall(sent)
        if is_ended:
            self._program.close()

    def exec_create(self, *_: Any) -> dict[str, str]:
        return {"Id": "e"}

    def exec_start(self, *_: Any, socket: bool) -> socket.socket:
        return self.stream

    def exec_inspect(self, _: str) -> dict[str, int | None]:
        return {"ExitCode": self._exits.pop(0) if len(self._exits) > 1 else self._exits[0]}

    def close(self) -> None:
        """End the program, if it still runs."""
        self._program.close()


def run(engine: FakeEngine, timeout_s: float = 60) -> tuple[int, str]:
    """Run the engine's program."""
    container = Container(cast("Any", engine), "c", ContainerSpec("box", "image", [], "machine"))
    try:
        return container.run(["ps", "a b"], timeout_s=timeout_s)
    finally:
        engine.close()


def frame(stream: int, text: str) -> bytes:
    """Give text as the engine sends it."""
    return FRAME_HEADER.pack(stream, len(text.encode())) + text.encode()


def test_both_outputs_and_the_status() -> None:
    """In the order in which they came; the status is awaited, as the engine may tell it later."""
    engine = FakeEngine(frame(1, "one\n") + frame(2, "zwölf\n") + frame(1, ""), None, None, 3)

    assert run(engine) == (3, "one\nzwölf\n")
    assert engine.stream.fileno() == -1


def test_a_program_without_output() -> None:
    """Nothing is no frame."""
    assert run(FakeEngine(b"", 0)) == (0, "")


@pytest.mark.parametrize(("exit_code", "is_ended"), [(0, False), (None, True)], ids=["prints", "has no status"])
def test_a_program_that_does_not_end(exit_code: int | None, is_ended: bool) -> None:
    """The lab does not wait for ever, be it for its output or for its status, and says for what it did."""
    engine = FakeEngine(frame(1, "x"), exit_code, is_ended=is_ended)

    with pytest.raises(LabError, match=r"'ps 'a b'' in 'box' has not ended after 0\.05 s"):
        run(engine, timeout_s=0.05)

    assert engine.stream.fileno() == -1
