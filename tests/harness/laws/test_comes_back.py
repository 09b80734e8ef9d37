"""After an outage the agent is heard again, has not asked without a rest, and has waited when it was told to."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from simulator.contract import Event
from tests.harness.laws.values import BOX, make_event, make_state, make_transition, make_trial, summaries

_OVER = 15.0  # minutes after noon, when the lab's clock was moved last


def _events(*asked: tuple[float, str, int], told_s: int = 0) -> tuple[Event, ...]:
    """Give requests of these minutes with their operations and status, after the fault and before the last jump."""
    data: dict[str, Any] = {"retry_after_s": told_s} if told_s else {}
    fault = msgspec.structs.replace(make_event(1, 0, "fault"), operation="faults.add", data=data)
    requests = [
        msgspec.structs.replace(make_event(number, minute, "request"), operation=operation, status=status)
        for number, (minute, operation, status) in enumerate(asked, start=2)
    ]
    return (fault, *requests, make_event(len(asked) + 2, _OVER, "clock"))


def _judged(*events: Event, heard: str = "15", status: str = "Connected") -> list[str]:
    before = make_state(connected=(msgspec.structs.replace(BOX, last_heartbeat="2026-01-01T12:00:00Z"),))
    last = f"2026-01-01T12:{heard}:00Z" if heard else ""
    box = msgspec.structs.replace(BOX, last_heartbeat=last, status=status)
    step = make_transition("outage", before, make_state(connected=(box,)), since=0, until=99)
    return summaries("comes-back", make_trial(step, events=events))


@pytest.mark.parametrize(
    ("heard", "status", "comes_back"),
    [("15", "Connected", True), ("10", "Connected", True), ("05", "Connected", False), ("", "Connected", False),
     ("15", "Disconnected", False), ("15", "Expired", False)],
    ids=["at once", "just", "silent", "never", "not taken", "too late"],
)  # fmt: skip
def test_who_does_not_come_back(heard: str, status: str, comes_back: bool) -> None:
    """Azure may call a machine Connected for a quarter of an hour, so its last heartbeat counts."""
    found = _judged(*_events(), heard=heard, status=status)

    assert found == ([] if comes_back else ["the agent does not come back after the outage"])


def test_a_machine_that_was_silent_before_is_not_told_again() -> None:
    """What kept it from coming back was told of the outage before."""
    silent = msgspec.structs.replace(BOX, status="Disconnected", last_heartbeat="2026-01-01T10:00:00Z")
    state = make_state(connected=(silent,))
    step = make_transition("outage", state, state, since=0, until=99)

    assert summaries("comes-back", make_trial(step, events=_events())) == []


@pytest.mark.parametrize(("times", "is_flood"), [(12, False), (13, True)])
def test_who_never_rests(times: int, is_flood: bool) -> None:
    """A few attempts of several services may come in one second, and any number in a longer time."""
    at_once = _events(*((5.0 + number / 1200, "his.heartbeat", 503) for number in range(times)))
    slowly = _events(*((5.0 + number / 12, "his.heartbeat", 503) for number in range(times)))

    assert _judged(*at_once) == (["his.heartbeat is asked for without a rest while it fails"] if is_flood else [])
    assert _judged(*slowly) == []


@pytest.mark.parametrize(
    ("second", "hurries"),
    [(9.9, True), (10.0, False), (12.0, False)],
    ids=["early", "in time", "late"],
)
def test_who_does_not_wait_as_told(second: float, hurries: bool) -> None:
    """Six hundred seconds after the answer of minute 0; another operation is not concerned."""
    events = _events((0, "his.heartbeat", 429), (1, "gas.operations", 200), (second, "his.heartbeat", 200), told_s=600)
    told = ["his.heartbeat is asked for again before the time that Retry-After told"]

    assert _judged(*events) == (told if hurries else [])


def test_without_a_time_that_was_told_nobody_has_to_wait() -> None:
    """A refusal alone may be tried again."""
    assert _judged(*_events((0, "his.heartbeat", 429), (1, "his.heartbeat", 429))) == []
