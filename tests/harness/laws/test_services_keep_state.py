"""A unit file that systemd has not read is not in force."""

from __future__ import annotations

import msgspec
import pytest

from harness.laws.services_keep_state import judge
from harness.model.state import UnitState
from tests.harness.laws.values import OLD, make_state, make_transition, make_trial

OLD_UNIT, NEW_UNIT = UnitState("active", "enabled", "running", 100), UnitState("active", "enabled", "running", 200)


@pytest.mark.parametrize(
    ("before", "after", "is_found"), [(False, True, True), (True, True, False), (False, False, False)]
)
def test_daemon_reload_is_missing(before: bool, after: bool, is_found: bool) -> None:
    """Where the administrator has forgotten it, it is not the package's fault."""
    trial = make_trial(
        make_transition(
            "upgrade",
            make_state(installed=OLD, units={"himdsd": msgspec.structs.replace(OLD_UNIT, is_stale=before)}),
            make_state(units={"himdsd": msgspec.structs.replace(NEW_UNIT, is_stale=after)}),
        )
    )

    assert any("daemon-reload is missing" in finding.summary for finding in judge(trial)) is is_found
