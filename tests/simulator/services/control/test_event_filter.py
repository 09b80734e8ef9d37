"""Which events a filter means."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some

from simulator.contract import Event
from simulator.errors import BadInput
from simulator.services.control.bodies import EventFilter
from simulator.services.control.event_filter import build_test

EVENT = Event(
    seq=1, time="2026-01-01T00:00:00.500000Z", wall="", kind="request", host="management.azure.com",
    operation="machines.get", method="GET", path="/subscriptions/S?api-version=1", status=503,
    machine="/x/machines/Box-1", caller="oid-1",
)  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, True), ({"kind": "request"}, True), ({"kind": "clock"}, False), ({"operation": "MACHINES.*"}, True),
        ({"operation": "groups.*"}, False), ({"host": "*.azure.com"}, True), ({"method": "get"}, True),
        ({"path": "/subscriptions/*api-version*"}, True), ({"status": "5*"}, True), ({"status": "50?"}, True),
        ({"status": "5"}, False), ({"machine": "box-*"}, True), ({"machine": "/x/machines/box-1"}, True),
        ({"machine": "box"}, False), ({"caller": "oid-1"}, True), ({"caller": ""}, False),
        ({"since": "2026-01-01T00:00:00.5Z"}, True), ({"since": "2026-01-01T00:00:00.6Z"}, False),
        ({"until": "2026-01-01T00:00:00.5Z"}, False), ({"until": "2026-01-01T02:00:00+01:00"}, True),
        ({"kind": "request", "status": "200"}, False),
    ],
)  # fmt: skip
def test_what_is_meant(wanted: dict[str, Any], expected: bool) -> None:
    """Everything that is given has to hold."""
    assert build_test(msgspec.convert(wanted, EventFilter))(EVENT) == expected


@given(name=some.sampled_from(("since", "until")), text=some.text(min_size=1, max_size=30))
def test_a_time_that_is_none(name: str, text: str) -> None:
    """A text that is no time is refused."""
    with pytest.raises(BadInput, match=f"'{name}' is "):
        build_test(msgspec.convert({name: text}, EventFilter))
