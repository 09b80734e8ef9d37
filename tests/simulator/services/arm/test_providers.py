"""Resource providers: registration, what is refused without, and what they say of their types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from simulator.resources.entities import Provider
from simulator.resources.transition import Transition
from simulator.store import Store

Arm = Callable[..., httpx.Response]
Make = Callable[..., dict[str, Any]]
SUBSCRIPTION = "0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00b2"
SECOND = "/subscriptions/0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00b3"
HYBRID = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.HybridCompute"


def code(answer: httpx.Response) -> tuple[int, str]:
    """Give status and error code of an answer."""
    return answer.status_code, answer.json()["error"]["code"]


def test_an_unregistered_provider(arm: Arm, cloud_store: Store) -> None:
    """Creating is refused with the namespace in single quotes, until it is registered."""
    cloud_store.apply(Transition("providers.drop", delete=((Provider, HYBRID),)))
    refused = arm("PUT", "{M}/box-1", json={"location": "eastus"})
    before = arm("GET", "{S}/providers/Microsoft.HybridCompute", version="2016-02-01").json()
    registered = arm("POST", "{S}/providers/microsoft.hybridcompute/register", version="2016-02-01").json()

    assert code(refused) == (409, "MissingSubscriptionRegistration")
    assert "to use namespace 'Microsoft.HybridCompute'." in refused.json()["error"]["message"]
    assert (before["registrationState"], registered["registrationState"]) == ("NotRegistered", "Registered")
    assert registered["id"] == HYBRID
    assert arm("PUT", "{M}/box-1", json={"location": "eastus"}).status_code == 200


def test_each_subscription_registers_for_itself(arm: Arm) -> None:
    """Unregistering in one subscription takes nothing from another."""
    unregistered = arm("POST", f"{SECOND}/providers/Microsoft.HybridCompute/unregister").json()
    machine = "providers/Microsoft.HybridCompute/machines/box-1"

    assert unregistered["registrationState"] == "Unregistered"
    assert code(arm("PUT", f"{SECOND}/resourceGroups/rg1/{machine}", json={"location": "eastus"})) == (
        409,
        "MissingSubscriptionRegistration",
    )
    assert arm("PUT", "{M}/box-1", json={"location": "eastus"}).status_code == 200


def test_the_refusal_names_the_provider_for_programs(arm: Arm) -> None:
    """In its text, and in its details, where the SDK for Go looks for it."""
    arm("POST", "{S}/providers/Microsoft.HybridCompute/unregister")
    error = arm("PUT", "{M}/box-1", json={"location": "eastus"}).json()["error"]

    assert "'Microsoft.HybridCompute'" in error["message"]
    assert [(one["code"], one["target"]) for one in error["details"]] == [(error["code"], "Microsoft.HybridCompute")]


def test_a_provider_in_use_stays(arm: Arm, make_machine: Make) -> None:
    """A provider with a resource in the subscription is not unregistered; the refusal names the resource."""
    machine = make_machine()
    refused = arm("POST", "{S}/providers/Microsoft.HybridCompute/unregister")

    assert (code(refused), machine["id"] in refused.json()["error"]["message"]) == ((409, "Conflict"), True)
    assert arm("GET", "{S}/providers/Microsoft.HybridCompute").json()["registrationState"] == "Registered"


@pytest.mark.parametrize(("who", "expected"), [("owner", 200), ("administrator", 403), ("reader", 403)])
def test_who_may_register(arm: Arm, who: str, expected: int) -> None:
    """Registering is an action of the namespace that is registered."""
    answer = arm("POST", "{S}/providers/Microsoft.Maintenance/register", who=who)

    assert answer.status_code == expected
    assert expected == 200 or "'Microsoft.Maintenance/register/action'" in answer.json()["error"]["message"]


def test_some_providers_need_no_registration(arm: Arm) -> None:
    """Providers of the front end itself are registered always, and stay so."""
    arm("POST", "{S}/providers/Microsoft.Authorization/unregister")
    body = arm("GET", "{S}/providers/microsoft.authorization").json()

    assert (body["namespace"], body["registrationPolicy"]) == ("Microsoft.Authorization", "RegistrationFree")
    assert body["registrationState"] == "Registered"


def test_types_have_versions_and_locations(arm: Arm) -> None:
    """A client finds the version to use for a type, as the CLI does before it shows a resource."""
    types = {
        kind["resourceType"]: kind
        for kind in arm("GET", "{S}/providers/Microsoft.HybridCompute").json()["resourceTypes"]
    }

    assert types["machines"]["apiVersions"][:2] == ["2026-07-15", "2026-06-16-preview"]
    assert types["machines"]["defaultApiVersion"] == "2026-07-15"
    assert "East US" in types["machines"]["locations"]
    assert (types["operations"]["locations"], "2019-12-12" in types["licenses"]["apiVersions"]) == ([], False)


def test_lists(arm: Arm) -> None:
    """The list of a subscription tells states, that of the tenant does not."""
    mine = {item["namespace"]: item for item in arm("GET", "{S}/providers").json()["value"]}
    every = arm("GET", "/providers").json()["value"]

    assert mine["Microsoft.HybridCompute"]["registrationState"] == "Registered"
    assert [item["namespace"] for item in every] == list(mine)
    assert all("registrationState" not in item for item in every)
    assert arm("GET", "/providers/microsoft.advisor").json()["id"] == "/providers/Microsoft.Advisor"


@pytest.mark.parametrize("path", ["{S}/providers/Contoso.Nothing", "/providers/Contoso.Nothing"])
def test_an_unknown_namespace(arm: Arm, path: str) -> None:
    """A provider that is not there is named."""
    assert code(arm("GET", path)) == (404, "InvalidResourceNamespace")
    assert arm("GET", path).json()["error"]["message"] == "The resource namespace 'Contoso.Nothing' is invalid."


_VERSIONS = "/locations/eastus/publishers/Microsoft.Azure.Extensions/extensionTypes/CustomScript/versions"


@pytest.mark.parametrize("path", ["", _VERSIONS])
def test_a_stranger_reads_no_provider_of_a_subscription(arm: Arm, path: str) -> None:
    """Whoever has any role in the subscription reads it; outside of subscriptions everybody who is signed in does."""
    place = f"/providers/Microsoft.HybridCompute{path}"

    assert code(arm("GET", f"{{S}}{place}", who="stranger")) == (403, "AuthorizationFailed")
    assert arm("GET", f"{{S}}{place}", who="onboarding").status_code == 200
    assert arm("GET", place, who="stranger").status_code == 200
