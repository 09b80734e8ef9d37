"""What the product writes down outlasts its programs: its data and its logs."""

from __future__ import annotations

import pytest

from harness.model.state import FileState
from tests.harness.laws.values import make_state, make_transition, make_trial, new_file, summaries

LOG, DATA = "/var/opt/azcmagent/log/himds.log", "/var/opt/azcmagent/agentconfig.json"
GONE = FileState(None, None)


@pytest.mark.parametrize(
    ("after", "told"),
    [
        ({LOG: new_file("b", mode="640")}, []),
        ({LOG: GONE}, [f"the log {LOG} is lost"]),
        ({LOG: GONE, f"{LOG}.1": new_file("a", mode="640")}, []),
        ({LOG: new_file("a", mode="644")}, [f"anybody may read the log {LOG} now"]),
    ],
    ids=["goes on", "deleted", "has another name", "opened"],
)
def test_logs_outlast_an_upgrade(after: dict[str, FileState], told: list[str]) -> None:
    """Under another name too; their content is the agent's."""
    step = make_transition("upgrade", make_state(files={LOG: new_file(mode="640")}), make_state(files=after))

    assert summaries("state-survives", make_trial(step)) == told


@pytest.mark.parametrize(
    ("other", "is_there_before", "is_lost"),
    [
        (f"{LOG}.1", True, True),
        (f"{LOG}.1", False, False),
        (LOG.replace(".log", "-20260101.log"), False, False),
        (LOG.replace(".log", "-20260101.log.gz"), False, False),
        (LOG.replace(".log", "-errors.log"), False, True),
    ],
    ids=["an older one stays", "renamed", "with a date", "packed", "another log"],
)
def test_a_log_with_another_name(other: str, *, is_there_before: bool, is_lost: bool) -> None:
    """Is one that has come with the upgrade; an older one was there already."""
    before = {LOG: new_file("b"), **({other: new_file("a")} if is_there_before else {})}
    step = make_transition("upgrade", make_state(files=before), make_state(files={LOG: GONE, other: new_file("a")}))

    assert bool(summaries("state-survives", make_trial(step))) is is_lost


@pytest.mark.parametrize(
    ("kind", "after", "told"),
    [
        (
            "remove",
            {DATA: GONE, LOG: GONE},
            ["the product's data in /var/opt/azcmagent go with a removal that is no purge"],
        ),
        ("remove", {DATA: new_file(), LOG: GONE}, []),
        ("uninstall", {DATA: GONE, LOG: GONE}, []),
    ],
    ids=["deleted", "kept", "purged"],
)
def test_data_are_left_by_a_removal(kind: str, after: dict[str, FileState], told: list[str]) -> None:
    """Until a purge, where the product file says so."""
    before = make_state(files={DATA: new_file(), LOG: new_file(), "/var/opt/azcmagent/himds.pid": new_file()})
    step = make_transition(kind, before, make_state(package="absent", installed="", files=after))

    assert summaries("state-survives", make_trial(step)) == told
