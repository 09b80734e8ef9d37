"""A machine that was ended from within is told from an engine that has lost it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from harness.errors import LabError
from harness.machines.ending import how_it_ended


def _machine(*, running: bool, alive: tuple[int, ...] = (), state: str = "running") -> Any:
    """Give a machine with the shells 7 and 8, of which some live."""

    def run(command: list[str], **_: float) -> tuple[int, str]:
        if command[0] == "systemctl":
            return 1, f"{state}\n"
        return int(command[-1] not in {f"/proc/{pid}" for pid in alive}), ""

    container = SimpleNamespace(is_running=lambda: running, run=run)
    return cast("Any", SimpleNamespace(container=container, shells=(7, 8)))


@pytest.mark.parametrize(
    ("machine", "expected"),
    [
        (_machine(running=False), "shuts the machine down"),
        (_machine(running=True, state="stopping"), "shuts the machine down"),
        (_machine(running=True, alive=(7,)), "ends the shell of whoever is signed in"),
        (_machine(running=True, alive=(7, 8)), ""),
    ],
    ids=["gone", "going", "killed", "stream lost"],
)
def test_what_has_become_of_it(machine: Any, expected: str) -> None:
    """Nothing is said of a machine whose shells live: then it was the connection."""
    assert how_it_ended(machine) == expected


def test_an_engine_that_is_silent_says_nothing() -> None:
    """Nobody knows then, and the lab is broken."""

    def silent() -> bool:
        raise LabError("engine-gone", "the engine does not answer.")

    machine = SimpleNamespace(container=SimpleNamespace(is_running=silent), shells=(7,))

    with pytest.raises(LabError, match="does not answer"):
        how_it_ended(cast("Any", machine))
