"""Licences as recorded exchanges show them."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import httpx

Arm = Callable[..., httpx.Response]
SUBSCRIPTION = "0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00b2"
PATH = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg1/providers/Microsoft.HybridCompute/licenses/myESULicense"
DETAILS = {
    "state": "Activated",
    "target": "Windows Server 2012",
    "edition": "Datacenter",
    "type": "pCore",
    "processors": 16,
}
BODY = {"location": "eastus", "properties": {"licenseDetails": DETAILS, "licenseType": "ESU"}}


def test_a_licence_is_as_recorded(arm: Arm) -> None:
    """PUT answers 200 at once, with tenant, number and how often it is assigned, and with nothing else."""
    answer = arm("PUT", PATH, json=BODY)
    number = answer.json()["properties"]["licenseDetails"].pop("immutableId")

    assert uuid.UUID(number)
    assert (answer.status_code, "azure-asyncoperation" in answer.headers) == (200, False)
    assert arm("GET", PATH).json()["properties"]["licenseDetails"]["immutableId"] == number


def test_the_whole_body(arm: Arm) -> None:
    """Each member is one that a recorded licence has."""
    body = arm("PUT", PATH, json=BODY).json()
    number = body["properties"]["licenseDetails"]["immutableId"]

    assert body == {
        "id": PATH, "name": "myESULicense", "location": "eastus", "type": "Microsoft.HybridCompute/licenses",
        "properties": {"tenantId": "0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00a1", "licenseType": "ESU",
                       "licenseDetails": {**DETAILS, "assignedLicenses": 0, "immutableId": number}},
    }  # fmt: skip


def test_the_number_is_for_good(arm: Arm) -> None:
    """PUT and PATCH keep the number; what PATCH does not name stays."""
    numbers = [
        arm(method, PATH, json=body).json()["properties"]["licenseDetails"]["immutableId"]
        for method, body in (
            ("PUT", BODY),
            ("PUT", BODY),
            ("PATCH", {"properties": {"licenseDetails": {"processors": 8}}}),
        )
    ]
    details = arm("GET", PATH).json()["properties"]["licenseDetails"]

    assert len(set(numbers)) == 1
    assert (details["processors"], details["edition"]) == (8, "Datacenter")


def test_a_licence_that_says_nothing_is_not_activated(arm: Arm) -> None:
    """Without details it is an ESU licence that nothing is billed for."""
    properties = arm("PUT", PATH, json={"location": "eastus"}).json()["properties"]

    assert (properties["licenseType"], properties["licenseDetails"]["state"]) == ("ESU", "Deactivated")


def test_validation_stores_nothing(arm: Arm) -> None:
    """The answer is what a PUT would make, with an id below the subscription; a bad body is refused."""
    path = "{S}/providers/Microsoft.HybridCompute/validateLicense"
    answer = arm("POST", path, json={**BODY, "name": "l9"})
    bad = arm("POST", path, json={"location": "eastus", "properties": {"licenseDetails": {"type": "x"}}})

    assert answer.status_code == 200
    assert answer.json()["id"] == f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.HybridCompute/licenses/l9"
    assert answer.json()["properties"]["licenseDetails"]["processors"] == 16
    assert (bad.status_code, bad.json()["error"]["code"]) == (400, "InvalidRequestContent")
    assert arm("GET", "{S}/providers/Microsoft.HybridCompute/licenses").json() == {"value": []}
