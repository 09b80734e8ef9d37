"""The journal's observers count and measure what happened since the step began."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest

from harness.context import Context
from harness.model.expectation import DurationRange, Range
from harness.observers import OBSERVERS
from harness.observers.journal import heartbeat_gap, heartbeats, requests, undeclared_hosts, ways
from simulator.contract import Event, EventKind

MakeContext = Callable[..., Context]


def _event(
    seq: int, kind: EventKind, minutes: int = 0, *, host: str = "", operation: str = "", client: str = ""
) -> Event:
    time = f"2026-01-01T{11 + minutes // 60:02}:{minutes % 60:02}:00.000000Z"  # the contexts' noon is minute 60
    return Event(seq, time, time, kind, host=host, operation=operation, client=client)


def _beats(*minutes: int) -> list[Event]:
    return [_event(seq, "heartbeat", minute) for seq, minute in enumerate(minutes, start=1)]


def test_counts_the_heartbeats_of_the_step(make_context: MakeContext) -> None:
    """Only accepted heartbeats after the step's beginning count."""
    context = make_context(events=[*_beats(10, 20, 30), _event(4, "request", 40, operation="his.heartbeat")])
    context.since = 1

    assert heartbeats(context).value == 2


@pytest.mark.parametrize(
    ("minutes", "since", "gap_minutes"),
    [
        ((50, 55), 0, 5),
        ((30, 55), 1, 25),
        ((10, 50, 55), 2, 5),
        ((10, 50), 2, 10),
        ((10, 30, 55), 0, 25),
        ((58,), 1, 2),
    ],
    ids=["in the step", "since before", "older gaps", "until now", "longest", "only one"],
)
def test_the_longest_gap_between_heartbeats(
    make_context: MakeContext, minutes: tuple[int, ...], since: int, gap_minutes: int
) -> None:
    """The gap begins with the last heartbeat before the step, and silence until now counts."""
    context = make_context(events=_beats(*minutes))
    context.since = since

    assert heartbeat_gap(context).value == gap_minutes * 60


def test_without_any_heartbeat_there_is_no_gap(make_context: MakeContext) -> None:
    """Nothing is not a gap of nought seconds."""
    seen = heartbeat_gap(make_context())

    assert (seen.state, seen.value, seen.detail) == ("absent", None, "no heartbeat was ever accepted")


@pytest.mark.parametrize(
    ("longest", "problem"), [("10m", ""), ("599s", "is 600 s, more than 599 s"), ("2 periods", "")]
)
def test_a_gap_is_compared_in_seconds(make_context: MakeContext, longest: str, problem: str) -> None:
    """The longest gap that is allowed is allowed."""
    context = make_context(events=_beats(50))

    assert problem == OBSERVERS["between.heartbeat-gap"].mismatch(
        context, DurationRange(max=longest), heartbeat_gap(context).value
    )


def test_gaps_are_measured_in_lab_time(make_context: MakeContext) -> None:
    """The clock may have been moved."""
    context = make_context(events=_beats(60))
    context.control.now += timedelta(hours=2)  # type: ignore[attr-defined] # the double's clock

    assert heartbeat_gap(context).value == 7200


def test_counts_requests_of_an_operation(make_context: MakeContext) -> None:
    """Each request counts, whatever became of it; other kinds and operations do not."""
    events = [
        _event(1, "request", operation="his.heartbeat"),
        _event(2, "request", operation="his.heartbeat"),
        _event(3, "request", operation="his.heartbeat2"),
        _event(4, "transition", operation="his.heartbeat"),
        _event(5, "request", operation="his.heartbeat"),
    ]
    context = make_context(events=events)
    context.since = 1

    assert requests(context, "his.heartbeat").value == 2


@pytest.mark.parametrize(
    ("expected", "problem"),
    [
        ({"a": 1, "b": 0}, ""),
        ({"a": 2}, "'a' is 1, not 2"),
        ({"a": Range(min=2), "b": 1}, "'a' is 1, less than 2; 'b' is 0, not 1"),
    ],
    ids=["holds", "one", "two"],
)
def test_compares_the_requests_of_each_operation(
    make_context: MakeContext, expected: dict[str, int | Range], problem: str
) -> None:
    """Every operation that is not as expected is named."""
    context = make_context(events=[_event(1, "request", operation="a")])
    observer = OBSERVERS["between.requests"]

    assert problem == observer.mismatch(context, expected, observer.read(context, expected, "").value)


def test_names_hosts_that_the_product_does_not_declare(make_context: MakeContext) -> None:
    """Asked by name or contacted, each stranger is named once; wildcards cover subdomains."""
    events = [
        _event(1, "dns", host="early.example"),
        _event(2, "dns", host="telemetry.example"),
        _event(3, "request", host="telemetry.example"),
        _event(4, "request", host="gbl.his.arc.azure.com"),
        _event(5, "dns", host="his.arc.azure.com.example"),
        _event(6, "alert", host="alert.example"),
        _event(7, "request"),
    ]
    context = make_context(events=events)
    context.since = 1

    assert undeclared_hosts(context).value == ["his.arc.azure.com.example", "telemetry.example"]


@pytest.mark.parametrize(
    ("clients", "way"),
    [
        ([], "none"),
        (["10.0.0.4"], "proxy"),
        (["10.0.0.3"], "direct"),
        (["10.0.1.3"], "direct"),
        (["10.0.0.4", "10.0.0.3"], "both"),
        ([""], "none"),
    ],
)
def test_tells_by_who_asks_which_way_requests_came(make_context: MakeContext, clients: list[str], way: str) -> None:
    """The proxy's address is known, and each machine's on both networks; the harness's own requests have none."""
    asked = [_event(n, "request", host="a.his.arc.azure.com", client=who) for n, who in enumerate(clients, start=1)]
    others = [_event(9, "request", host="management.azure.com", client="10.0.0.9")]
    context = make_context(events=[*asked, *others])
    context.machines = {"box-1": SimpleNamespace(address="10.0.0.3")}  # type: ignore[dict-item]
    closed = SimpleNamespace(subnet=ipaddress.IPv4Network("10.0.1.0/28"))
    context.proxy = SimpleNamespace(address="10.0.0.4", network=closed)  # type: ignore[assignment]

    assert ways(context, "*.his.arc.azure.com").value == way
    assert ways(context, "management.azure.com").state == "unreadable"


def test_a_proxys_look_up_of_its_client_is_its_own_affair(make_context: MakeContext) -> None:
    """The same question of the machine's would be strange."""
    name = "3.0.0.10.in-addr.arpa"
    events = [_event(1, "dns", host=name, client="10.0.0.4"), _event(2, "dns", host=f"1{name}", client="10.0.0.3")]
    context = make_context(events=events)
    context.proxy = SimpleNamespace(address="10.0.0.4")  # type: ignore[assignment]

    assert undeclared_hosts(context).value == [f"1{name}"]
