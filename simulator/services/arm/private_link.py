"""What a private link scope leads to: its link resources, and what a machine behind it sees of it.

Source: the OpenAPI, a recorded list of members and zones. Assumed: addresses and link identifiers; nobody routes here.
"""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from simulator.call import Call
from simulator.errors import ApiError
from simulator.resources.entities import Resource
from simulator.resources.locations import LOCATIONS
from simulator.services.arm.answers import with_body
from simulator.services.arm.machines import need_machine
from simulator.services.arm.names import NAMESPACE, Parts
from simulator.services.arm.plain import need
from simulator.services.arm.private_link_scopes import SCOPES, connections_of
from simulator.services.arm.scopes import not_found
from simulator.store import Store

_GROUP = "hybridcompute"
_ZONES = ("privatelink.his.arc.azure.com", "privatelink.Guestconfiguration.azure.com",
          "privatelink.dp.kubernetesconfiguration.azure.com")  # fmt: skip
_FIRST_ADDRESS = 4  # the first of a subnet that is free in Azure


def list_all(store: Store, call: Call, parts: Parts) -> Response:
    """List a scope's link resources: always the one."""
    return with_body(call, {"value": [_shown(need(SCOPES, store, parts))]})


def get(store: Store, call: Call, parts: Parts) -> Response:
    """Give one link resource. Raises: ApiError 404 for any name but `hybridcompute`."""
    scope = need(SCOPES, store, parts)
    if parts["link"].lower() != _GROUP:
        raise not_found(f"{scope.key}/privateLinkResources/{parts['link']}")
    return with_body(call, _shown(scope))


def validate(store: Store, call: Call, parts: Parts) -> Response:
    """Give what machines see of the scope with a number (GUID). Raises: ApiError 404."""
    inside = f"/subscriptions/{parts['subscription']}/".lower()
    for scope in store.find(Resource, "type", SCOPES.name):
        is_asked = scope.properties["privateLinkScopeId"] == parts["number"].lower()
        if is_asked and scope.key.lower().startswith(inside) and scope.location == parts["location"].lower():
            return with_body(call, _details(store, scope))
    raise not_found(f"{inside[:-1]}/providers/{NAMESPACE}/privateLinkScopes/{parts['number']}")


def validate_for_machine(store: Store, call: Call, parts: Parts) -> Response:
    """Give what a machine sees of its scope. Raises: ApiError 404 for a machine that has none."""
    machine = need_machine(store, parts)
    scope = store.get(Resource, machine.properties.get("privateLinkScopeResourceId", ""))
    if scope is None or scope.type != SCOPES.name:
        raise ApiError(404, "HCRP404", f"The machine '{machine.name}' has no private link scope.")
    return with_body(call, _details(store, scope))


def _members(location: str) -> list[str]:
    region = LOCATIONS.get(location)
    regions = [location, region.pair] if region else [location]
    return ["HybridCompute.Global", "HybridCompute.Server", "HybridCompute.TokenService", "GuestConfig.GlobalService",
            *(f"GuestConfig.AgentService.{name}" for name in regions), "HybridCompute.K8sConfiguration"]  # fmt: skip


def _shown(scope: Resource) -> dict[str, Any]:
    return {
        "id": f"{scope.key}/privateLinkResources/{_GROUP}", "name": _GROUP,
        "type": f"{SCOPES.name}/privateLinkResources",
        "properties": {"groupId": _GROUP, "requiredMembers": _members(scope.location),
                       "requiredZoneNames": list(_ZONES)},
    }  # fmt: skip


def _details(store: Store, scope: Resource) -> dict[str, Any]:
    """Give an address for each member of each connection that is let in."""
    let_in = [connection for connection in connections_of(store, scope)
              if connection.properties["privateLinkServiceConnectionState"]["status"] == "Approved"]  # fmt: skip
    pairs = [(connection, member) for connection in let_in for member in _members(scope.location)]
    details = [
        {"id": connection.key, "privateIpAddress": f"10.0.{number // 250}.{_FIRST_ADDRESS + number % 250}",
         "linkIdentifier": str(number + 1), "groupId": _GROUP, "memberName": member}
        for number, (connection, member) in enumerate(pairs)
    ]  # fmt: skip
    return {"id": scope.key, "publicNetworkAccess": scope.properties["publicNetworkAccess"],
            "connectionDetails": details}  # fmt: skip
