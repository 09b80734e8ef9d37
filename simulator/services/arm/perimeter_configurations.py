"""`.../privateLinkScopes/{s}/networkSecurityPerimeterConfigurations`: the perimeters that a scope was put into.

They follow from the associations of the perimeters. Source: recorded bodies. Assumed: no time passes until they do.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from starlette.responses import Response

from simulator.call import Call
from simulator.resources.entities import Resource
from simulator.resources.transition import Transition
from simulator.services.arm.answers import accepted, with_body
from simulator.services.arm.names import Parts
from simulator.services.arm.operations import begun
from simulator.services.arm.pages import paged
from simulator.services.arm.perimeters import ASSOCIATIONS
from simulator.services.arm.plain import need
from simulator.services.arm.private_link_scopes import SCOPES
from simulator.services.arm.scopes import not_found
from simulator.store import Store

_WORD = "networkSecurityPerimeterConfigurations"


def list_all(store: Store, call: Call, parts: Parts) -> Response:
    """List the configurations of a scope. Raises: ApiError 404."""
    found = sorted(_configurations(store, need(SCOPES, store, parts)), key=_key)
    return paged(store, call, parts, found, key=_key, show=dict)


def get(store: Store, call: Call, parts: Parts) -> Response:
    """Give one configuration. Raises: ApiError 404."""
    return with_body(call, _need(store, need(SCOPES, store, parts), parts))


def reconcile(store: Store, call: Call, parts: Parts) -> Response:
    """Read the perimeter again: 202, and nothing at the end. Raises: ApiError 404."""
    scope = need(SCOPES, store, parts)
    operation = begun(call, call.operation, _need(store, scope, parts)["id"], status="Succeeded")
    store.apply(Transition(call.operation, (operation,)))
    return accepted(call, operation, scope.location)


def _need(store: Store, scope: Resource, parts: Parts) -> dict[str, Any]:
    name = parts["configuration"]
    found = next((item for item in _configurations(store, scope) if item["name"].lower() == name.lower()), None)
    if found is None:
        raise not_found(f"{scope.key}/{_WORD}/{name}")
    return found


def _key(configuration: dict[str, Any]) -> str:
    return str(configuration["id"]).lower()


def _configurations(store: Store, scope: Resource) -> Iterator[dict[str, Any]]:
    for association in store.find(Resource, "type", ASSOCIATIONS.name):
        perimeter = store.get(Resource, association.key.rpartition("/resourceAssociations/")[0])
        if perimeter is not None and association.properties["privateLinkResource"]["id"] == scope.key:
            yield _shown(scope, perimeter, association)


def _shown(scope: Resource, perimeter: Resource, association: Resource) -> dict[str, Any]:
    number, profile = perimeter.properties["perimeterGuid"], association.properties["profile"]["id"]
    name = f"{number}.{association.name}"
    return {
        "id": f"{scope.key}/{_WORD}/{name}", "name": name, "type": f"{SCOPES.name}/{_WORD}",
        "properties": {
            "provisioningState": "Succeeded", "provisioningIssues": [],
            "networkSecurityPerimeter": {"id": perimeter.key, "perimeterGuid": number, "location": perimeter.location},
            "resourceAssociation": {"name": association.name, "accessMode": association.properties["accessMode"]},
            "profile": {"id": profile, "name": profile.rpartition("/")[2], "accessRulesVersion": 0, "accessRules": [],
                        "diagnosticSettingsVersion": 0, "enabledLogCategories": []},
        },
    }  # fmt: skip
