"""What laws make of an interrupted step and its repair."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from harness.laws import LAWS
from harness.laws.trial import CannotTell
from harness.model.state import UnitState
from tests.harness.laws.values import (
    BARE,
    make_state,
    make_transition,
    make_trial,
    summaries,
)


def test_a_repair_leads_to_what_undisturbed_is() -> None:
    """The interrupted installation itself is not judged; what its repair leaves is, whole and by its commands."""
    unpacked = make_state(package="half-installed", units={"himdsd": UnitState("inactive", "disabled")}, listening=())
    ordinary = make_trial(make_transition("install", BARE, make_state()))
    found: dict[str, list[list[str]]] = {}
    for name, after in (("healed", make_state()), ("stopped", make_state(units=unpacked.units, listening=()))):
        interrupted = make_transition("interrupt", BARE, unpacked, status=137, output="dpkg: error\n")
        repaired = make_trial(
            msgspec.structs.replace(interrupted, title="interrupt kill at=postinst"),
            make_transition("repair", unpacked, after),
        )
        trial = replace(ordinary, runs=(*repaired.runs, *ordinary.runs))
        found[name] = [told for law in LAWS if (told := summaries(law, trial))]

    begin = "repaired after 'interrupt kill at=postinst' a machine differs from an undisturbed one"
    assert found == {"healed": [], "stopped": [[f"{begin}: services himdsd", f"{begin}: listening ports"]]}


def test_a_repair_that_fails_is_told() -> None:
    """By its command, and by what it leaves; and nothing is called the same without something to compare with."""
    unpacked = make_state(package="half-installed")
    trial = make_trial(make_transition("repair", unpacked, unpacked, status=100))

    assert summaries("ends-clean", trial) == ["'sudo apt repair' ends with exit status 100"]
    assert summaries("package-database", trial) == ["the package is half-installed instead of installed"]
    with pytest.raises(CannotTell, match="lifecycle"):
        summaries("same-in-the-end", trial)
