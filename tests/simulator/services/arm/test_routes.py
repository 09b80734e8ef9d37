"""Routing: no letter's case matters, ids are canonical, what is not imitated says so."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from simulator.services.arm.route_tree import ANYBODY, Route
from simulator.services.arm.routes import ROUTES

Arm = Callable[..., httpx.Response]
Make = Callable[..., dict[str, Any]]
SUBSCRIPTION = "0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00b2"
GROUP_ID = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg1"
MACHINE_ID = f"{GROUP_ID}/providers/Microsoft.HybridCompute/machines/box-1"


def code(answer: httpx.Response) -> tuple[int, str]:
    """Give status and error code of an answer."""
    return answer.status_code, answer.json()["error"]["code"]


@pytest.mark.parametrize("change", [str.upper, str.lower], ids=["upper case", "lower case"])
def test_routing_looks_at_no_case(arm: Arm, make_machine: Make, change: Callable[[str], str]) -> None:
    """Any case of the path finds the machine, and the answer's id has the canonical one."""
    make_machine()
    answer = arm("GET", change(MACHINE_ID))

    assert (answer.status_code, answer.json()["id"]) == (200, MACHINE_ID)


def test_ids_are_canonical_from_the_beginning(arm: Arm) -> None:
    """What is created by a path in another case has canonical ids."""
    path = MACHINE_ID.lower().replace("/rg1/", "/RG1/").replace("box-1", "Box-1")
    machine = arm("PUT", path, json={"location": "eastus"}).json()
    group = arm("PUT", f"/SUBSCRIPTIONS/{SUBSCRIPTION.upper()}/RESOURCEGROUPS/Rg2", json={"location": "eastus"}).json()

    assert machine["id"] == MACHINE_ID.replace("box-1", "Box-1")
    assert group["id"] == f"/subscriptions/{SUBSCRIPTION}/resourceGroups/Rg2"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "{S}/providers/Microsoft.HybridCompute/nothing"), ("GET", "/nowhere"), ("DELETE", "/nowhere"),
    ],
)  # fmt: skip
def test_what_is_not_imitated(arm: Arm, method: str, path: str) -> None:
    """An address that is not known is answered as an unknown type, not by a crash."""
    assert code(arm(method, path)) == (404, "InvalidResourceType")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "{M}/box-1", "GET, HEAD, PUT, PATCH, DELETE"), ("DELETE", "{S}", "GET, HEAD"),
        ("PATCH", "{G}/resources", "GET, HEAD"), ("GET", "{M}/box-1/assessPatches", "POST"),
    ],
)  # fmt: skip
def test_another_method(arm: Arm, method: str, path: str, allowed: str) -> None:
    """What is there and is asked in a way that it does not know says which ways it knows."""
    answer = arm(method, path)

    assert code(answer) == (405, "MethodNotAllowed")
    assert answer.headers["allow"] == allowed


def test_the_table_has_no_line_twice() -> None:
    """No route hides another one, and each has a name and a handler."""
    lines = [(route.method, re.sub(r"{\w+}", "{}", route.path).lower()) for route in ROUTES]

    assert len(set(lines)) == len(lines)
    assert all(route.operation.count(".") == 1 and callable(route.handler) for route in ROUTES)


def test_one_route_is_for_anybody() -> None:
    """Only the cloud's metadata is read without a token."""
    assert [route.operation for route in ROUTES if route.action == ANYBODY] == ["arm.endpoints"]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.operation}")
def test_every_route_stands_behind_its_checks(send: Arm, route: Route) -> None:
    """Without a token only what is for anybody is answered; without a version nothing else is either."""
    path = re.sub(r"{(\w+)}", r"\1", route.path.replace("{scope}", "/subscriptions/any"))
    url = f"https://management.azure.com{path}"
    found = [send(route.method, url).status_code, send(route.method, f"{url}?api-version=2026-07-15").status_code]

    assert found == ([200, 200] if route.action == ANYBODY else [400, 401])
