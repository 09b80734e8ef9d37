"""clock: a machine's clock is set wrong, moves with the lab's, and is set right."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from harness.context import Context
from harness.machines.machine import Machine
from harness.machines.service_managers import SERVICE_MANAGERS
from harness.model.machine_steps import Clock
from harness.steps import clock

_OWN = "ln -sfn /run/arclab/work/faketimerc /etc/faketimerc"
_LABS = "ln -sfn /run/arclab/clock/faketimerc /etc/faketimerc"


@pytest.fixture
def machine() -> Any:
    """Give a machine that writes down what it is told, with the clock of a real one."""
    done: list[str] = []
    double: Any = SimpleNamespace(done=done, clock_ahead_s=0, must=lambda script, _: done.extend(script.splitlines()))
    double.services = SERVICE_MANAGERS["systemd"]
    double.be_ahead = lambda offset_s: Machine.be_ahead(double, offset_s)
    double.follow_lab_clock = lambda: Machine.follow_lab_clock(double)
    return double


@pytest.mark.parametrize(
    ("arguments", "shown", "followed"),
    [
        (Clock(ahead="2h"), ["echo +8100 > faketimerc.new"], _OWN),
        (Clock(behind="1h"), ["echo -2700 > faketimerc.new"], _OWN),
        (Clock(right=True), [], _LABS),
    ],
)
def test_sets_the_clock_against_lab_time(
    make_context: Callable[..., Context], machine: Any, arguments: Clock, shown: list[str], followed: str
) -> None:
    """The lab's is a quarter of an hour ahead of true time; the file is whole at each look."""
    context = make_context()
    context.machine = machine
    context.control = cast("Any", SimpleNamespace(offset_s=900))
    machine.clock_ahead_s = 60

    clock.run(context, arguments)

    assert [line for line in machine.done if "echo" in line and ".new" in line] == shown
    assert followed in machine.done


def test_a_wrong_clock_moves_with_the_labs(machine: Any) -> None:
    """One that is right needs nothing: it reads the lab's own file."""
    machine.be_ahead(300)
    machine.clock_ahead_s = 60
    machine.be_ahead(600)

    assert [line for line in machine.done if line.startswith("echo")] == ["echo +660 > faketimerc.new"]
