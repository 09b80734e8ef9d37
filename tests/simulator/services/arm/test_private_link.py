"""What a private link scope leads to: members, zones, and what a machine behind it sees."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

Arm = Callable[..., httpx.Response]
Make = Callable[..., dict[str, Any]]
SUBSCRIPTION = "0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00b2"
SCOPE = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg1/providers/Microsoft.HybridCompute/privateLinkScopes/s1"
MEMBERS = ["HybridCompute.Global", "HybridCompute.Server", "HybridCompute.TokenService", "GuestConfig.GlobalService",
           "GuestConfig.AgentService.eastus", "GuestConfig.AgentService.westus",
           "HybridCompute.K8sConfiguration"]  # fmt: skip


def code(answer: httpx.Response) -> tuple[int, str]:
    """Give status and error code of an answer."""
    return answer.status_code, answer.json()["error"]["code"]


@pytest.fixture
def number(arm: Arm) -> str:
    """Give the number of a scope with one connection that is let in and one that waits."""
    made: str = arm("PUT", SCOPE, json={"location": "eastus"}).json()["properties"]["privateLinkScopeId"]
    for name, status in (("in", "Approved"), ("out", "Pending")):
        state = {"status": status, "description": ""}
        properties = {"privateEndpoint": {"id": "/e"}, "privateLinkServiceConnectionState": state}
        arm("PUT", f"{SCOPE}/privateEndpointConnections/{name}", json={"properties": properties})
    return made


def test_the_one_link_resource(arm: Arm, number: str) -> None:
    """The list has the one that can be had by its name in any case, with the members of both regions."""
    one = arm("GET", f"{SCOPE}/privateLinkResources/HybridCompute").json()

    assert arm("GET", f"{SCOPE}/privateLinkResources").json() == {"value": [one]}
    assert (one["name"], one["properties"]["requiredMembers"]) == ("hybridcompute", MEMBERS)
    assert "privatelink.Guestconfiguration.azure.com" in one["properties"]["requiredZoneNames"]
    assert code(arm("GET", f"{SCOPE}/privateLinkResources/other")) == (404, "ResourceNotFound")
    assert code(arm("GET", f"{SCOPE}9/privateLinkResources")) == (404, "ResourceNotFound")


def test_validation_by_number(arm: Arm, number: str) -> None:
    """Each member of the connection that is let in has an address of its own."""
    path = "{S}/providers/Microsoft.HybridCompute/locations/{}/privateLinkScopes/{}"
    body = arm("GET", path.replace("{}", "eastus", 1).replace("{}", number)).json()
    details = body["connectionDetails"]

    assert (body["id"], body["publicNetworkAccess"]) == (SCOPE, "Disabled")
    assert [item["memberName"] for item in details] == MEMBERS
    assert {item["id"] for item in details} == {f"{SCOPE}/privateEndpointConnections/in"}
    assert len({item["privateIpAddress"] for item in details}) == len(MEMBERS)
    for region, name in (("westeurope", number), ("eastus", "00000000-0000-0000-0000-000000000000")):
        assert code(arm("GET", path.replace("{}", region, 1).replace("{}", name))) == (404, "ResourceNotFound")


def test_validation_for_a_machine(arm: Arm, make_machine: Make, number: str) -> None:
    """A machine sees the scope that its resource names, and nothing without one."""
    make_machine()
    before = arm("GET", "{M}/box-1/privateLinkScopes/current")
    arm("PATCH", "{M}/box-1", json={"properties": {"privateLinkScopeResourceId": SCOPE}})

    assert code(before) == (404, "HCRP404")
    assert arm("GET", "{M}/box-1/privateLinkScopes/current").json()["id"] == SCOPE
