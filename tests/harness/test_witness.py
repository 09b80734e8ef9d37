"""A step's own machine is looked at; a machine's journal is read line by line."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

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


def test_the_steps_own_machine_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when the step before was done on another one."""
    looked: list[object] = []
    monkeypatch.setattr("harness.witness.states", SimpleNamespace(
        settle=lambda machine: None, look=lambda machine, _: looked.append(machine)
    ))  # fmt: skip
    control = SimpleNamespace(machines=list, last_seq=lambda: 0)
    context = SimpleNamespace(machine="box-1", machines={"box-1": "box-1", "box-2": "box-2"}, control=control)
    Witness(cast("Any", context)).before(cast("Step", SimpleNamespace(kind="install", machine="box-2")))

    assert looked == ["box-2"]
