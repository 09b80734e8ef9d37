"""fleet: machines are started some at once, onboarded side by side, and ended."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from harness.context import Context
from harness.errors import LabError
from harness.model.machine_steps import Fleet, Onboard
from harness.steps import fleet

MakeContext = Callable[..., Context]
MakeCommand = Callable[..., Any]


class _Room:
    """Writes down what is started and what has ended; the case's own stack is `stack`."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.stack = contextlib.ExitStack()

    def start(self, name: str, place: int, stack: contextlib.ExitStack) -> Any:
        self.done.append(f"{name} at {place}")
        stack.callback(self.done.append, f"{name} ends")
        return SimpleNamespace(name=name)

    def make_ready(self, machine: Any) -> None:
        """Every double is ready."""


@pytest.fixture
def room() -> _Room:
    """Give a room."""
    return _Room()


@pytest.fixture
def context(make_context: MakeContext, room: _Room) -> Context:
    """Give a context with one machine, and the room."""
    context = make_context()
    context.machines = {"box-1": context.machine}
    context.room = cast("Any", room)
    return context


@pytest.fixture
def onboarded(context: Context, monkeypatch: pytest.MonkeyPatch, make_command: MakeCommand) -> list[str]:
    """Onboard two machines at a time, which meet; the fourth one's command fails. Gives what was told to whom."""
    told: list[str] = []
    meet = threading.Barrier(2, timeout=10)

    def run(own: Context, arguments: Onboard) -> None:
        meet.wait()
        told.append(f"{own.machine.name} as {arguments.connect} by {arguments.principal}")
        context.commands.append(make_command(1 if own.machine.name == "f-4" else 0, stdout=own.machine.name))

    monkeypatch.setattr("harness.steps.onboard.run", run)
    return told


def test_some_onboard_at_once_and_end(context: Context, room: _Room, onboarded: list[str]) -> None:
    """Places are used again; the case's own machine keeps its place, and stays the step's."""
    before = context.machine
    fleet.run(context, Fleet(size=2, at_once=2, name="f"))

    assert sorted(onboarded) == ["f-1 as f-1 by onboarding", "f-2 as f-2 by onboarding"]
    assert room.done == ["f-1 at 2", "f-2 at 3", "f-2 ends", "f-1 ends"]
    assert (context.machine, list(context.machines)) == (before, ["box-1"])


def test_a_failure_is_the_last_command_and_its_machines_stay(
    context: Context, room: _Room, onboarded: list[str]
) -> None:
    """Nothing more is started, logs can be brought home, and all ends with the case."""
    fleet.run(context, Fleet(size=6, at_once=2, name="f", principal="reader"))
    stayed = list(room.done)
    room.stack.close()

    assert (context.commands[-1].exit, context.commands[-1].stdout) == (1, "f-4")
    assert list(context.machines) == ["box-1", "f-3", "f-4"]
    assert stayed == ["f-1 at 2", "f-2 at 3", "f-2 ends", "f-1 ends", "f-3 at 2", "f-4 at 3"]
    assert room.done[len(stayed) :] == ["f-4 ends", "f-3 ends"]


def test_what_breaks_stays_until_the_case_ends(context: Context, room: _Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is gone is an error of the lab's, told when the others are done; logs can be brought home."""
    others: list[str] = []

    def run(own: Context, arguments: Onboard) -> None:
        if own.machine.name == "f-1":
            raise LabError("machine-gone", "f-1 is gone.")
        others.append(own.machine.name)

    monkeypatch.setattr("harness.steps.onboard.run", run)
    with pytest.raises(LabError, match="f-1 is gone"):
        fleet.run(context, Fleet(size=4, at_once=2, name="f"))
    stayed = list(room.done)
    room.stack.close()

    assert (others, list(context.machines)) == (["f-2"], ["box-1", "f-1", "f-2"])
    assert (stayed, room.done[2:]) == (["f-1 at 2", "f-2 at 3"], ["f-2 ends", "f-1 ends"])


@pytest.mark.parametrize(("word", "there"), [("make_ready", ["f-1", "f-2"]), ("start", ["f-1"])])
def test_what_does_not_start_stays_until_the_case_ends(
    context: Context, room: _Room, monkeypatch: pytest.MonkeyPatch, word: str, there: list[str]
) -> None:
    """Whether it does not boot or is not even there: whatever was started can be asked why."""
    real = getattr(room, word)

    def refuse(what: Any, *more: Any) -> Any:
        if getattr(what, "name", what) == "f-2":
            raise LabError("machine-boot", "f-2 did not finish booting.")
        return real(what, *more)

    monkeypatch.setattr(room, word, refuse)
    with pytest.raises(LabError, match="f-2 did not"):
        fleet.run(context, Fleet(size=4, at_once=2, name="f"))
    stayed = list(room.done)
    room.stack.close()

    assert list(context.machines) == ["box-1", *there]
    assert not any("ends" in done for done in stayed)
    assert room.done[len(stayed) :] == [f"{name} ends" for name in reversed(there)]


def test_a_case_without_a_room_says_so(make_context: MakeContext) -> None:
    """Nothing is pretended."""
    with pytest.raises(LabError, match="no place for more machines"):
        fleet.run(make_context(), Fleet(size=1))
