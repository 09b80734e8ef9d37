"""What a package manager comes to grief of is undone, whatever happens meanwhile."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from harness.errors import LabError
from harness.machines.crash import full_disk, held_lock


class _Machine:
    """Writes down what is done to it while it runs."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.runs = True
        self.container = SimpleNamespace(is_running=lambda: self.runs)

    def must(self, script: str, what: str) -> str:
        if not self.runs:
            raise LabError("shell-gone", f"it cannot {what}.")
        self.done.append(what)
        return "4711\n"


_HARMS = pytest.mark.parametrize(
    ("harm", "done"),
    [(full_disk, ["fill a disk", "empty a disk"]), (held_lock, ["hold a lock", "release a lock"])],
    ids=["disk", "lock"],
)


@_HARMS
def test_it_is_undone_after_a_mistake(harm: Any, done: list[str]) -> None:
    """The next step finds the machine as it was."""
    machine = _Machine()
    with pytest.raises(LabError), harm(cast("Any", machine), "/var/lib/a"):
        raise LabError("machine-gone", "it broke.")

    assert machine.done == done


def _go_away(machine: _Machine, harm: Any, error: LabError | None = None) -> None:
    """Let a machine go away while it is harmed, with this error or without a word."""
    with harm(cast("Any", machine), "/var/lib/a"):
        machine.runs = False
        if error:
            raise error


@_HARMS
def test_of_a_machine_that_is_gone_nothing_is_undone(harm: Any, done: list[str]) -> None:
    """What made it go is told, and not that the harm cannot be undone."""
    machine = _Machine()
    with pytest.raises(LabError, match="it broke"):
        _go_away(machine, harm, LabError("machine-gone", "it broke."))

    assert machine.done == done[:1]


@_HARMS
def test_what_cannot_be_undone_is_an_error(harm: Any, done: list[str]) -> None:
    """A machine that went away although nothing was said cannot be used any more."""
    with pytest.raises(LabError, match=f"cannot {done[1]}"):
        _go_away(_Machine(), harm)
