"""Licence profiles as recorded exchanges show them, and the licences that they assign."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

Arm = Callable[..., httpx.Response]
Make = Callable[..., dict[str, Any]]
SUBSCRIPTION = "0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00b2"
GROUP_ID = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg1"
PROFILE = f"{GROUP_ID}/providers/Microsoft.HybridCompute/machines/box-1/licenseProfiles/default"
LICENSE = f"{GROUP_ID}/providers/Microsoft.HybridCompute/licenses/l1"
PRODUCT = {"productType": "WindowsServer", "subscriptionStatus": "Enabled"}


def code(answer: httpx.Response) -> tuple[int, str]:
    """Give status and error code of an answer."""
    return answer.status_code, answer.json()["error"]["code"]


def test_a_profile_is_as_recorded(arm: Arm, make_machine: Make) -> None:
    """PUT answers 201 with the resource and both polling addresses; the name is `default` in any case."""
    make_machine()
    path = PROFILE.replace("default", "Default")
    answer = arm("PUT", path, json={"location": "eastus", "properties": {"productProfile": PRODUCT}})
    status = arm("GET", answer.headers["azure-asyncoperation"]).json()

    assert answer.status_code == 201
    assert answer.json() == {
        "id": PROFILE, "name": "default", "location": "eastus",
        "type": "Microsoft.HybridCompute/machines/licenseProfiles",
        "properties": {
            "provisioningState": "Succeeded",
            "esuProfile": {"serverType": "Unknown", "esuEligibility": "Unknown", "esuKeyState": "Inactive"},
            "productProfile": {
                "productType": "WindowsServer", "subscriptionStatus": "Enabled",
                "enrollmentDate": "2026-01-01T00:00:00.0000000Z", "billingStartDate": "2026-01-08T00:00:00.0000000Z",
                "productFeatures": [{
                    "name": "WindowsServerAzureArcMgmt", "subscriptionStatus": "Enabled",
                    "enrollmentDate": "2026-01-01T00:00:00.0000000Z",
                    "billingStartDate": "2026-01-08T00:00:00.0000000Z",
                }],
            },
        },
    }  # fmt: skip
    assert (status["status"], status["properties"]) == ("Succeeded", answer.json())
    assert arm("GET", answer.headers["location"]).json() == arm("GET", path).json() == answer.json()


def test_patch_and_delete_are_long(arm: Arm, make_machine: Make) -> None:
    """PATCH and DELETE answer an empty 202; the one ends with the profile, the other with nothing."""
    make_machine()
    arm("PUT", PROFILE, json={"location": "eastus", "properties": {"productProfile": PRODUCT}})
    change = {
        "productProfile": {"subscriptionStatus": "Disable"},
        "softwareAssurance": {"softwareAssuranceCustomer": True},
    }
    patched = arm("PATCH", PROFILE, json={"properties": change})
    result = arm("GET", patched.headers["location"]).json()["properties"]
    deleted = arm("DELETE", PROFILE)

    assert [(answer.status_code, answer.content) for answer in (patched, deleted)] == [(202, b"")] * 2
    assert (result["productProfile"]["subscriptionStatus"], result["softwareAssurance"]) == (
        "Disabled", {"softwareAssuranceCustomer": True},
    )  # fmt: skip
    assert "disenrollmentDate" in result["productProfile"]
    assert arm("GET", deleted.headers["location"]).content == b""
    assert arm("DELETE", PROFILE).status_code == 204


def test_a_licence_is_assigned_and_counted(arm: Arm, make_machine: Make) -> None:
    """A profile names the licence by its id and number, the licence counts; an empty text takes it back."""
    make_machine()
    arm("PUT", LICENSE, json={"location": "eastus"})
    assigned = arm("PUT", PROFILE, json=esu(LICENSE.upper())).json()["properties"]["esuProfile"]
    details = arm("GET", LICENSE).json()["properties"]["licenseDetails"]
    taken = arm("PUT", PROFILE, json=esu(""))

    assert (assigned["assignedLicense"], details["assignedLicenses"]) == (LICENSE, 1)
    assert assigned["assignedLicenseImmutableId"] == details["immutableId"]
    assert (taken.status_code, "assignedLicense" in taken.json()["properties"]["esuProfile"]) == (200, False)
    assert arm("GET", LICENSE).json()["properties"]["licenseDetails"]["assignedLicenses"] == 0


def esu(license_id: str) -> dict[str, Any]:
    """Give the body that assigns a licence."""
    return {"location": "eastus", "properties": {"esuProfile": {"assignedLicense": license_id}}}


def test_a_machine_shows_its_licence(arm: Arm, make_machine: Make) -> None:
    """The machine's own body has the whole licence while it is assigned, and the product that it is paid for."""
    before = make_machine()["properties"]["licenseProfile"]["esuProfile"]["licenseAssignmentState"]
    arm("PUT", LICENSE, json={"location": "eastus"})
    body = esu(LICENSE)
    body["properties"]["productProfile"] = PRODUCT
    arm("PUT", PROFILE, json=body)
    seen = arm("GET", "{M}/box-1").json()["properties"]["licenseProfile"]
    arm("DELETE", LICENSE)
    after = arm("GET", "{M}/box-1").json()["properties"]["licenseProfile"]["esuProfile"]

    assert (before, seen["esuProfile"]["licenseAssignmentState"]) == ("NotAssigned", "Assigned")
    assert seen["esuProfile"]["assignedLicense"]["id"] == LICENSE
    assert seen["esuProfile"]["assignedLicense"]["properties"]["licenseDetails"]["assignedLicenses"] == 1
    assert seen["productProfile"]["subscriptionStatus"] == "Enabled"
    assert (after["licenseAssignmentState"], "assignedLicense" in after) == ("NotAssigned", False)


@pytest.mark.parametrize("wrong", [f"{GROUP_ID}/providers/Microsoft.HybridCompute/licenses/no", PROFILE, "x"])
def test_a_licence_must_be_there(arm: Arm, make_machine: Make, wrong: str) -> None:
    """What is no licence cannot be assigned."""
    make_machine()

    assert code(arm("PUT", PROFILE, json=esu(wrong))) == (400, "HCRP400")


def test_there_is_one_name(arm: Arm, make_machine: Make) -> None:
    """A profile of another name cannot be made, and is not found."""
    make_machine()
    other = PROFILE.replace("default", "second")

    assert code(arm("PUT", other, json={"location": "eastus"})) == (400, "InvalidResourceName")
    assert code(arm("GET", other)) == (404, "ResourceNotFound")


def test_a_profile_needs_its_machine(arm: Arm) -> None:
    """Below a machine that is not there nothing can be made or listed."""
    answers = [arm("PUT", PROFILE, json={"location": "eastus"}), arm("GET", PROFILE.rpartition("/")[0])]

    assert {code(answer) for answer in answers} == {(404, "ParentResourceNotFound")}


def test_a_machine_takes_its_profile_with_it(arm: Arm, make_machine: Make) -> None:
    """A machine that is made again has no profile; a list has only one machine's."""
    make_machine()
    make_machine("box-10", 2)
    for path in (PROFILE, PROFILE.replace("box-1", "box-10")):
        arm("PUT", path, json={"location": "eastus"})
    listed = arm("GET", PROFILE.rpartition("/")[0]).json()["value"]
    arm("DELETE", "{M}/box-1")
    make_machine()

    assert [item["id"] for item in listed] == [PROFILE]
    assert arm("GET", PROFILE.rpartition("/")[0]).json() == {"value": []}


def test_a_licence_of_another_tenant(arm: Arm, make_machine: Make) -> None:
    """It is not there for this tenant's machines."""
    make_machine()
    elsewhere = "/subscriptions/0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00b4/resourceGroups/rg1/providers"
    licence = f"{elsewhere}/Microsoft.HybridCompute/licenses/foreign"
    arm("PUT", licence, json={"location": "eastus"}, who="neighbour").raise_for_status()

    assert code(arm("PUT", PROFILE, json=esu(licence))) == (400, "HCRP400")
