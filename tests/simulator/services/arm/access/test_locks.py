"""Locks as resources, and what they hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

Arm = Callable[..., httpx.Response]
Control = Callable[..., httpx.Response]
Make = Callable[..., dict[str, Any]]
LOCKS = "/providers/Microsoft.Authorization/locks"
MANY: dict[str, Any] = {"json": {"location": "eastus"}}


def code(answer: httpx.Response) -> tuple[int, str]:
    """Give status and error code of an answer."""
    return answer.status_code, answer.json()["error"]["code"]


def level(name: str, **more: Any) -> dict[str, Any]:
    """Give the body of a lock."""
    return {"properties": {"level": name, **more}}


@pytest.mark.parametrize("scope", ["{S}", "{G}", "{M}/box-1"], ids=["subscription", "group", "machine"])
def test_the_life_of_a_lock(arm: Arm, make_machine: Make, scope: str) -> None:
    """It is made (201), changed (200), shown and listed, taken off (200), and is no more (204, 404)."""
    make_machine()
    made = arm("PUT", f"{scope}{LOCKS}/l1", json=level("CanNotDelete", notes="keep", owners=[{"applicationId": "a"}]))
    changed = arm("PUT", f"{scope}{LOCKS}/L1", json=level("readonly"))
    body = changed.json()

    assert (made.status_code, changed.status_code, body["properties"]) == (201, 200, {"level": "ReadOnly"})
    assert made.json()["properties"] == {"level": "CanNotDelete", "notes": "keep", "owners": [{"applicationId": "a"}]}
    assert (body["id"], body["name"], body["type"]) == (made.json()["id"], "l1", "Microsoft.Authorization/locks")
    assert arm("GET", f"{scope}{LOCKS}/l1").json() == body
    assert arm("GET", f"{scope}{LOCKS}").json()["value"] == [body]
    assert [arm("DELETE", f"{scope}{LOCKS}/l1").status_code for _ in range(2)] == [200, 204]
    assert code(arm("GET", f"{scope}{LOCKS}/l1")) == (404, "LockNotFound")


def test_lists_look_up_and_down(arm: Arm, make_machine: Make) -> None:
    """A group's list has the locks above and below; `atScope()` leaves out those below."""
    make_machine()
    for number, scope in enumerate(("{S}", "{G}", "{M}/box-1")):
        arm("PUT", f"{scope}{LOCKS}/l{number}", json=level("CanNotDelete")).raise_for_status()
    names = [
        [lock["name"] for lock in arm("GET", f"{{G}}{LOCKS}", params=params).json()["value"]]
        for params in ({}, {"$filter": "atScope()"}, {"$filter": "name eq 'l2'"})
    ]

    assert [sorted(found) for found in names] == [["l0", "l1", "l2"], ["l0", "l1"], ["l2"]]


@pytest.mark.parametrize(
    ("kind", "request_", "held"),
    [
        ("CanNotDelete", ("DELETE", "{M}/box-1", {}), "delete"),
        ("CanNotDelete", ("PUT", "{M}/box-1", MANY), ""),
        ("CanNotDelete", ("DELETE", "{G}", {}), "delete"),
        ("ReadOnly", ("GET", "{M}/box-1", {}), ""),
        ("ReadOnly", ("PUT", "{M}/box-1", MANY), "write"),
        ("ReadOnly", ("PUT", "{M}/box-2", MANY), "write"),
        ("ReadOnly", ("PATCH", "{M}/box-1", {"json": {"tags": {}}}), "write"),
        ("ReadOnly", ("POST", "{M}/box-1/upgradeExtensions", {"json": {}}), "write"),
        ("ReadOnly", ("DELETE", "{M}/box-1", {}), "delete"),
        ("ReadOnly", ("DELETE", "{M}/box-1/extensions/e", {}), "delete"),
        ("ReadOnly", ("PUT", "{G}", MANY), "write"),
        ("ReadOnly", ("PUT", "{S}/resourcegroups/rg9", MANY), ""),
    ],
)
def test_what_a_lock_of_the_group_holds(
    arm: Arm, make_machine: Make, kind: str, request_: tuple[str, str, dict[str, Any]], held: str
) -> None:
    """A lock is inherited: deletes are held by both kinds, everything but reading by ReadOnly."""
    make_machine()
    arm("PUT", f"{{G}}{LOCKS}/l1", json=level(kind)).raise_for_status()
    method, path, options = request_
    answer = arm(method, path, **options)

    if held:
        assert code(answer) == (409, "ScopeLocked")
        assert f"cannot perform {held} operation because following scope(s) are locked: '/subscriptions/" in answer.text
        assert answer.text.count("/resourceGroups/rg1'") >= 1
    else:
        assert answer.status_code < 400


def test_a_lock_inside_holds_the_group(arm: Arm, make_machine: Make) -> None:
    """A group with a locked machine is not deleted; the machine beside it is."""
    make_machine("box-1", 1)
    make_machine("box-2", 2)
    arm("PUT", f"{{M}}/box-1{LOCKS}/l1", json=level("CanNotDelete")).raise_for_status()

    assert code(arm("DELETE", "{G}")) == (409, "ScopeLocked")
    assert arm("DELETE", "{M}/box-2").status_code == 202


def test_locks_do_not_hold_locks(arm: Arm) -> None:
    """Who may take a lock off can do so below a lock that holds everything else."""
    for name in ("l1", "l2"):
        arm("PUT", f"{{G}}{LOCKS}/{name}", json=level("ReadOnly")).raise_for_status()

    assert arm("DELETE", f"{{G}}{LOCKS}/l1").status_code == 200


def test_a_lock_goes_with_its_machine(arm: Arm, make_machine: Make) -> None:
    """A new machine of the name is not locked by the old one's lock."""
    make_machine()
    arm("PUT", f"{{M}}/box-1{LOCKS}/l1", json=level("CanNotDelete")).raise_for_status()
    arm("DELETE", f"{{M}}/box-1{LOCKS}/l1")
    arm("PUT", f"{{M}}/box-1{LOCKS}/l2", json=level("ReadOnly"))
    arm("DELETE", f"{{M}}/box-1{LOCKS}/l2")
    arm("DELETE", "{M}/box-1")
    make_machine()

    assert arm("GET", f"{{M}}/box-1{LOCKS}").json()["value"] == []


def test_the_labs_lock_is_a_lock(arm: Arm, control: Control) -> None:
    """What `/_sim/locks` sets is listed with the others, and can be taken off either way."""
    scope = arm("GET", "{G}").json()["id"]
    control("POST", "/locks", json={"scope": scope})
    listed = arm("GET", f"{{G}}{LOCKS}").json()["value"]

    assert [(lock["name"], lock["properties"]["level"]) for lock in listed] == [("lab", "CanNotDelete")]
    assert arm("DELETE", f"{{G}}{LOCKS}/lab").status_code == 200
    assert control("DELETE", "/locks", json={"scope": scope}).status_code == 404


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        ("l1", {}, "InvalidLockLevel"), ("l1", level("Nothing"), "InvalidLockLevel"),
        ("l1", {"properties": [1]}, "InvalidRequestContent"), ("l1", {"properties": "x"}, "InvalidRequestContent"),
        ("l1", level("ReadOnly", owners="x"), "InvalidRequestContent"), ("a%25b", level("ReadOnly"), "InvalidLockName"),
        ("a%00b", level("ReadOnly"), "InvalidLockName"),
    ],
)  # fmt: skip
def test_what_is_no_lock(arm: Arm, name: str, body: dict[str, Any], expected: str) -> None:
    """A mistake in the name or the body is refused with its own code."""
    assert code(arm("PUT", f"{{G}}{LOCKS}/{name}", json=body)) == (400, expected)


@pytest.mark.parametrize(
    ("who", "expected"), [("owner", 201), ("administrator", 403), ("reader", 403), ("onboarding", 403)]
)
def test_who_may_lock(arm: Arm, who: str, expected: int) -> None:
    """Locks need an action of Microsoft.Authorization."""
    assert arm("PUT", f"{{G}}{LOCKS}/l1", who=who, json=level("ReadOnly")).status_code == expected


def test_a_scope_that_is_not_there(arm: Arm) -> None:
    """Nothing is locked that does not exist."""
    assert code(arm("PUT", f"{{M}}/none{LOCKS}/l1", json=level("ReadOnly"))) == (404, "ResourceNotFound")
