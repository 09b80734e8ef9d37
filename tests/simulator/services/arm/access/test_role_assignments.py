"""Role assignments: made, listed, taken away, and in force at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from simulator.resources.roles import ROLES

Arm = Callable[..., httpx.Response]
Make = Callable[..., dict[str, Any]]
SUBSCRIPTION = "/subscriptions/0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00b2"
ASSIGNMENTS = "/providers/Microsoft.Authorization/roleAssignments"
NAME = "00000000-0000-4000-8000-00000000000a"
OTHER = "00000000-0000-4000-8000-00000000000b"


def code(answer: httpx.Response) -> tuple[int, str]:
    """Give status and error code of an answer."""
    return answer.status_code, answer.json()["error"]["code"]


def wanted(role: str = "Reader", who: str = "oid-stranger") -> dict[str, Any]:
    """Give the body that asks for a role for somebody."""
    place = f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions"
    return {"properties": {"roleDefinitionId": f"{place}/{ROLES[role].id}", "principalId": who}}


def test_a_role_is_in_force_until_it_is_taken_away(arm: Arm, make_machine: Make) -> None:
    """Somebody reads the group's machines as long as the assignment is there, and no longer."""
    make_machine()
    seen = [arm("GET", "{M}/box-1", who="stranger").status_code]
    made = arm("PUT", f"{{G}}{ASSIGNMENTS}/{NAME}", json=wanted())
    seen.append(arm("GET", "{M}/box-1", who="stranger").status_code)
    gone = arm("DELETE", f"{{G}}{ASSIGNMENTS}/{NAME}")
    seen.append(arm("GET", "{M}/box-1", who="stranger").status_code)

    assert (seen, made.status_code, gone.status_code) == ([403, 200, 403], 201, 200)
    assert gone.json() == made.json()
    assert made.json()["properties"]["scope"] == f"{SUBSCRIPTION}/resourceGroups/rg1"
    assert made.json()["properties"]["principalType"] == "ServicePrincipal"
    assert arm("DELETE", f"{{G}}{ASSIGNMENTS}/{NAME}").status_code == 204
    assert code(arm("GET", f"{{G}}{ASSIGNMENTS}/{NAME}")) == (404, "RoleAssignmentNotFound")


def test_a_machine_is_given_a_role(arm: Arm, make_machine: Make) -> None:
    """A machine's managed identity can have one, by its principal id."""
    machine = make_machine()
    made = arm("PUT", f"{{M}}/box-1{ASSIGNMENTS}/{NAME}", json=wanted(who=machine["identity"]["principalId"]))

    assert (made.status_code, made.json()["properties"]["scope"]) == (201, machine["id"])


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"$filter": "principalId eq 'oid-stranger'"}, [NAME, OTHER]),
        ({"$filter": "atScope() and principalId eq 'OID-STRANGER'"}, [OTHER]),
        ({"$filter": "assignedTo('oid-stranger')"}, [NAME, OTHER]),
        ({"$filter": "assignedTo('oid-nobody')"}, []),
    ],
)
def test_lists(arm: Arm, make_machine: Make, params: dict[str, str], expected: list[str]) -> None:
    """A group's list has what is assigned above, at and below it, as the filter chooses."""
    make_machine()
    arm("PUT", f"{{M}}/box-1{ASSIGNMENTS}/{NAME}", json=wanted()).raise_for_status()
    arm("PUT", f"{{S}}{ASSIGNMENTS}/{OTHER}", json=wanted()).raise_for_status()
    found = arm("GET", f"{{G}}{ASSIGNMENTS}", params=params).json()["value"]

    assert sorted(item["name"] for item in found) == expected
    assert len(arm("GET", f"{{S}}{ASSIGNMENTS}").json()["value"]) == 7


def test_assigning_twice(arm: Arm) -> None:
    """The same again is as it was; another name for the same, or another role under the name, is refused."""
    first = arm("PUT", f"{{G}}{ASSIGNMENTS}/{NAME}", json=wanted())
    again = arm("PUT", f"{{G}}{ASSIGNMENTS}/{NAME}", json=wanted())

    assert (again.status_code, again.json()) == (200, first.json())
    assert code(arm("PUT", f"{{G}}{ASSIGNMENTS}/{OTHER}", json=wanted())) == (409, "RoleAssignmentExists")
    assert code(arm("PUT", f"{{G}}{ASSIGNMENTS}/{NAME}", json=wanted("Owner"))) == (
        409,
        "RoleAssignmentUpdateNotPermitted",
    )


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        ("x", wanted(), (400, "InvalidRoleAssignmentId")),
        (NAME, wanted(who="oid-nobody"), (400, "PrincipalNotFound")),
        (NAME, wanted(who="oid-neighbour"), (400, "PrincipalNotFound")),
        (NAME, wanted(who=""), (400, "PrincipalNotFound")),
        (NAME, {"properties": {"roleDefinitionId": NAME, "principalId": "oid-stranger"}},
         (404, "RoleDefinitionDoesNotExist")),
        (NAME, {}, (404, "RoleDefinitionDoesNotExist")),
    ],
    ids=["name", "nobody", "another tenant", "no principal", "role", "empty"],
)  # fmt: skip
def test_what_cannot_be_assigned(arm: Arm, name: str, body: dict[str, Any], expected: tuple[int, str]) -> None:
    """Each mistake has its own code."""
    assert code(arm("PUT", f"{{G}}{ASSIGNMENTS}/{name}", json=body)) == expected


@pytest.mark.parametrize("who", ["administrator", "onboarding", "reader", "stranger"])
def test_nobody_gives_themselves_rights(arm: Arm, who: str) -> None:
    """Assigning needs an action that roles of machines do not have."""
    assert code(arm("PUT", f"{{G}}{ASSIGNMENTS}/{NAME}", who=who, json=wanted("Owner"))) == (403, "AuthorizationFailed")


def test_a_contributor_may_not_assign(arm: Arm) -> None:
    """Contributor may do everything but give rights away; a delete lock holds assignments, too."""
    arm("PUT", f"{{S}}{ASSIGNMENTS}/{NAME}", json=wanted("Contributor")).raise_for_status()
    made = arm("PUT", "{M}/box-1", who="stranger", json={"location": "eastus"})
    refused = arm("PUT", f"{{G}}{ASSIGNMENTS}/{OTHER}", who="stranger", json=wanted("Owner"))

    assert (made.status_code, code(refused)) == (200, (403, "AuthorizationFailed"))
