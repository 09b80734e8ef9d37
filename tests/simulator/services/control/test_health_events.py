"""Events that the lab lets happen to services of Azure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from simulator.resources.entities import HealthEvent
from simulator.store import Store

Send = Callable[..., httpx.Response]


@pytest.mark.parametrize(
    ("change", "reference", "text"),
    [
        ({"id": ""}, "health-event", "is no tracking id"),
        ({"id": "a/b"}, "health-event", "is no tracking id"),
        ({"regions": ["mars"]}, "health-event", "there is no region 'mars'"),
        ({"subscriptions": ["none"]}, "health-event", "there is no subscription 'none'"),
        ({"type": "Holiday"}, "body", "Invalid enum value 'Holiday'"),
        ({"colour": "red"}, "body", "unknown field `colour`"),
    ],
)
def test_events_that_cannot_be(
    control: Send, cloud_store: Store, change: dict[str, Any], reference: str, text: str
) -> None:
    """A mistake is named, and nothing happens."""
    answer = control("PUT", "/health-events", json={"id": "LAB1", "title": "Lab", **change})

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, reference)
    assert text in answer.json()["error"]["message"]
    assert cloud_store.all(HealthEvent) == []
