"""Subscriptions and tenants: what signing in needs, and who sees which."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

Arm = Callable[..., httpx.Response]
TENANT, OTHER_TENANT = "0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00a1", "0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00a2"
ELSEWHERE = "/subscriptions/0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00b4"


def code(answer: httpx.Response) -> tuple[int, str]:
    """Give status and error code of an answer."""
    return answer.status_code, answer.json()["error"]["code"]


def test_an_unknown_subscription(arm: Arm) -> None:
    """One that is not there is not found, one that cannot be is refused."""
    none = "0b2f2ac6-0000-4b1c-9a4e-3f6d1d7b00a1"
    assert code(arm("GET", f"/subscriptions/{none}/resourceGroups")) == (404, "SubscriptionNotFound")
    assert code(arm("GET", "/subscriptions/other/resourceGroups")) == (400, "InvalidSubscriptionId")


def test_subscriptions_and_tenants(arm: Arm) -> None:
    """Signing in needs the list of subscriptions and tenants."""
    subscription = arm("GET", "/subscriptions", version="2022-12-01").json()["value"][0]
    tenant = arm("GET", "/tenants", version="2016-06-01").json()["value"][0]

    assert (subscription["displayName"], subscription["state"]) == ("lab", "Enabled")
    assert tenant["tenantId"] == subscription["tenantId"]
    assert arm("GET", "{S}").json() == subscription


@pytest.mark.parametrize(
    ("who", "tenant", "names"),
    [("owner", TENANT, ["lab", "second"]), ("neighbour", OTHER_TENANT, ["elsewhere"]), ("stranger", TENANT, [])],
)
def test_everybody_sees_their_own_tenant(arm: Arm, who: str, tenant: str, names: list[str]) -> None:
    """Lists hold the tenant of the caller's token and its subscriptions, nobody else's."""
    subscriptions = arm("GET", "/subscriptions", who=who).json()

    assert [item["displayName"] for item in subscriptions["value"]] == names
    assert subscriptions["count"] == {"type": "Total", "value": len(names)}
    assert [item["tenantId"] for item in arm("GET", "/tenants", who=who).json()["value"]] == [tenant]


@pytest.mark.parametrize("path", ["", "/resourcegroups", "/resourceGroups/rg1", "/locations"])
def test_a_token_of_another_tenant(arm: Arm, path: str) -> None:
    """The refusal says which tenant the subscription belongs to, and where to sign in."""
    refused = arm("GET", ELSEWHERE + path)

    assert code(refused) == (401, "InvalidAuthenticationTokenTenant")
    assert f"It must match the tenant 'https://sts.windows.net/{OTHER_TENANT}/'" in refused.json()["error"]["message"]
    assert f"https://login.microsoftonline.com/{OTHER_TENANT}" in refused.headers["www-authenticate"]
    assert arm("GET", ELSEWHERE + path, who="neighbour").status_code == 200


def test_groups_of_one_name_are_two(arm: Arm) -> None:
    """A group belongs to its subscription: one of the same name elsewhere has another place and other machines."""
    machine = f"{ELSEWHERE}/resourceGroups/rg1/providers/Microsoft.HybridCompute/machines/box-1"
    made = arm("PUT", machine, who="neighbour", json={"location": "westeurope"}).json()

    assert made["identity"]["tenantId"] == OTHER_TENANT
    assert arm("GET", "{M}").json()["value"] == []
    assert arm("GET", f"{ELSEWHERE}/resourcegroups/rg1", who="neighbour").json()["location"] == "westeurope"


def test_locations(arm: Arm) -> None:
    """Each region has a name, what people read, and where it is; ids are of the subscription that is asked."""
    found = {item["name"]: item for item in arm("GET", "{S}/locations").json()["value"]}
    east = found["eastus"]

    assert (east["displayName"], east["regionalDisplayName"], east["type"]) == ("East US", "(US) East US", "Region")
    assert east["id"].startswith("/subscriptions/0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00b2/locations/")
    assert east["metadata"]["pairedRegion"][0]["name"] == "westus"
