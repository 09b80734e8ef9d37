"""The OpenAPI 3.1 description of `/_sim`, made from the table of addresses and the structs that it names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from simulator.services.control.bodies import Refused
from simulator.services.control.problems import PROBLEMS
from simulator.services.control.route import HTML, PREFIX, Route

_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"
_ALWAYS = ("InternalServerError",)
_CHANGES = ("cross-site", "RequestEntityTooLarge")


def build_description(routes: Iterable[Route]) -> dict[str, Any]:
    """Give the description as JSON values."""
    listed = list(routes)
    kinds = {kind for route in listed for kind in (route.gives, route.takes, route.query) if _has_schema(kind)}
    ordered = sorted({*kinds, Refused}, key=str)
    schemas, components = msgspec.json.schema_components(ordered, ref_template="#/components/schemas/{name}")
    schema_of = dict(zip(ordered, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for route in listed:
        paths.setdefault(PREFIX + route.path, {})[route.method.lower()] = _operation(route, schema_of, components)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "arclab-sim control", "version": "1",
            "description": "How a test steers a simulated cloud. Nothing here imitates Azure. Times are ISO 8601, UTC, "
            "in lab time.",
        },
        "paths": paths, "components": {"schemas": components},
    }  # fmt: skip


def _has_schema(kind: Any) -> bool:
    return kind is not None and kind is not HTML


def _operation(route: Route, schema_of: dict[Any, Any], components: dict[str, Any]) -> dict[str, Any]:
    module = route.handler.__module__.rpartition(".")[2]
    operation: dict[str, Any] = {
        "summary": route.summary, "operationId": f"{module}_{route.handler.__name__}",
        "responses": {str(route.status): _answer(route, schema_of), **_refusals(route, schema_of)},
    }  # fmt: skip
    parameters = [*_path_parameters(route), *_query_parameters(route, components)]
    if parameters:
        operation["parameters"] = parameters
    if route.takes is not None:
        media = _FORM if route.status == 303 else _JSON
        operation["requestBody"] = {"required": True, "content": {media: {"schema": schema_of[route.takes]}}}
    return operation


def _answer(route: Route, schema_of: dict[Any, Any]) -> dict[str, Any]:
    if route.status == 303:
        return {"description": "Done; the page that it was sent from follows."}
    if route.gives is None:
        return {"description": "Done."}
    if route.gives is HTML:
        return {"description": "A page.", "content": {"text/html": {"schema": {"type": "string"}}}}
    return {"description": "Done.", "content": {_JSON: {"schema": schema_of[route.gives]}}}


def _refusals(route: Route, schema_of: dict[Any, Any]) -> dict[str, Any]:
    """Give the refusals by status; each says for every code when it comes and what to do."""
    codes = (*route.problems, *(_CHANGES if route.method != "GET" else ()), *_ALWAYS)
    refusals: dict[str, Any] = {}
    for code in codes:
        problem = PROBLEMS[code]
        text = f"`{code}`: {problem.when} {problem.remedy}"
        held = refusals.setdefault(str(problem.status), {
            "description": "", "content": {_JSON: {"schema": schema_of[Refused]}}, "x-codes": [],
        })  # fmt: skip
        held["description"] = f"{held['description']}\n{text}".strip()
        held["x-codes"].append({"code": code, "when": problem.when, "remedy": problem.remedy})
    return refusals


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    names = [word[1:-1] for word in route.path.split("/") if word.startswith("{")]
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _query_parameters(route: Route, components: dict[str, Any]) -> list[dict[str, Any]]:
    if route.query is None:
        return []
    properties = components[route.query.__name__]["properties"]
    return [{"name": name, "in": "query", "required": False, "schema": schema} for name, schema in properties.items()]
