"""Resource groups, as SDK and CLI use them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from simulator.resources.entities import Machine, ResourceGroup
from simulator.store import Store

Arm = Callable[..., httpx.Response]
Control = Callable[..., httpx.Response]
Make = Callable[..., dict[str, Any]]


def code(answer: httpx.Response) -> tuple[int, str]:
    """Give status and error code of an answer."""
    return answer.status_code, answer.json()["error"]["code"]


def make_group(arm: Arm, name: str, **tags: str) -> None:
    """Make a group."""
    arm("PUT", f"{{S}}/resourcegroups/{name}", json={"location": "East US", "tags": tags}).raise_for_status()


def test_groups_are_made_once(arm: Arm) -> None:
    """The first PUT answers 201, the second 200; HEAD tells whether one is there."""
    statuses = [arm("PUT", "{S}/resourcegroups/rg2", json={"location": "East US"}).status_code for _ in range(2)]
    heads = [arm("HEAD", f"{{S}}/resourcegroups/{name}").status_code for name in ("rg2", "rg9")]

    assert (statuses, heads) == ([201, 200], [204, 404])
    assert arm("GET", "{S}/resourcegroups/RG2").json()["location"] == "eastus"


def test_a_deleted_group_takes_its_machines(arm: Arm, control: Control, make_machine: Make, cloud_store: Store) -> None:
    """Nothing of a deleted group is left; the operation is asked for until it has ended."""
    make_machine()
    begun = arm("DELETE", "{G}")
    place = begun.headers["location"]
    running = arm("GET", place)
    control("POST", "/clock", json={"advance_s": 1})
    ended = arm("GET", place)

    assert (begun.status_code, begun.content, begun.headers["retry-after"]) == (202, b"", "1")
    assert "/operationresults/" in place
    assert (running.status_code, running.headers["location"], ended.status_code) == (202, place, 200)
    assert "location" not in ended.headers
    assert cloud_store.all(Machine) == []
    assert code(arm("GET", "{G}")) == (404, "ResourceGroupNotFound")
    assert code(arm("GET", "{S}/operationresults/none")) == (404, "NotFound")


def test_a_group_in_deletion(arm: Arm, control: Control, make_machine: Make) -> None:
    """It is there and says so, empty; nothing can be made in it, nor it anew, until it is gone."""
    make_machine()
    begun = [arm("DELETE", "{G}") for _ in range(2)]
    shown, listed = arm("GET", "{G}").json(), arm("GET", "{M}").json()["value"]
    refused = [
        arm("PUT", "{G}", json={"location": "westeurope"}),
        arm("PATCH", "{G}", json={}),
        arm("PUT", "{M}/box-2", json={"location": "eastus"}),
        arm("PUT", "{G}/providers/Microsoft.Resources/tags/default", json={"properties": {"tags": {}}}),
    ]
    control("POST", "/clock", json={"advance_s": 1})

    assert (shown["properties"]["provisioningState"], listed) == ("Deleting", [])
    assert {code(answer) for answer in refused} == {(409, "ResourceGroupBeingDeleted")}
    assert [arm("GET", answer.headers["location"]).status_code for answer in begun] == [200, 200]
    assert arm("PUT", "{G}", json={"location": "westeurope"}).status_code == 201
    assert [arm("GET", answer.headers["location"]).status_code for answer in begun] == [200, 200]


def test_tags_are_texts(arm: Arm, cloud_store: Store) -> None:
    """A number among the tags is kept as a text, so that a state file can be read again; a list is refused."""
    arm("PUT", "{S}/resourcegroups/rg2", json={"location": "eastus", "tags": {"floor": 3}})
    group = next(group for group in cloud_store.all(ResourceGroup) if group.tags)
    refused = arm("PUT", "{S}/resourcegroups/rg2", json={"location": "eastus", "tags": ["a"]})

    assert (group.tags, code(refused)) == ({"floor": "3"}, (400, "InvalidRequestContent"))


def test_who_looks_after_a_group(arm: Arm) -> None:
    """It is said when the group is made, and can be changed; other groups have nobody."""
    path = "{S}/resourceGroups/managed"
    made = arm("PUT", path, json={"location": "eastus", "managedBy": "/subscriptions/a"}).json()
    patched = arm("PATCH", path, json={"managedBy": "/subscriptions/b"}).json()
    tagged = arm("PATCH", path, json={"tags": {"a": "b"}}).json()
    wrong = arm("PUT", path, json={"location": "eastus", "managedBy": 5})

    assert [each["managedBy"] for each in (made, patched, tagged)] == [f"/subscriptions/{name}" for name in "abb"]
    assert "managedBy" not in arm("GET", "{G}").json()
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (400, "InvalidRequestContent")


def test_a_group_is_patched(arm: Arm) -> None:
    """PATCH replaces the tags and keeps them when it does not speak of them; a group that is not there is not made."""
    make_group(arm, "rg2", a="1", b="2")
    kept = arm("PATCH", "{S}/resourcegroups/rg2", json={}).json()["tags"]
    changed = arm("PATCH", "{S}/resourcegroups/rg2", json={"tags": {"a": "3"}})

    assert (kept, changed.status_code, changed.json()["tags"]) == ({"a": "1", "b": "2"}, 200, {"a": "3"})
    assert arm("GET", "{S}/resourcegroups/rg2").json() == changed.json()
    assert code(arm("PATCH", "{S}/resourcegroups/rg9", json={})) == (404, "ResourceGroupNotFound")


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, ["rg1", "rg2", "rg3"]),
        ({"$top": "2"}, ["rg1", "rg2"]),
        ({"$filter": "tagName eq 'env'"}, ["rg2", "rg3"]),
        ({"$filter": "tagName eq 'env' and tagValue eq 'prod'"}, ["rg2"]),
        ({"$filter": "tagName eq 'other' and tagValue eq 'prod'"}, []),
        ({"$filter": "tagName eq 'env'", "$top": "1"}, ["rg2"]),
    ],
)
def test_lists(arm: Arm, params: dict[str, str], expected: list[str]) -> None:
    """A filter on name and value speaks of one tag; `$top` comes after it."""
    make_group(arm, "rg2", env="prod", other="x")
    make_group(arm, "rg3", env="test")

    assert [group["name"] for group in arm("GET", "{S}/resourcegroups", params=params).json()["value"]] == expected


def test_a_list_follows_what_changes(arm: Arm, control: Control) -> None:
    """What was listed once is listed again as it is by now."""

    def listed() -> dict[str, dict[str, str]]:
        return {item["name"]: item["tags"] for item in arm("GET", "{S}/resourcegroups").json()["value"]}

    make_group(arm, "rg2", a="1")
    before = [listed(), listed()]
    arm("PATCH", "{S}/resourcegroups/rg2", json={"tags": {"a": "2"}})
    changed = listed()
    arm("DELETE", "{S}/resourcegroups/rg2")
    control("POST", "/clock", json={"advance_s": 1})

    assert [found["rg2"] for found in before] == [{"a": "1"}, {"a": "1"}]
    assert changed["rg2"] == {"a": "2"}
    assert "rg2" not in listed()


def test_whoever_has_a_role_in_one_group_sees_this_one(arm: Arm) -> None:
    """A reader of one group lists this group and the subscription; somebody without any role is refused."""
    make_group(arm, "rg2")
    refused = arm("GET", "{S}/resourcegroups", who="stranger")
    role = "/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7"
    name = "/providers/Microsoft.Authorization/roleAssignments/00000000-0000-4000-8000-000000000001"
    body = {"properties": {"roleDefinitionId": role, "principalId": "oid-stranger"}}
    arm("PUT", f"{{S}}/resourceGroups/rg2{name}", json=body).raise_for_status()
    found = arm("GET", "{S}/resourcegroups", who="stranger").json()["value"]

    assert (code(refused), [group["name"] for group in found]) == ((403, "AuthorizationFailed"), ["rg2"])
    assert arm("GET", "{S}", who="stranger").status_code == 200
    assert arm("GET", "{G}", who="stranger").status_code == 403


@pytest.mark.parametrize("params", [{"$top": "x"}, {"$filter": "colour eq 'x'"}, {"$filter": "tagName eq"}])
def test_a_list_that_cannot_be(arm: Arm, params: dict[str, str]) -> None:
    """A mistake in the query is refused."""
    assert arm("GET", "{S}/resourcegroups", params=params).status_code == 400


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        ("rg1", {"location": "westus2"}, (409, "InvalidResourceGroupLocation")),
        ("rg9", {"location": "a/b"}, (400, "LocationNotAvailableForResourceType")),
        ("rg9", {}, (400, "LocationRequired")),
        ("rg9.", {"location": "eastus"}, (400, "InvalidResourceGroup")),
        ("a%20b", {"location": "eastus"}, (400, "InvalidResourceGroup")),
        ("a*b", {"location": "eastus"}, (400, "InvalidResourceGroup")),
        ("a" * 91, {"location": "eastus"}, (400, "InvalidResourceGroup")),
        ("rg9", {"location": "eastus", "tags": {str(number): "" for number in range(51)}}, (400, "TooManyTags")),
    ],
    ids=["moved", "nowhere", "no place", "point", "blank", "star", "long", "tags"],
)  # fmt: skip
def test_groups_that_cannot_be(arm: Arm, name: str, body: dict[str, Any], expected: tuple[int, str]) -> None:
    """A group stays where it is, and has a name, a region and tags that Azure takes; else nothing changes."""
    before = arm("GET", "{S}/resourcegroups").json()

    assert code(arm("PUT", f"{{S}}/resourcegroups/{name}", json=body)) == expected
    assert arm("GET", "{S}/resourcegroups").json() == before


@pytest.mark.parametrize("name", ["a", "Lager-(1)_x.y", "Düsseldorf", "東京", "a" * 90])
def test_names_of_groups(arm: Arm, name: str) -> None:
    """Letters of any script are taken, and the group is found again in any case."""
    assert arm("PUT", f"{{S}}/resourcegroups/{name}", json={"location": "eastus"}).status_code == 201
    assert arm("GET", f"{{S}}/resourcegroups/{name.upper()}").json()["name"] == name
