"""What all types that are rows have in common, seen at licences: ARM's rules for bodies, names, places and times."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from simulator.resources.entities import Resource
from simulator.resources.locks import of_the_lab
from simulator.resources.system_data import Author
from simulator.resources.transition import Transition
from simulator.store import Store

Arm = Callable[..., httpx.Response]
Make = Callable[..., dict[str, Any]]
LICENSES = "{G}/providers/Microsoft.HybridCompute/licenses"
BODY = {"location": "East US", "properties": {"licenseDetails": {"state": "Activated", "processors": 16}}}


def code(answer: httpx.Response) -> tuple[int, str]:
    """Give status and error code of an answer."""
    return answer.status_code, answer.json()["error"]["code"]


def test_put_get_patch_delete(arm: Arm) -> None:
    """A resource is made, read, changed and deleted, and then it is not there."""
    made = arm("PUT", f"{LICENSES}/l1", json=BODY)
    patched = arm("PATCH", f"{LICENSES}/l1", json={"properties": {"licenseDetails": {"state": "Deactivated"}}})
    details = patched.json()["properties"]["licenseDetails"]

    assert arm("GET", f"{LICENSES}/L1").json() == patched.json()
    assert (made.json()["location"], details["state"], details["processors"]) == ("eastus", "Deactivated", 16)
    assert [arm("DELETE", f"{LICENSES}/l1").status_code for _ in range(2)] == [200, 204]
    assert code(arm("GET", f"{LICENSES}/l1")) == (404, "ResourceNotFound")
    assert code(arm("PATCH", f"{LICENSES}/l1", json={})) == (404, "ResourceNotFound")


def test_a_put_replaces_and_keeps_the_id(arm: Arm) -> None:
    """A second PUT in other letters is the same resource; what it does not say is gone, and its place is kept."""
    first = arm("PUT", f"{LICENSES}/License1", json={**BODY, "tags": {"a": "1"}}).json()
    second = arm("PUT", f"{LICENSES}/license1", json={"properties": {}}).json()

    assert second["id"] == first["id"]
    assert "tags" not in second
    assert "processors" not in second["properties"]["licenseDetails"]
    assert second["location"] == "eastus"


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        ("l%20one", BODY, (400, "InvalidResourceName")),
        ("l", {}, (400, "LocationRequired")),
        ("l", {"location": "eastus", "properties": []}, (400, "InvalidRequestContent")),
        ("l", {"location": "eastus", "properties": [1]}, (400, "InvalidRequestContent")),
        ("l", {"location": "eastus", "properties": {"licenseType": "X"}}, (400, "InvalidRequestContent")),
        ("l", {"location": "eastus", "tags": "x"}, (400, "InvalidRequestContent")),
    ],
)
def test_bad_bodies(arm: Arm, name: str, body: Any, expected: tuple[int, str]) -> None:
    """A PUT that cannot be used is refused with ARM's code and changes nothing."""
    answer = arm("PUT", f"{LICENSES}/{name}", json=body)

    assert code(answer) == expected
    assert arm("GET", LICENSES).json()["value"] == []


def test_a_refusal_names_the_place(arm: Arm) -> None:
    """The text says what is wrong and where in the body."""
    body = {"location": "eastus", "properties": {"licenseDetails": {"processors": "many"}}}
    message = arm("PUT", f"{LICENSES}/l1", json=body).json()["error"]["message"]

    assert "Expected `int`, got `str` - at `$.properties.licenseDetails.processors`" in message


def test_read_only_members_are_ignored(arm: Arm) -> None:
    """A client sends back what it has read, and nothing changes."""
    read = arm("PUT", f"{LICENSES}/l1", json=BODY).json()
    read["properties"]["licenseDetails"] |= {"immutableId": "mine", "assignedLicenses": 99}
    again = arm("PUT", f"{LICENSES}/l1", json={**read, "id": "x", "systemData": {}}).json()["properties"][
        "licenseDetails"
    ]

    assert again["assignedLicenses"] == 0
    assert again["immutableId"] != "mine"


def test_a_resource_cannot_move(arm: Arm) -> None:
    """Another location for the same name is a conflict."""
    arm("PUT", f"{LICENSES}/l1", json=BODY)

    assert code(arm("PUT", f"{LICENSES}/l1", json={**BODY, "location": "westeurope"})) == (
        409,
        "InvalidResourceLocation",
    )


def test_a_namespace_must_be_registered(arm: Arm) -> None:
    """Writing needs the namespace of the type; reading does not."""
    arm("POST", "{S}/providers/Microsoft.HybridCompute/unregister", version="2016-02-01")

    assert code(arm("PUT", f"{LICENSES}/l1", json=BODY)) == (409, "MissingSubscriptionRegistration")
    assert arm("GET", LICENSES).json() == {"value": []}


def test_lists_are_of_their_place_in_pages(arm: Arm) -> None:
    """A group lists its own, a subscription all, three in a page; a group that begins alike is another one."""
    arm("PUT", "{S}/resourceGroups/rg10", json={"location": "eastus"})
    arm("PUT", "{S}/resourceGroups/rg10/providers/Microsoft.HybridCompute/licenses/l9", json=BODY)
    for number in range(4):
        arm("PUT", f"{LICENSES}/l{number}", json=BODY)
    first = arm("GET", LICENSES).json()
    second = arm("GET", first["nextLink"]).json()
    everywhere = arm("GET", "{S}/providers/Microsoft.HybridCompute/licenses").json()

    assert [item["name"] for page in (first, second) for item in page["value"]] == ["l0", "l1", "l2", "l3"]
    assert "nextLink" not in second
    assert [len(everywhere["value"]), len(arm("GET", everywhere["nextLink"]).json()["value"])] == [3, 2]


def test_places_that_are_not_there(arm: Arm) -> None:
    """A group that is missing is named, by every operation."""
    path = LICENSES.replace("{G}", "{S}/resourceGroups/rg9")
    asked = [("GET", path), *((method, f"{path}/l") for method in ("GET", "PUT", "PATCH", "DELETE"))]

    assert {code(arm(method, url, json=BODY)) for method, url in asked} == {(404, "ResourceGroupNotFound")}


def test_a_locked_resource_stays(arm: Arm, cloud_store: Store) -> None:
    """A delete lock above holds it."""
    held = arm("PUT", f"{LICENSES}/l1", json=BODY).json()
    cloud_store.apply(Transition("locks.put", (of_the_lab(held["id"].rpartition("/providers/")[0]),)))

    assert code(arm("DELETE", f"{LICENSES}/l1")) == (409, "ScopeLocked")
    assert arm("GET", f"{LICENSES}/l1").json() == held


def test_a_group_takes_its_resources_with_it(arm: Arm, cloud_store: Store) -> None:
    """Nothing that lay in a deleted group is left, or shows when the group is made again."""
    arm("PUT", f"{LICENSES}/l1", json=BODY)
    arm("DELETE", "{G}")
    arm("PUT", "{G}", json={"location": "eastus"})

    assert (cloud_store.all(Resource), arm("GET", LICENSES).json()) == ([], {"value": []})


@pytest.mark.parametrize(
    ("who", "made_by"), [("owner", ("app-owner", "Application")), ("person", ("person@arclab.example", "User"))]
)
def test_stamps_say_who_and_when(arm: Arm, cloud_store: Store, who: str, made_by: tuple[str, str]) -> None:
    """Who made it and when stays; who changed it last and when is new."""
    arm("PUT", f"{LICENSES}/l1", json=BODY, who=who)
    cloud_store.clock.advance(60)
    arm("PATCH", f"{LICENSES}/l1", json={"tags": {"a": "1"}})
    data = cloud_store.all(Resource)[0].system_data

    assert (data.created_by.name, data.created_by.kind, data.created) == (*made_by, 1_767_225_600.0)
    assert (data.modified_by, data.modified) == (Author("app-owner", "Application"), 1_767_225_660.0)


def test_roles_follow_from_the_type(arm: Arm) -> None:
    """A reader reads; the refusal of a write names the type's action."""
    refused = arm("PUT", f"{LICENSES}/l1", json=BODY, who="reader")

    assert code(refused) == (403, "AuthorizationFailed")
    assert "'Microsoft.HybridCompute/licenses/write'" in refused.json()["error"]["message"]
    assert arm("GET", LICENSES, who="reader").status_code == 200


def test_a_namespace_with_resources_cannot_be_unregistered(arm: Arm) -> None:
    """The refusal names one of them."""
    held = arm("PUT", f"{LICENSES}/l1", json=BODY).json()
    refused = arm("POST", "{S}/providers/Microsoft.HybridCompute/unregister", version="2016-02-01")

    assert code(refused) == (409, "Conflict")
    assert held["id"] in refused.json()["error"]["message"]
