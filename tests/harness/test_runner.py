"""What the runner decides without a lab."""

from __future__ import annotations

import pytest

from harness.model.record import CommandRecord, Place, StepRecord
from harness.runner import meets_a_starting_agent


def _step(kind: str, *, typed: bool, transition: bool) -> StepRecord:
    commands = (CommandRecord("box-1", "sudo something", 0, "", "", "", "", 0.1),) if typed else ()
    place = Place("x.yaml", 1)
    return StepRecord(1, kind, kind, place, "pass", "", "", "", 0.1, transition=transition, commands=commands)


@pytest.mark.parametrize(
    ("last", "kind", "waits"),
    [
        (_step("command", typed=True, transition=False), "connect", True),  # such as azcmagent_proxy, which restarts
        (_step("install", typed=True, transition=True), "azcmagent", True),
        (_step("reboot", typed=False, transition=True), "command", True),
        (_step("advance", typed=False, transition=False), "connect", False),
        (_step("install", typed=True, transition=True), "upgrade", False),  # the package manager stops it anyway
    ],
)
def test_a_step_waits_for_an_agent_that_may_be_starting(last: StepRecord, kind: str, waits: bool) -> None:
    """Whatever may have started the agent is waited for, by what needs it."""
    assert meets_a_starting_agent(last, kind) is waits
