"""Operations wait for an agent, lapse when nobody fetches them, and end as it reports; whole ones as their parts do."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.resources.entities import Operation
from simulator.resources.operations import LAPSED, QUEUE_S, Report, combined, ended, lapses_at, pending_on

NOW = 1_767_225_600.0
INSTALL = Operation(
    key="o", status="InProgress", started=NOW, resource="/m/e", action="extensions.install", machine="/m"
)
STATUSES = st.sampled_from(["InProgress", "Succeeded", "Failed", "Canceled"])


@pytest.mark.parametrize(
    ("fetched", "status", "expected"),
    [(0.0, "InProgress", NOW + QUEUE_S), (NOW, "InProgress", None), (0.0, "Succeeded", None)],
    ids=["waits", "fetched", "ended"],
)
def test_operations_wait_six_hours(fetched: float, status: str, expected: float | None) -> None:
    """An operation that nobody fetched for six hours lapses."""
    operation = msgspec.structs.replace(INSTALL, fetched=fetched, status=status)

    assert lapses_at(operation) == expected


def test_an_operation_of_the_cloud_does_not_lapse() -> None:
    """Only operations for an agent wait for one."""
    assert lapses_at(msgspec.structs.replace(INSTALL, machine="")) is None


def test_an_operation_is_pending_on_its_machine_until_it_ends() -> None:
    """An agent is handed what is in progress on its own machine."""
    assert (pending_on(INSTALL), pending_on(msgspec.structs.replace(INSTALL, status="Failed"))) == ("/m", "")


def test_ends() -> None:
    """A good end has no error; a bad one has the agent's code and text, and a code in any case."""
    good, bad, silent = (ended(INSTALL, report, NOW) for report in (Report("succeeded"), LAPSED, Report("failed")))

    assert (good.status, good.code, good.ended) == ("Succeeded", "", NOW)
    assert (bad.status, bad.code, bad.message) == ("Failed", "Timeout", LAPSED.message)
    assert silent.code == "1"


@given(statuses=st.lists(STATUSES, min_size=1, max_size=4))
def test_a_whole_operation_is_as_its_parts(statuses: list[str]) -> None:
    """It runs while one runs; then it is as the first that is not good, or good."""
    parts = [msgspec.structs.replace(INSTALL, status=status, code=str(n)) for n, status in enumerate(statuses)]
    whole = combined(msgspec.structs.replace(INSTALL, machine=""), parts)
    bad = [part for part in parts if part.status != "Succeeded"]

    if "InProgress" in statuses:
        assert whole.status == "InProgress"
    else:
        assert (whole.status, whole.code) == ((bad[0].status, bad[0].code) if bad else ("Succeeded", ""))


def test_a_whole_operation_is_fetched_with_its_first_part() -> None:
    """It is no more in the queue when an agent has one of its parts."""
    parts = [INSTALL, msgspec.structs.replace(INSTALL, fetched=NOW)]

    assert combined(INSTALL, parts).fetched == NOW
