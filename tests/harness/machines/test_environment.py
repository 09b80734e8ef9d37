"""An environment is made once, checked as commands are typed, and what a boot ends is made again; else: an error."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from harness.errors import LabError
from harness.machines.environment import establish
from harness.machines.package_managers import Script
from harness.model.environment import ORDINARY_SEAT, Environment, Seat


class _Machine:
    """Writes down what is run on it, and from which seat."""

    def __init__(self, status: int = 0) -> None:
        self.done: list[tuple[str, Seat]] = []
        self.status = status
        self.seat = ORDINARY_SEAT
        self.after_boot: Callable[[], None] = lambda: None

    def must(self, script: str, what: str) -> str:
        self.done.append((script, self.seat))
        return ""

    def run_script(self, script: Script) -> SimpleNamespace:
        self.done.append((script.line, self.seat))
        return SimpleNamespace(exit=self.status, stdout="said", stderr="")


SEAT = Seat(terminal=False)
HOSTILE = Environment("it is hostile", "why", check="is it so", set_up="make it so", at_boot="mount it", seat=SEAT)


def test_it_is_made_once_and_what_a_boot_ends_after_each() -> None:
    """By root at first, then checked as the commands of steps are typed; a later boot makes no more than it ended."""
    machine = _Machine()
    establish(cast("Any", machine), HOSTILE)
    machine.after_boot()

    assert machine.done == [
        ("make it so", ORDINARY_SEAT), ("mount it", ORDINARY_SEAT), ("is it so", SEAT), ("mount it", SEAT)
    ]  # fmt: skip
    assert machine.seat == SEAT


def test_one_without_services_ends_with_the_boot() -> None:
    """An image that was built boots as any machine."""
    machine = _Machine()
    establish(cast("Any", machine), Environment("built", "why", check="is it so", seat=SEAT, services=False))
    machine.after_boot()

    assert machine.done == [("is it so", SEAT)]
    assert machine.seat == ORDINARY_SEAT


def test_what_is_not_in_force_is_an_error() -> None:
    """With the check, its status and what it printed."""
    with pytest.raises(LabError, match="not in force: it is hostile") as raised:
        establish(cast("Any", _Machine(1)), HOSTILE)

    assert all(words in str(raised.value) for words in ("'is it so' ended with 1", "said"))
