"""Resource providers: registration, and what is refused without."""

from __future__ import annotations

from collections.abc import Callable

import httpx

from simulator.resources.entities import Provider
from simulator.resources.transition import Transition
from simulator.store import Store

Arm = Callable[..., httpx.Response]
SUBSCRIPTION = "0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00b2"


def code(answer: httpx.Response) -> tuple[int, str]:
    """Give status and error code of an answer."""
    return answer.status_code, answer.json()["error"]["code"]


def test_an_unregistered_provider(arm: Arm, cloud_store: Store) -> None:
    """Creating is refused with the namespace in single quotes, until it is registered."""
    cloud_store.apply(Transition("providers.drop", delete=((Provider, "Microsoft.HybridCompute"),)))
    refused = arm("PUT", "{M}/box-1", json={"location": "eastus"})
    before = arm("GET", "{S}/providers/Microsoft.HybridCompute", version="2016-02-01").json()
    registered = arm("POST", "{S}/providers/microsoft.hybridcompute/register", version="2016-02-01").json()

    assert code(refused) == (409, "MissingSubscriptionRegistration")
    assert "to use namespace 'Microsoft.HybridCompute'." in refused.json()["error"]["message"]
    assert (before["registrationState"], registered["registrationState"]) == ("NotRegistered", "Registered")
    assert registered["id"] == f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.HybridCompute"
    assert arm("PUT", "{M}/box-1", json={"location": "eastus"}).status_code == 200
