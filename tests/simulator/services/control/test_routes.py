"""Addresses and the parts of their paths."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from simulator.services.control.problems import PROBLEMS
from simulator.services.control.route import Route
from simulator.services.control.routes import ROUTES, find_route


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "", ("", {})), ("GET", "/", ("", {})), ("GET", "/clock", ("/clock", {})),
        ("GET", "/clock/", ("/clock", {})), ("DELETE", "/faults/7", ("/faults/{id}", {"id": "7"})),
        ("DELETE", "/faults", ("/faults", {})), ("GET", "/faults/7", None), ("GET", "/clock/now", None),
        ("PUT", "/clock", None), ("GET", "/Clock", None),
    ],
)  # fmt: skip
def test_what_is_found(method: str, path: str, expected: tuple[str, dict[str, str]] | None) -> None:
    """Method and every word have to be right; a slash at the end is nothing."""
    found = find_route(method, path)

    assert (found and (found[0].path, found[1])) == expected


@given(method=some.sampled_from(("GET", "POST", "DELETE")), path=some.text("/{}idclok", max_size=12))
def test_nothing_else_is_found(method: str, path: str) -> None:
    """What is found has the address's number of words."""
    found = find_route(method, path)

    assert found is None or path.strip("/").count("/") == found[0].path.strip("/").count("/")


def test_no_address_is_there_twice() -> None:
    """The table has one line for each."""
    assert len({(route.method, route.path) for route in ROUTES}) == len(ROUTES)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_every_code_is_known(route: object) -> None:
    """Each error that an address names has its remedy."""
    assert set(getattr(route, "problems", ())) <= set(PROBLEMS)


ODD: some.SearchStrategy[Any] = some.sampled_from((
    None, True, -1, 0, 2**63, 2**70, 1e308, -0.5, "", "*", "x", "[", "\x00\u00e9", "2026-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z", [], ["a"], {}, {"a": 1}, [[]], {"key": "a"},
))  # fmt: skip


def odd_bodies(kind: Any) -> some.SearchStrategy[Any]:
    """Give bodies that have members of a shape, with values of any other."""
    if not hasattr(kind, "__struct_fields__"):
        return ODD
    members = {name: ODD | some.just("\ud83d") for name in kind.__struct_fields__ if name != "effect"}
    needed = {"effect": some.just("answer")} if "effect" in kind.__struct_fields__ else {}
    return ODD | some.fixed_dictionaries(needed, optional=members)


@pytest.mark.parametrize(
    "route", [route for route in ROUTES if route.takes is not None], ids=lambda route: f"{route.method} {route.path}"
)
@given(data=some.data())
@settings(max_examples=settings().max_examples // 5, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_body_makes_a_mistake_of_ours(
    control: Callable[..., httpx.Response], route: Route, data: some.DataObject
) -> None:
    """Whatever comes is done or refused with a code of the table."""
    body = data.draw(odd_bodies(route.takes))
    answer = control(route.method, route.path, content=json.dumps(body))

    assert answer.status_code < 500
    assert answer.status_code < 400 or answer.json()["error"]["code"] in PROBLEMS


@pytest.mark.parametrize("path", [route.path for route in ROUTES if route.query is not None])
@given(data=some.data())
@settings(max_examples=settings().max_examples // 5, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_query_makes_a_mistake_of_ours(
    control: Callable[..., httpx.Response], path: str, data: some.DataObject
) -> None:
    """So it is with parameters."""
    query = next(route.query for route in ROUTES if route.path == path and route.query is not None)
    names = [name for name in query.__struct_fields__ if name != "wait_s"]
    chosen = data.draw(some.sets(some.sampled_from(names)))
    answer = control("GET", path, params={name: str(data.draw(ODD)) for name in sorted(chosen)})

    assert answer.status_code in (200, 400)
