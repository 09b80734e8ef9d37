"""An environment that lasts is looked at again when all steps are done."""

from __future__ import annotations

import contextlib
from types import SimpleNamespace
from typing import Any, cast

import pytest

from harness.errors import LabError
from harness.machine_room import MachineRoom
from harness.machines.machine import Machine
from harness.machines.package_managers import Script
from harness.model.environment import Environment


@pytest.mark.parametrize("lasting", [True, False])
def test_only_what_lasts_has_to_be_in_force_at_the_end(lasting: bool) -> None:
    """What a package may end by its own right is not looked at again."""
    room = _room(Environment("it is hostile", "why", check="is it so", lasting=lasting))
    asked: list[str] = []

    def refuse(script: Script) -> SimpleNamespace:
        asked.append(script.line)
        return SimpleNamespace(exit=1, stdout="", stderr="")

    machines = [cast("Machine", SimpleNamespace(run_script=refuse))]
    with pytest.raises(LabError, match="not in force") if lasting else contextlib.nullcontext():
        room.check_environment(machines)

    assert asked == ["is it so"] * lasting


def _room(environment: Environment) -> MachineRoom:
    nothing = cast("Any", None)
    return MachineRoom(
        stack=nothing, host=nothing, case=nothing, folder=nothing, prefix="", labels={}, phases=nothing,
        lab_now=nothing, on_command=nothing, proxy=None, secrets=[], environment=environment,
    )  # fmt: skip
