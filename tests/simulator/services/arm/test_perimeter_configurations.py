"""Configurations of a private link scope follow from the perimeters that it was put into."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

Arm = Callable[..., httpx.Response]
SUBSCRIPTION = "0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00b2"
GROUP_ID = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg1"
SCOPE = f"{GROUP_ID}/providers/Microsoft.HybridCompute/privateLinkScopes/myScope3"
LIST = f"{SCOPE}/networkSecurityPerimeterConfigurations"
PERIMETER = f"{GROUP_ID}/providers/Microsoft.Network/networkSecurityPerimeters/testPerimeter"
ASSOCIATION = f"{PERIMETER}/resourceAssociations/testAssociation"


@pytest.fixture
def number(arm: Arm) -> str:
    """Give the number of a perimeter that a scope was put into."""
    version = "2024-07-01"
    arm("PUT", SCOPE, json={"location": "eastus"})
    perimeter = arm("PUT", PERIMETER, json={"location": "eastus"}, version=version).json()
    arm("PUT", f"{PERIMETER}/profiles/testProfile", json={}, version=version)
    properties = {"privateLinkResource": {"id": SCOPE.lower()}, "profile": {"id": f"{PERIMETER}/profiles/testProfile"}}
    arm("PUT", ASSOCIATION, json={"properties": properties}, version=version).raise_for_status()
    found: str = perimeter["properties"]["perimeterGuid"]
    return found


def test_a_configuration_is_as_recorded(arm: Arm, number: str) -> None:
    """The list has what one configuration is by itself."""
    one = arm("GET", f"{LIST}/{number}.testAssociation").json()

    assert arm("GET", LIST).json() == {"value": [one]}
    assert one == {
        "id": f"{LIST}/{number}.testAssociation", "name": f"{number}.testAssociation",
        "type": "Microsoft.HybridCompute/privateLinkScopes/networkSecurityPerimeterConfigurations",
        "properties": {
            "provisioningState": "Succeeded", "provisioningIssues": [],
            "networkSecurityPerimeter": {"id": PERIMETER, "perimeterGuid": number, "location": "eastus"},
            "resourceAssociation": {"name": "testAssociation", "accessMode": "Learning"},
            "profile": {"id": f"{PERIMETER}/profiles/testProfile", "name": "testProfile", "accessRulesVersion": 0,
                        "accessRules": [], "diagnosticSettingsVersion": 0, "enabledLogCategories": []},
        },
    }  # fmt: skip


def test_reconcile_is_a_long_operation(arm: Arm, number: str) -> None:
    """It answers an empty 202 and ends with nothing; what is not there is 404."""
    answer = arm("POST", f"{LIST}/{number}.testAssociation/reconcile")

    assert (answer.status_code, answer.content) == (202, b"")
    assert arm("GET", answer.headers["azure-asyncoperation"]).json()["status"] == "Succeeded"
    assert arm("GET", answer.headers["location"]).content == b""
    assert arm("POST", f"{LIST}/other.testAssociation/reconcile").status_code == 404


def test_it_goes_with_its_association(arm: Arm, number: str) -> None:
    """A scope that was taken out of the perimeter has no configuration; another scope never had one."""
    arm("PUT", f"{SCOPE}9", json={"location": "eastus"})
    other = arm("GET", f"{SCOPE}9/networkSecurityPerimeterConfigurations").json()
    arm("DELETE", ASSOCIATION, version="2024-07-01")

    assert other == arm("GET", LIST).json() == {"value": []}
