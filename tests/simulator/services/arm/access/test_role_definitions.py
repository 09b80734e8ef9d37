"""Role definitions: those that are built in, and those that somebody makes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from simulator.resources.roles import ROLES

Arm = Callable[..., httpx.Response]
Make = Callable[..., dict[str, Any]]
DEFINITIONS = "/providers/Microsoft.Authorization/roleDefinitions"
NAME = "00000000-0000-4000-8000-0000000000aa"
SUBSCRIPTION = "/subscriptions/0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00b2"


def code(answer: httpx.Response) -> tuple[int, str]:
    """Give status and error code of an answer."""
    return answer.status_code, answer.json()["error"]["code"]


def wanted(name: str = "Restarter", *actions: str, **more: Any) -> dict[str, Any]:
    """Give the body of a role."""
    permissions = [{"actions": list(actions or ("Microsoft.HybridCompute/machines/read",)), "notActions": []}]
    return {"properties": {"roleName": name, "permissions": permissions, "assignableScopes": [SUBSCRIPTION], **more}}


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, set(ROLES)),
        ({"$filter": "roleName eq 'azure connected machine onboarding'"}, {"Azure Connected Machine Onboarding"}),
        ({"$filter": "type eq 'BuiltInRole' and atScopeAndBelow()"}, set(ROLES)),
        ({"$filter": "type eq 'CustomRole'"}, set()),
    ],
)
def test_built_in_roles(arm: Arm, params: dict[str, str], expected: set[str]) -> None:
    """They are listed at any scope and outside of all."""
    for scope in ("{S}", "{G}", ""):
        found = arm("GET", f"{scope}{DEFINITIONS}", params=params).json()["value"]
        assert {role["properties"]["roleName"] for role in found} == expected


def test_one_role(arm: Arm) -> None:
    """Permissions are those that are published; the id is below the subscription."""
    contributor = ROLES["Contributor"]
    body = arm("GET", f"{{G}}{DEFINITIONS}/{contributor.id}").json()

    assert body["id"] == f"{SUBSCRIPTION}{DEFINITIONS}/{contributor.id}"
    assert body["properties"]["permissions"][0]["notActions"][:2] == [
        "Microsoft.Authorization/*/Delete",
        "Microsoft.Authorization/*/Write",
    ]
    assert arm("GET", f"{DEFINITIONS}/{contributor.id}").json()["id"] == f"{DEFINITIONS}/{contributor.id}"
    assert code(arm("GET", f"{{S}}{DEFINITIONS}/{NAME}")) == (404, "RoleDefinitionDoesNotExist")


def test_the_life_of_a_role(arm: Arm, make_machine: Make) -> None:
    """Somebody makes a role, gives it to somebody else, who can do what it says, and cannot delete it meanwhile."""
    make_machine()
    made = arm("PUT", f"{{S}}{DEFINITIONS}/{NAME}", json=wanted(description="d"))
    assignment = f"{{G}}/providers/Microsoft.Authorization/roleAssignments/{NAME}"
    body = {"properties": {"roleDefinitionId": made.json()["id"], "principalId": "oid-stranger"}}
    arm("PUT", assignment, json=body).raise_for_status()
    read = arm("GET", "{M}/box-1", who="stranger").status_code
    held = arm("DELETE", f"{{S}}{DEFINITIONS}/{NAME}")
    arm("DELETE", assignment)
    gone = [arm("DELETE", f"{{S}}{DEFINITIONS}/{NAME}").status_code for _ in range(2)]

    assert (made.status_code, made.json()["properties"]["type"], read) == (201, "CustomRole", 200)
    assert (code(held), gone) == ((400, "RoleDefinitionHasAssignments"), [200, 204])


def test_a_role_is_seen_where_it_can_be_assigned(arm: Arm) -> None:
    """A role of one group is not listed at another one; at the subscription it is seen below."""
    arm("PUT", "{S}/resourcegroups/rg2", json={"location": "eastus"}).raise_for_status()
    arm("PUT", f"{{G}}{DEFINITIONS}/{NAME}", json=wanted(assignableScopes=[f"{SUBSCRIPTION}/resourceGroups/rg1"]))
    params = {"$filter": "type eq 'CustomRole'"}
    found = [len(arm("GET", f"{scope}{DEFINITIONS}", params=params).json()["value"])
             for scope in ("{G}", "{S}/resourceGroups/rg2", "{S}")]  # fmt: skip

    assert found == [1, 0, 1]


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        ("x", wanted(), (400, "InvalidRoleDefinitionId")),
        (NAME, {}, (400, "InvalidRoleDefinitionName")),
        (NAME, wanted(permissions="x"), (400, "InvalidRequestContent")),
        (NAME, wanted(permissions=[{"actions": "x"}]), (400, "InvalidRequestContent")),
        (NAME, wanted(permissions=["x"]), (400, "InvalidRequestContent")),
        (NAME, wanted(assignableScopes=[1]), (400, "InvalidRequestContent")),
        (NAME, wanted("Reader"), (409, "RoleDefinitionWithSameNameExists")),
        (ROLES["Reader"].id, wanted(), (403, "RoleDefinitionUpdateNotAllowed")),
    ],
)
def test_what_is_no_role(arm: Arm, name: str, body: dict[str, Any], expected: tuple[int, str]) -> None:
    """Each mistake has its own code."""
    assert code(arm("PUT", f"{{S}}{DEFINITIONS}/{name}", json=body)) == expected


def test_a_built_in_role_stays(arm: Arm) -> None:
    """Nobody deletes Reader."""
    assert code(arm("DELETE", f"{{S}}{DEFINITIONS}/{ROLES['Reader'].id}")) == (403, "RoleDefinitionDeleteNotAllowed")


ELSEWHERE = "/subscriptions/0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00b4"
SECOND = "/subscriptions/0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00b3"


def test_a_role_of_another_tenant(arm: Arm) -> None:
    """Nobody there sees, changes, deletes or assigns it; the name that people read may be used there, too."""
    arm("PUT", f"{{S}}{DEFINITIONS}/{NAME}", json=wanted()).raise_for_status()
    place, mine = f"{ELSEWHERE}{DEFINITIONS}/{NAME}", wanted(assignableScopes=[ELSEWHERE])
    assignment = f"{ELSEWHERE}/providers/Microsoft.Authorization/roleAssignments/{NAME}"
    body = {"properties": {"roleDefinitionId": place, "principalId": "oid-neighbour"}}
    second = f"{ELSEWHERE}{DEFINITIONS}/{NAME[:-2]}bb"

    assert code(arm("GET", place, who="neighbour")) == (404, "RoleDefinitionDoesNotExist")
    assert code(arm("PUT", place, json=mine, who="neighbour")) == (409, "RoleDefinitionExists")
    assert arm("DELETE", place, who="neighbour").status_code == 204
    assert code(arm("PUT", assignment, json=body, who="neighbour")) == (404, "RoleDefinitionDoesNotExist")
    assert arm("PUT", second, json=mine, who="neighbour").status_code == 201
    assert arm("GET", f"{{S}}{DEFINITIONS}/{NAME}").status_code == 200


def test_a_role_reaches_no_further_than_its_maker(arm: Arm) -> None:
    """Whoever may make roles in one group makes none for the subscription, and changes none that others have, too."""
    owner = f"{SUBSCRIPTION}{DEFINITIONS}/{ROLES['Owner'].id}"
    body = {"properties": {"roleDefinitionId": owner, "principalId": "oid-stranger"}}
    arm("PUT", f"{{G}}/providers/Microsoft.Authorization/roleAssignments/{NAME}", json=body).raise_for_status()
    group = f"{SUBSCRIPTION}/resourceGroups/rg1"
    place = f"{{G}}{DEFINITIONS}/{NAME}"
    wide = arm("PUT", place, json=wanted(), who="stranger")
    foreign = arm("PUT", place, json=wanted(assignableScopes=[group, ELSEWHERE]), who="stranger")
    own = arm("PUT", place, json=wanted(assignableScopes=[group]), who="stranger")
    arm("PUT", place, json=wanted(assignableScopes=[group, SECOND])).raise_for_status()
    narrowed = arm("PUT", place, json=wanted(assignableScopes=[group]), who="stranger")
    deleted = arm("DELETE", place, who="stranger")

    assert own.status_code == 201
    assert {code(answer) for answer in (wide, foreign, narrowed, deleted)} == {(403, "LinkedAuthorizationFailed")}


def test_a_role_is_assigned_where_it_can_be(arm: Arm) -> None:
    """A role of one group is not known at the subscription."""
    arm("PUT", f"{{G}}{DEFINITIONS}/{NAME}", json=wanted(assignableScopes=[f"{SUBSCRIPTION}/resourceGroups/rg1"]))
    body = {"properties": {"roleDefinitionId": NAME, "principalId": "oid-stranger"}}
    place = f"/providers/Microsoft.Authorization/roleAssignments/{NAME}"

    assert code(arm("PUT", f"{{S}}{place}", json=body)) == (404, "RoleDefinitionDoesNotExist")
    assert arm("PUT", f"{{G}}{place}", json=body).status_code == 201
