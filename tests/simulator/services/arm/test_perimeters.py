"""Network security perimeters, as far as private link scopes are put into them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

Arm = Callable[..., httpx.Response]
SUBSCRIPTION = "0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00b2"
GROUP_ID = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg1"
PERIMETER = f"{GROUP_ID}/providers/Microsoft.Network/networkSecurityPerimeters/p1"
VERSION = "2024-07-01"


def code(answer: httpx.Response) -> tuple[int, str]:
    """Give status and error code of an answer."""
    return answer.status_code, answer.json()["error"]["code"]


def test_a_perimeter_has_a_number_for_good(arm: Arm) -> None:
    """It is made with 201 and replaced with 200; its number stays."""
    answers = [arm("PUT", PERIMETER, json={"location": "eastus"}, version=VERSION) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 200]
    assert len({answer.json()["properties"]["perimeterGuid"] for answer in answers}) == 1


def test_the_namespace_is_another_one(arm: Arm) -> None:
    """It is registered by itself."""
    arm("POST", "{S}/providers/Microsoft.Network/unregister", version=VERSION)
    refused = arm("PUT", PERIMETER, json={"location": "eastus"}, version=VERSION)

    assert code(refused) == (409, "MissingSubscriptionRegistration")


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({}, "InvalidRequestContent"),
        ({"privateLinkResource": {"id": "/x"}, "profile": {"id": "/y"}}, "InvalidResourceReference"),
    ],
)
def test_an_association_needs_both_ends(arm: Arm, properties: dict[str, Any], expected: str) -> None:
    """What is put in, and by which profile, must be said and be there."""
    arm("PUT", PERIMETER, json={"location": "eastus"}, version=VERSION)
    path = f"{PERIMETER}/resourceAssociations/a"

    assert code(arm("PUT", path, json={"properties": properties}, version=VERSION)) == (400, expected)


def test_an_association_stays_in_its_tenant(arm: Arm) -> None:
    """A link scope of another tenant is not put into a perimeter by its id."""
    elsewhere = "/subscriptions/0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00b4/resourceGroups/rg1/providers"
    scope = f"{elsewhere}/Microsoft.HybridCompute/privateLinkScopes/foreign"
    arm("PUT", scope, json={"location": "eastus"}, who="neighbour").raise_for_status()
    arm("PUT", PERIMETER, json={"location": "eastus"}, version=VERSION)
    profile = arm("PUT", f"{PERIMETER}/profiles/p", json={}, version=VERSION).json()["id"]
    body = {"properties": {"privateLinkResource": {"id": scope}, "profile": {"id": profile}}}

    assert code(arm("PUT", f"{PERIMETER}/resourceAssociations/a", json=body, version=VERSION)) == (
        400, "InvalidResourceReference",
    )  # fmt: skip


def test_a_perimeter_that_holds_something_goes_by_force(arm: Arm) -> None:
    """It is refused until it is forced; then all that is in it goes, too."""
    arm("PUT", PERIMETER, json={"location": "eastus"}, version=VERSION)
    scope = arm("PUT", "{G}/providers/Microsoft.HybridCompute/privateLinkScopes/s", json={"location": "eastus"}).json()
    profile = arm("PUT", f"{PERIMETER}/profiles/p", json={}, version=VERSION).json()["id"]
    body = {"properties": {"privateLinkResource": {"id": scope["id"]}, "profile": {"id": profile}}}
    arm("PUT", f"{PERIMETER}/resourceAssociations/a", json=body, version=VERSION).raise_for_status()

    refused = arm("DELETE", PERIMETER, version=VERSION)
    forced = arm("DELETE", PERIMETER, params={"forceDeletion": "true"}, version=VERSION)

    assert code(refused) == (400, "InUseNetworkSecurityPerimeterCannotBeDeleted")
    assert (forced.status_code, arm("GET", PERIMETER, version=VERSION).status_code) == (200, 404)
    assert arm("GET", f"{PERIMETER}/resourceAssociations/a", version=VERSION).status_code == 404
