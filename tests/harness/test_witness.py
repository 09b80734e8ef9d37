"""A step's own machine is looked at; a machine's journal is read line by line."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest

from harness.machines.snapshot import Snapshot
from harness.model.scenario import Step
from harness.model.state import JournalLine
from harness.witness import Witness, parse_journal_line


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"UNIT": "a.service", "_SYSTEMD_UNIT": "init.scope", "PRIORITY": "3", "MESSAGE": "Failed",
          "SYSLOG_IDENTIFIER": "systemd"},
         JournalLine("a.service", "systemd", 3, "Failed")),
        ({"_SYSTEMD_UNIT": "a.service", "MESSAGE": [104, 105, 255]}, JournalLine("a.service", "", 6, "hi\ufffd")),
        ({"MESSAGE": None}, JournalLine("", "", 6, "")),
    ],
    ids=["of systemd", "no text", "empty"],
)  # fmt: skip
def test_a_line(fields: dict[str, Any], line: JournalLine) -> None:
    """What systemd says of a unit is that unit's; bytes that are no text are made visible."""
    assert parse_journal_line(fields) == line


class _Seen(msgspec.Struct):
    """Stands for a state."""

    units: dict[str, object] = {}
    connected: tuple[object, ...] = ()


class _Looks:
    """Stands for the looks at machines, and writes down at which."""

    def __init__(self) -> None:
        self.looked: list[object] = []

    def settle(self, machine: object) -> None:
        pass

    def look(self, machine: object, _: object) -> _Seen:
        self.looked.append(machine)
        return _Seen()


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> _Looks:
    """Give the looks of a case with two machines."""
    looks = _Looks()
    monkeypatch.setattr("harness.witness.states", looks)
    monkeypatch.setattr("harness.witness.Transition", lambda **_: None)
    return looks


_SEEN = Snapshot({}, {}, (), (), (), ())


class _Machine:
    """Has nothing to say."""

    last_snapshot = _SEEN

    def must(self, script: str, what: str) -> str:
        return ""

    def exposed(self, *folders: str) -> list[str]:
        return []


def test_the_steps_own_machine_is_looked_at_once(looks: _Looks) -> None:
    """Also when the step before was done on another one; again only where something was done since."""
    one, two = _Machine(), _Machine()
    context = SimpleNamespace(
        machine=one, machines={"one": one, "two": two}, accepted_exits=(), edited=(),
        control=SimpleNamespace(machines=list, last_seq=lambda: 0), product=SimpleNamespace(leftovers=()),
    )  # fmt: skip
    witness = Witness(cast("Any", context))
    record = cast("Any", SimpleNamespace(index=1, title="", outcome="pass", commands=(), duration_s=1.0))
    for kind, name in (
        ("install", "one"),
        ("upgrade", "one"),
        ("command", "one"),
        ("upgrade", "one"),
        ("install", "two"),
    ):
        step = cast("Step", SimpleNamespace(kind=kind, machine=name, arguments=None))
        assert witness.before(step) is (None if kind == "command" else _SEEN)
        context.machine = context.machines[name]
        witness.after(step, record)
    witness.forget()
    witness.before(step)

    assert looks.looked == [one, one, one, one, one, two, two, two]


def test_a_machine_that_is_ended_from_within_is_noted(looks: _Looks, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody can look at it after the step; where it was the lab that broke, the look says so."""
    machine = _Machine()
    context = SimpleNamespace(
        machine=machine, machines={"one": machine}, accepted_exits=(), edited=(),
        control=SimpleNamespace(machines=list, last_seq=lambda: 0), product=SimpleNamespace(leftovers=()),
    )  # fmt: skip
    record = cast("Any", SimpleNamespace(index=1, title="install", outcome="error", commands=(), duration_s=1.0))
    step = cast("Step", SimpleNamespace(kind="install", machine="one", arguments=None))
    endings: list[Any] = []
    for how in ("shuts the machine down", ""):
        monkeypatch.setattr("harness.witness.how_it_ended", lambda _, how=how: how)
        witness = Witness(cast("Any", context))
        witness.before(step)
        witness.after(step, record)
        endings.append(witness.ending and witness.ending.how)

    assert (endings, len(looks.looked)) == (["shuts the machine down", None], 3)
