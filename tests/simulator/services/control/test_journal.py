"""The journal is read by filter and page, and compared with what it should be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as some

from simulator.clock import OffsetClock
from simulator.contract import Event
from simulator.services.control.bodies import EventFilter, Expectation, Verification
from simulator.services.control.journal import compare
from simulator.store import Store

Send = Callable[..., httpx.Response]


def record(store: Store, *operations: str, **fields: Any) -> None:
    """Journal requests."""
    for operation in operations:
        time = "2026-01-01T00:00:00.000000Z"
        store.record(Event(seq=0, time=time, wall=time, kind="request", operation=operation, **fields))


def numbers(control: Send, **query: Any) -> list[int]:
    """Give the numbers of the events that a query gives, counted from 1 after the seed."""
    return [event["seq"] - 1 for event in control("GET", "/journal", params=query).raise_for_status().json()["events"]]


@pytest.fixture
def filled(cloud_store: Store) -> Store:
    """Give a store with the seed and five requests: a b a b a."""
    record(cloud_store, "a", "b", "a", "b", "a")
    return cloud_store


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"operation": "a"}, [1, 3, 5]),
        ({"operation": "a", "limit": 2}, [1, 3]),
        ({"operation": "a", "newest": "true"}, [5, 3, 1]),
        ({"operation": "a", "newest": "true", "before": 6, "limit": 1}, [3]),
        ({"after": 2, "before": 5}, [2, 3]),
        ({"after": 4, "newest": "true"}, [5, 4]),
        ({"after": 99}, []),
        ({"before": 1}, []),
        ({"kind": "request", "limit": 1}, [1]),
        ({"kind": "clock"}, []),
    ],
)
def test_pages(control: Send, filled: Store, query: dict[str, Any], expected: list[int]) -> None:
    """Filter, bounds, order and length go together."""
    assert numbers(control, **query) == expected


def test_the_newest_of_many(control: Send, cloud_store: Store) -> None:
    """A page from the end is right however many portions it is read in."""
    record(cloud_store, "rare", *["often"] * 2500)

    assert numbers(control, operation="rare", newest="true") == [1]
    assert numbers(control, newest="true", limit=2) == [2501, 2500]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=5001", "kind=ufo", "newest=perhaps", "x=1", "after=1&after=2", "since=x"]
)
def test_what_cannot_be_asked(control: Send, query: str) -> None:
    """A misspelt parameter is noticed."""
    answer = control("GET", f"/journal?{query}")

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "parameter")


def verify(control: Send, *expect: dict[str, Any], **more: Any) -> tuple[int, dict[str, Any]]:
    """Compare; give the status and the answer."""
    answer = control("POST", "/journal/verify", json={"expect": expect, **more})
    return answer.status_code, answer.json()


@pytest.mark.parametrize(
    ("count", "holds"),
    [
        ({}, True), ({"exactly": 3}, True), ({"at_least": 3}, True), ({"at_most": 3}, True),
        ({"at_least": 1, "at_most": 5}, True), ({"exactly": 2}, False), ({"exactly": 4}, False),
        ({"at_least": 4}, False), ({"at_most": 2}, False), ({"exactly": 0}, False),
    ],
)  # fmt: skip
def test_counts(control: Send, filled: Store, count: dict[str, int], holds: bool) -> None:
    """Three requests match; the answer says so either way."""
    status, answer = verify(control, {"match": {"operation": "a"}, **count})
    results = answer["results"] if holds else answer["error"]["results"]

    assert status == (200 if holds else 409)
    assert (results[0]["found"], results[0]["events"], results[0]["problem"] == "") == (3, [2, 4, 6], holds)


def test_what_differs_can_be_read(control: Send, filled: Store) -> None:
    """The refusal names each expectation that does not hold, and what was found."""
    _, answer = verify(
        control, {"match": {"operation": "a"}}, {"match": {"operation": "b"}, "exactly": 1},
        {"match": {"kind": "clock", "since": "2026-01-01T00:00:00Z"}, "at_least": 1, "at_most": 2}, after=1,
    )  # fmt: skip

    assert answer["error"]["code"] == "journal-differs"
    assert answer["error"]["message"] == (
        "The journal differs from what was expected between events 1 and 6:\n"
        "2. exactly 1 'request' with operation 'b': 2 found (3, 5)\n"
        "3. at least 1 and at most 2 'clock' with since '2026-01-01T00:00:00Z': 0 found"
    )
    assert "GET /_sim/journal" in answer["error"]["remedy"]


def test_only_requests_are_meant(control: Send, filled: Store) -> None:
    """Without a kind the seed's own event does not count."""
    assert verify(control, {"match": {}, "exactly": 5})[0] == 200
    assert verify(control, {"match": {"kind": "transition"}, "exactly": 1})[0] == 200


def test_the_order(control: Send, filled: Store) -> None:
    """What has to come later is looked for after what came before it."""
    a, b = {"match": {"operation": "a"}}, {"match": {"operation": "b"}}
    status, answer = verify(control, a, b, a, b, b, in_order=True)

    assert verify(control, a, b, a, b, a, in_order=True)[0] == 200
    assert status == 409
    assert answer["error"]["message"].endswith(
        "\n5. at least 1 'request' with operation 'b': 0 of them after event 5, 1 needed in this order (3, 5)"
    )


@given(happened=some.text("ab", max_size=8), wanted=some.text("ab", min_size=1, max_size=5))
def test_an_order_is_a_subsequence(happened: str, wanted: str) -> None:
    """In order holds exactly when the wanted requests are among those that happened, in this order."""
    store = Store(None, OffsetClock())
    record(store, *happened)
    rest = iter(happened)
    body = Verification([Expectation(EventFilter(operation=operation)) for operation in wanted], in_order=True)
    found = compare(store, body)

    assert all(not result.problem for result in found) == all(operation in rest for operation in wanted)


@pytest.mark.parametrize(
    "body",
    [
        {"expect": []}, {"expect": [{}]}, {"expect": [{"match": {"x": 1}}]}, {"expect": [{"match": {}, "exactly": -1}]},
        {"expect": [{"match": {}, "exactly": 1, "at_most": 2}]},
        {"expect": [{"match": {}, "at_least": 2, "at_most": 1}]},
    ],
)  # fmt: skip
def test_expectations_that_cannot_be(control: Send, body: dict[str, Any]) -> None:
    """An expectation that contradicts itself, or means nothing, is refused."""
    answer = control("POST", "/journal/verify", json=body)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "body")
