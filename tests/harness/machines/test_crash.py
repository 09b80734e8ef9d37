"""What a package manager comes to grief of is undone, whatever happens meanwhile."""

from __future__ import annotations

from typing import Any, cast

import pytest

from harness.errors import LabError
from harness.machines.crash import full_disk, held_lock


class _Machine:
    """Writes down what is done to it."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def must(self, script: str, what: str) -> str:
        self.done.append(what)
        return "4711\n"


@pytest.mark.parametrize(
    ("harm", "done"),
    [(full_disk, ["fill a disk", "empty a disk"]), (held_lock, ["hold a lock", "release a lock"])],
    ids=["disk", "lock"],
)
def test_it_is_undone_after_a_mistake(harm: Any, done: list[str]) -> None:
    """The next step finds the machine as it was."""
    machine = _Machine()
    with pytest.raises(LabError), harm(cast("Any", machine), "/var/lib/a"):
        raise LabError("machine-gone", "it broke.")

    assert machine.done == done
