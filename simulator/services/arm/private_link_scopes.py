"""`.../privateLinkScopes` and their private endpoint connections. Source: recorded bodies."""

from __future__ import annotations

import uuid
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from simulator.errors import ApiError
from simulator.resources.entities import Resource
from simulator.services.arm.plain import shown
from simulator.services.arm.plain_type import PlainType, Statuses
from simulator.store import Store


class ServiceExtension(msgspec.Struct, rename="camel"):
    """An extension whose service is reached over the scope."""

    service_extension_type: str | UnsetType = UNSET
    service_extension_public_network_access: Literal["Enabled", "Disabled"] | UnsetType = UNSET


class Scope(msgspec.Struct, rename="camel"):
    """What a client may write of a scope. Source: a scope of the OpenAPI's examples that says nothing is Disabled."""

    public_network_access: Literal["Enabled", "Disabled", "SecuredByPerimeter"] = "Disabled"
    service_extensions: list[ServiceExtension] | UnsetType = UNSET


class PrivateEndpoint(msgspec.Struct):
    """A private endpoint by its ARM id."""

    id: str


class ConnectionState(msgspec.Struct):
    """Whether a connection is let in, and why."""

    status: Literal["Approved", "Pending", "Rejected", "Disconnected"]
    description: str


class Connection(msgspec.Struct, rename="camel"):
    """What a client may write of a connection."""

    private_endpoint: PrivateEndpoint | UnsetType = UNSET
    private_link_service_connection_state: ConnectionState | UnsetType = UNSET


def connections_of(store: Store, scope: Resource) -> list[Resource]:
    """Give the connections of a scope."""
    return [r for r in store.below(Resource, scope.key) if r.type == CONNECTIONS.name]


def _complete_scope(_store: Store, resource: Resource, before: Resource | None) -> Resource:
    number = before.properties["privateLinkScopeId"] if before else str(uuid.uuid4())
    return msgspec.structs.replace(resource, properties={"privateLinkScopeId": number, **resource.properties})


def _view_scope(store: Store, resource: Resource) -> dict[str, Any]:
    found = [shown(CONNECTIONS, store, connection) for connection in connections_of(store, resource)]
    return {**resource.properties, "privateEndpointConnections": found}


def _complete_connection(_store: Store, resource: Resource, before: Resource | None) -> Resource:
    """Keep the endpoint, and let a connection that says nothing wait.

    Assumed: a connection can be made here; in Azure its private endpoint makes it. Raises: ApiError 400 without one.
    """
    held = before.properties if before else {}
    properties = {**held, **resource.properties}
    if "privateEndpoint" not in properties:
        message = "The property 'privateEndpoint' is required."
        raise ApiError(400, "InvalidRequestContent", message)
    state = properties.get("privateLinkServiceConnectionState", {"status": "Pending", "description": ""})
    properties["privateLinkServiceConnectionState"] = {**state, "actionsRequired": "None"}
    return msgspec.structs.replace(resource, properties=properties)


SCOPES = PlainType(
    name="Microsoft.HybridCompute/privateLinkScopes", shape=Scope, has_system_data=False,
    statuses=Statuses(created=200), complete=_complete_scope, view=_view_scope,
)  # fmt: skip
CONNECTIONS = PlainType(
    name=f"{SCOPES.name}/privateEndpointConnections", verbs=("list", "get", "put", "delete"), is_tracked=False,
    shape=Connection, has_system_data=False, statuses=Statuses(created=202, updated=202, deleted=202),
    has_result=False, complete=_complete_connection,
)  # fmt: skip
