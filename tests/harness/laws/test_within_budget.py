"""Logs grow, but not without end."""

from __future__ import annotations

import msgspec
import pytest

from harness.laws.within_budget import judge
from harness.model.state import FileState
from tests.harness.laws.values import file, make_state, make_transition, make_trial

LOG = "/var/opt/azcmagent/log/himds.log"


@pytest.mark.parametrize(("path", "size", "is_found"), [(LOG, 20, True), (LOG, 9, False), ("/var/opt/x", 20, False)])
def test_logs_that_grow_too_fast(path: str, size: int, is_found: bool) -> None:
    """What was there before does not count, nor does what is no log."""
    old = msgspec.structs.replace(file(), size=5_000_000)
    new = msgspec.structs.replace(old, size=5_000_000 + size * 1_000_000)
    trial = make_trial(
        make_transition(
            "reinstall", make_state(files={path: FileState(None, old)}), make_state(files={path: FileState(None, new)})
        )
    )

    assert [finding.summary for finding in judge(trial)] == ["the logs grow by 20 MB in one step"] * is_found
