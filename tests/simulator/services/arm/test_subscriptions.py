"""Subscriptions and tenants: what signing in needs."""

from __future__ import annotations

from collections.abc import Callable

import httpx

Arm = Callable[..., httpx.Response]


def code(answer: httpx.Response) -> tuple[int, str]:
    """Give status and error code of an answer."""
    return answer.status_code, answer.json()["error"]["code"]


def test_an_unknown_subscription(arm: Arm) -> None:
    """A subscription that is not there is named."""
    assert code(arm("GET", "/subscriptions/other/resourceGroups")) == (404, "SubscriptionNotFound")


def test_subscriptions_and_tenants(arm: Arm) -> None:
    """Signing in needs the list of subscriptions and tenants."""
    subscription = arm("GET", "/subscriptions", version="2022-12-01").json()["value"][0]
    tenant = arm("GET", "/tenants", version="2016-06-01").json()["value"][0]

    assert (subscription["displayName"], subscription["state"]) == ("lab", "Enabled")
    assert tenant["tenantId"] == subscription["tenantId"]
    assert arm("GET", "{S}").json() == subscription
