"""Finds the route of a request: one step for each segment of its path, however many routes there are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from functools import lru_cache
from typing import NamedTuple

from starlette.responses import Response

from simulator.call import Call
from simulator.services.arm.names import Parts
from simulator.store import Store

Answered = Response | Awaitable[Response]  # what looks at very much lets others have their turn
Handler = Callable[[Store, Call, Parts], Answered]

ANYBODY = ""  # no token, no version
SIGNED_IN = "-"  # any good token

_SCOPE = "{scope}"
_REMEMBERED = 4096  # paths: each is looked for twice in a request, and polls ask for the same again
#: Segments of a scope whose next one is a part that handlers and checks ask for.
_SCOPE_PARTS = {"subscriptions": "subscription", "resourcegroups": "group", "machines": "machine"}


class Route(NamedTuple):
    """One operation: its method and path, its name in the journal, the action its caller needs, what does it.

    In a path `{name}` stands for one segment, `{scope}` at its beginning for the ARM id of anything. `is_filtered`
    means that the handler leaves out what the caller may not read: any role in or above the path will do.
    """

    method: str
    path: str
    operation: str
    action: str
    handler: Handler
    is_filtered: bool = False


class _Leaf(NamedTuple):
    """A route, and where its named parts stand."""

    route: Route
    parts: tuple[tuple[str, int], ...]


class _Node:
    """The routes that go on alike from here."""

    __slots__ = ("leaves", "literals", "other")

    def __init__(self) -> None:
        self.literals: dict[str, _Node] = {}
        self.other: _Node | None = None
        self.leaves: dict[str, _Leaf] = {}  # by method

    def find(self, method: str, segments: list[str], at: int) -> _Leaf | None:
        """Give the leaf of the segments from `at` on; what is written out comes before what is named."""
        if at == len(segments):
            return self.leaves.get(method)
        segment = segments[at]
        literal = self.literals.get(segment)
        found = literal.find(method, segments, at + 1) if literal is not None else None
        if found is None and self.other is not None and segment:
            found = self.other.find(method, segments, at + 1)
        return found


class RouteTree:
    """A table of routes, ready to be searched. Paths are compared without regard to case.

    `find` takes a method and a path; it gives the route, with the action that the path's names make of it, and the
    parts of the path; None for what is not in the table.
    A route with `{scope}` is looked for behind the last `/providers/`.
    """

    def __init__(self, routes: Iterable[Route]) -> None:
        self.find = lru_cache(_REMEMBERED)(self._find)
        self._whole = _Node()
        self._below_scopes = _Node()
        for route in routes:
            has_scope = route.path.startswith(_SCOPE)
            _add(self._below_scopes if has_scope else self._whole, route, route.path.removeprefix(_SCOPE))

    def _find(self, method: str, path: str) -> tuple[Route, Parts] | None:
        path = path.removesuffix("/")
        names, segments = path.split("/")[1:], path.lower().split("/")[1:]
        leaf = self._whole.find(method, segments, 0)
        if leaf is not None:
            return _found(leaf.route, {name: names[at] for name, at in leaf.parts})
        if "providers" not in segments:
            return None
        end = len(segments) - 1 - segments[::-1].index("providers")
        leaf = self._below_scopes.find(method, segments, end)
        if leaf is None:
            return None
        keys = range(0, end - 1, 2)  # a scope is keys and names in turn
        parts = {_SCOPE_PARTS[segments[at]]: names[at + 1] for at in keys if segments[at] in _SCOPE_PARTS}
        parts["scope"] = "".join(f"/{name}" for name in names[:end])
        return _found(leaf.route, parts | {name: names[end + at] for name, at in leaf.parts})


def _found(route: Route, parts: Parts) -> tuple[Route, Parts]:
    """Give a route whose action names what the path does, and the parts of the path."""
    return route._replace(action=route.action.format_map(parts)) if "{" in route.action else route, parts


def _add(node: _Node, route: Route, path: str) -> None:
    parts = []
    for at, segment in enumerate(path.split("/")[1:]):
        if segment.startswith("{"):
            parts.append((segment[1:-1], at))
            node.other = node.other or _Node()
            node = node.other
        else:
            node = node.literals.setdefault(segment.lower(), _Node())
    node.leaves[route.method] = _Leaf(route, tuple(parts))
