"""systemd's limit on starts is lifted where a lab hurries, and only there."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from harness.machines.start_limits import StartLimits

_UNITS = ("himdsd", "gcad")


@pytest.mark.parametrize(
    ("moments", "lifted_at"),
    [
        ([0, 1], []),
        ([0, 1, 2], [2]),
        ([0, 1, 2, 3, 4, 5, 6], [2, 4, 6]),
        ([0, 6, 12, 18], []),
        ([0, 4, 9.9], [9.9]),
    ],
    ids=["few", "many", "again and again", "slow", "just within ten seconds"],
)
def test_many_transitions_lift_the_limit(moments: list[float], lifted_at: list[float]) -> None:
    """systemd allows five starts in ten seconds; a lab's third transition in that time lifts the count."""
    clock, lifted = [0.0], list[float]()
    machine = cast("Any", SimpleNamespace(name="box-1", product=SimpleNamespace(units=_UNITS)))
    machine.read = lambda _: lifted.append(clock[0])
    limits = StartLimits(lambda: clock[0])

    for moment in moments:
        clock[0] = moment
        limits.begin(machine)

    assert lifted == lifted_at


def test_each_machine_counts_for_itself() -> None:
    """And only active units are touched: `reset-failed` would hide that one failed."""
    asked: list[str] = []
    machines = [
        cast("Any", SimpleNamespace(name=name, product=SimpleNamespace(units=_UNITS), read=asked.append))
        for name in ("box-1", "box-2")
    ]
    limits = StartLimits(lambda: 0.0)

    for machine in [*machines, *machines, *machines, machines[0]]:
        limits.begin(machine)

    units = "himdsd.service gcad.service"
    active = f"systemctl list-units --plain --no-legend --state=active {units} | cut -d ' ' -f 1"
    assert asked == [f"{active} | xargs -r systemctl reset-failed"] * 2
