"""Addresses and the parts of their paths."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from simulator.services.control.problems import PROBLEMS
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
