"""The search for a route: by segments, written ones before named ones, and below anything that has an ARM id."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import Response

from simulator.call import Call
from simulator.services.arm.names import Parts
from simulator.services.arm.route_tree import Route, RouteTree
from simulator.store import Store

GROUP = "/subscriptions/s1/resourceGroups/machines"


def handler(_store: Store, _call: Call, _parts: Parts) -> Response:
    """Answer with nothing."""
    return Response()


def tree(*lines: str) -> RouteTree:
    """Give a tree of routes, each `METHOD path`, whose operation is the line."""
    return RouteTree(Route(line.split(" ")[0], line.split(" ")[1], line, "", handler) for line in lines)


def found(routes: RouteTree, line: str) -> tuple[str, Parts] | None:
    """Give operation and parts of the route for a line, `METHOD path`, or None."""
    route = routes.find(*line.split(" "))
    return (route[0].operation, route[1]) if route else None


def test_named_parts_keep_their_case() -> None:
    """The pattern has no case, what it names has; a slash at the end does not matter."""
    line = "GET /subscriptions/{subscription}/resourcegroups/{group}"

    assert found(tree(line), "GET /SUBSCRIPTIONS/S1/resourceGroups/Rg/") == (
        line,
        {"subscription": "S1", "group": "Rg"},
    )


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("GET /a/b/c", ("GET /a/b/c", {})),
        ("GET /a/b/d", ("GET /a/{x}/{y}", {"x": "b", "y": "d"})),
        ("POST /a/b/c", ("POST /a/{x}/c", {"x": "b"})),
    ],
)
def test_what_is_written_out_comes_first_and_is_no_trap(asked: str, expected: tuple[str, Parts]) -> None:
    """A written segment wins over a named one; where it leads nowhere the named one is tried."""
    assert found(tree("GET /a/b/c", "GET /a/{x}/{y}", "POST /a/{x}/c"), asked) == expected


@pytest.mark.parametrize(
    "asked",
    ["GET /a", "GET /a/b/c", "PUT /a/b", "GET /a//", "GET /", "GET /x/providers", "GET /x/providers/ns/other/l"],
)
def test_what_is_not_there(asked: str) -> None:
    """Too short, too long, another method, an empty segment, a scope without a type: nothing is found."""
    assert found(tree("GET /a/{x}", "GET {scope}/providers/ns/locks/{name}"), asked) is None


@pytest.mark.parametrize(
    ("scope", "parts"),
    [
        ("", {}),
        ("/subscriptions/s1", {"subscription": "s1"}),
        (GROUP, {"subscription": "s1", "group": "machines"}),
        (f"{GROUP}/providers/NS/machines/M1", {"subscription": "s1", "group": "machines", "machine": "M1"}),
    ],
    ids=["tenant", "subscription", "group", "machine"],
)
def test_a_scope_is_everything_before_the_last_providers(scope: str, parts: Parts) -> None:
    """The scope comes with its subscription, group and machine, also when the group is called `machines`."""
    line = "GET {scope}/providers/ns/locks/{name}"

    assert found(tree(line), f"GET {scope}/providers/NS/Locks/l") == (line, {"scope": scope, "name": "l", **parts})


@given(st.sampled_from(["GET", "PUT"]), st.text(max_size=40))
def test_no_path_breaks_the_search(method: str, path: str) -> None:
    """Whatever is asked, the answer is a route of that method or None."""
    route = tree("GET /a/{x}", "GET {scope}/providers/ns/locks/{name}").find(method, f"/a/{path}")

    assert route is None or route[0].method == method == "GET"
