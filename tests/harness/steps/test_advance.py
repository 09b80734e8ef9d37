"""The lab clock goes from heartbeat to heartbeat, and a slow host is given the time that it needs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from harness.context import Context
from harness.model.scenario import Advance
from harness.steps import advance
from simulator.contract import Clock, Event, MachineState

_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
_MACHINE = "/subscriptions/s/resourceGroups/g/providers/Microsoft.HybridCompute/machines/box-1"


class _SlowCloud:
    """A control whose machine sends each heartbeat `takes_s` of true time after it is due."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *takes_s: float) -> None:
        self.now, self.true_s, self.beat = _BEGIN, 0.0, _BEGIN
        self.patience: list[float] = []
        self.offset_s = 0
        self._takes_s = list(takes_s)
        monkeypatch.setattr("harness.steps.advance.time.monotonic", lambda: self.true_s)

    def lab_now(self) -> datetime:
        return self.now

    def machines(self) -> list[MachineState]:
        return [MachineState(_MACHINE, "box-1", "v", "Connected", "Succeeded", last_heartbeat=self.beat.isoformat())]

    def advance(self, seconds: int) -> Clock:
        self.now += timedelta(seconds=seconds)
        self.offset_s += seconds
        return Clock(self.now.isoformat(), 0)

    def fetch(self, *, kind: str = "", wait_s: float = 0.0) -> list[Event]:
        if not kind:
            return []
        self.patience.append(wait_s)
        takes_s = self._takes_s.pop(0)
        self.true_s += min(takes_s, wait_s)
        if takes_s > wait_s:
            return []
        self.beat = self.now
        return [Event(1, self.now.isoformat(), self.now.isoformat(), "heartbeat", machine=_MACHINE)]


def _context(make_context: Callable[..., Context], cloud: Any, *, told: list[int] | None = None) -> Context:
    """Give a context with one machine, whose cable is plugged in and which notes how far ahead it is told to be."""
    context = make_context()
    be_ahead = (told if told is not None else []).append
    context.control, context.machines = cloud, {"box-1": SimpleNamespace(is_plugged=True, be_ahead=be_ahead)}  # type: ignore[dict-item]
    return context


def _advance(make_context: Callable[..., Context], cloud: Any, **arguments: Any) -> None:
    advance.run(_context(make_context, cloud), Advance(**arguments))


def test_goes_from_heartbeat_to_heartbeat(
    make_context: Callable[..., Context], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sixteen minutes have three heartbeats, each five minutes after the one before."""
    cloud = _SlowCloud(monkeypatch, 0.1, 0.1, 0.1)

    _advance(make_context, cloud, by="16m")

    assert cloud.now == _BEGIN + timedelta(minutes=16)
    assert cloud.beat == _BEGIN + timedelta(minutes=15)
    assert cloud.patience == [10.0, 10.0, 10.0]


def test_a_slow_host_is_waited_for_longer(
    make_context: Callable[..., Context], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a heartbeat that took long, the next may take ten times as long, up to half a minute."""
    cloud = _SlowCloud(monkeypatch, 2.0, 19.0, 0.1)

    _advance(make_context, cloud, by="16m")

    assert cloud.beat == _BEGIN + timedelta(minutes=15)
    assert cloud.patience == [10.0, 20.0, 30.0]


def test_a_silent_machine_is_not_waited_for_again(
    make_context: Callable[..., Context], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One missed heartbeat is enough."""
    cloud = _SlowCloud(monkeypatch, 99.0)

    _advance(make_context, cloud, by="24h")

    assert cloud.now == _BEGIN + timedelta(hours=24)
    assert cloud.patience == [10.0]


def test_a_machine_that_is_overdue_is_not_waited_for(
    make_context: Callable[..., Context], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has been silent for longer than a period when the step begins."""
    cloud = _SlowCloud(monkeypatch)
    cloud.now += timedelta(minutes=7)

    _advance(make_context, cloud, by="1h")

    assert cloud.now == _BEGIN + timedelta(minutes=67)
    assert cloud.patience == []


def test_no_heartbeat_is_waited_for_where_none_is_expected(
    make_context: Callable[..., Context], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock goes to its target at once."""
    cloud = _SlowCloud(monkeypatch)

    _advance(make_context, cloud, to="14m", after="last-heartbeat", heartbeats="none")

    assert cloud.now == _BEGIN + timedelta(minutes=14)
    assert cloud.patience == []


def test_machines_with_a_wrong_clock_are_told_of_each_move(
    make_context: Callable[..., Context], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the cloud has moved: at each heartbeat and at the end."""
    cloud = _SlowCloud(monkeypatch, 0.1)
    told: list[int] = []

    advance.run(_context(make_context, cloud, told=told), Advance(by="6m"))

    assert told == [300, 360]


@pytest.mark.parametrize(
    ("runs", "is_private", "patience"),
    [(None, False, []), (False, False, []), (True, False, [10.0]), (False, True, [10.0])],
    ids=["no proxy", "stopped proxy", "proxy", "private endpoint"],
)
def test_a_machine_that_the_lab_has_cut_off_is_not_waited_for(
    make_context: Callable[..., Context],
    monkeypatch: pytest.MonkeyPatch,
    runs: bool | None,
    is_private: bool,
    patience: list[float],
) -> None:
    """Without its cable only a proxy that runs, or a private endpoint, lets it be heard."""
    cloud = _SlowCloud(monkeypatch, 99.0)
    context = _context(make_context, cloud)
    context.machines["box-1"].is_plugged = False
    context.has_private_endpoints = is_private
    if runs is not None:
        context.proxy = SimpleNamespace(container=SimpleNamespace(is_running=lambda: runs))  # type: ignore[assignment]

    advance.run(context, Advance(by="6m"))

    assert cloud.patience == patience
