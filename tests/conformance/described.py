"""Resource Manager's own description in OpenAPI, made from the table of routes: what a fuzzer reads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from simulator.resources.providers import FRONT_END_VERSIONS, find_type, type_of
from simulator.services.arm.route_tree import Route

_PART = re.compile(r"{(\w+)}")
_OPTIONS = ("$filter", "$expand", "$top", "$skiptoken")


def description(routes: Iterable[Route], parts: Mapping[str, str]) -> dict[str, Any]:
    """Give an OpenAPI 3 document, without bodies.

    `parts` are values that named parts of paths have in the served case, by name: a request that names nothing that is
    there ends too early.
    """
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        path = path_of(route, parts)
        paths.setdefault(path, {})[route.method.lower()] = {
            "operationId": f"{route.operation} {route.method} {route.path}",
            "parameters": [
                *(_part(name, parts) for name in _PART.findall(path)), _version(route, parts), *map(_option, _OPTIONS)
            ],
            "responses": {"default": {"description": "anything but a mistake of the simulator"}},
        }  # fmt: skip
    return {"openapi": "3.0.3", "info": {"title": "Resource Manager", "version": "1"}, "paths": paths}


def path_of(route: Route, parts: Mapping[str, str]) -> str:
    """Give a route's path as the description has it: a scope is many segments, so it is written out."""
    return route.path.replace("{scope}", parts["scope"])


def _part(name: str, parts: Mapping[str, str]) -> dict[str, Any]:
    schema = {"enum": [parts[name]]} if name in parts else {"type": "string", "minLength": 1}
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _version(route: Route, parts: Mapping[str, str]) -> dict[str, Any]:
    """Give the parameter with the newest version of what a route is about."""
    asked = type_of(route.path.replace("{provider}", parts["provider"]), route.method)
    kind = find_type(*asked) if asked is not None else None
    newest = (kind.versions if kind is not None else FRONT_END_VERSIONS)[0]
    return {"name": "api-version", "in": "query", "required": True, "schema": {"enum": [newest]}}


def _option(name: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": {"type": "string"}}
