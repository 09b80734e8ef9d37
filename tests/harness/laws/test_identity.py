"""A machine stays the same machine in Azure."""

from __future__ import annotations

import msgspec
import pytest

from simulator.contract import MachineState
from tests.harness.laws.values import (
    BOX,
    OLD,
    make_state,
    make_transition,
    make_trial,
    summaries,
)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ((), "the connected machine box-1 vanishes from Azure"),
        ((msgspec.structs.replace(BOX, vm_id="vm-2"),), "the connected machine box-1 is another one: vm_id changes"),
        ((msgspec.structs.replace(BOX, creates=2),), "the connected machine box-1 is another one: creates changes"),
        ((msgspec.structs.replace(BOX, status="Disconnected"),), "the connected machine box-1 is Disconnected"),
    ],
)
def test_a_lost_identity(
    after: tuple[MachineState, ...], expected: str) -> None:  # fmt: skip
    """An upgraded machine is the same machine."""
    step = make_transition("upgrade", make_state(installed=OLD, connected=(BOX,)), make_state(connected=after))

    assert summaries("identity", make_trial(step)) == [expected]


def test_one_that_falls_silent_while_the_time_passes() -> None:
    """No step of the package need be in between."""
    silent = make_state(connected=(msgspec.structs.replace(BOX, status="Disconnected"),))
    step = make_transition("advance", make_state(connected=(BOX,)), silent)

    assert summaries("identity", make_trial(step)) == ["the connected machine box-1 is Disconnected"]


def test_two_machines_with_one_identity() -> None:
    """As when it is made of something that copies of one image share."""
    twin = msgspec.structs.replace(BOX, id="/m/box-2", name="box-2")
    other = msgspec.structs.replace(twin, vm_id="vm-2")

    def told(*connected: MachineState) -> list[str]:
        after = make_state(connected=connected)
        return summaries("identity", make_trial(make_transition("connect", make_state(), after)))

    assert told(BOX, twin) == ["the connected machines box-1 and box-2 share one vm_id"]
    assert not told(BOX, other)
