"""`.../gateways` and `.../settings/default`: Arc gateways, and which of them a machine uses. Source: OpenAPI."""

from __future__ import annotations

import uuid
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from simulator.errors import ApiError
from simulator.resources.entities import Resource
from simulator.services.arm.plain_type import PlainType, Statuses
from simulator.store import Store
from simulator.tenancy import subscription_in, tenant_of

_TYPE = "Microsoft.HybridCompute/gateways"


class ChangedGateway(msgspec.Struct, rename="camel"):
    """What PATCH may change of a gateway."""

    allowed_features: list[str] | UnsetType = UNSET
    gateway_bypass: list[str] | UnsetType = UNSET


class Gateway(ChangedGateway, rename="camel"):
    """What a client may write of a gateway. Assumed: without features all are allowed, as the CLI asks."""

    gateway_type: Literal["Public"] = "Public"


class GatewayUse(msgspec.Struct, rename="camel"):
    """Which gateway, an ARM id, is used; an empty text for none."""

    gateway_resource_id: str | UnsetType = UNSET


class Settings(msgspec.Struct, rename="camel"):
    """What a client may write of settings."""

    gateway_properties: GatewayUse | UnsetType = UNSET


def _complete_gateway(_store: Store, resource: Resource, before: Resource | None) -> Resource:
    """Add number and address; both are for good. Source: `<prefix>.gw.arc.azure.com`. Assumed: the prefix."""
    number = before.properties["gatewayId"] if before else str(uuid.uuid4())
    properties = {"allowedFeatures": ["*"], **resource.properties, "gatewayId": number,
                  "gatewayEndpoint": f"https://{number}.gw.arc.azure.com"}  # fmt: skip
    return msgspec.structs.replace(resource, properties=properties)


def _complete_settings(store: Store, resource: Resource, _before: Resource | None) -> Resource:
    """Add the tenant. Raises: ApiError 404 for settings of no resource, 400 `HCRP400` for a gateway that is not there.

    Assumed: code and text of the latter.
    """
    if resource.key.lower().count("/providers/") < 2:
        raise ApiError(404, "InvalidResourceType", "Settings belong to a resource.")
    asked = resource.properties.get("gatewayProperties", {}).get("gatewayResourceId", "")
    gateway = store.get(Resource, asked)
    if asked and (gateway is None or gateway.type != _TYPE):
        raise ApiError(400, "HCRP400", f"The gateway '{asked}' was not found.")
    tenant = tenant_of(store, subscription_in(resource.key))
    return msgspec.structs.replace(resource, properties={"tenantId": tenant, **resource.properties})


GATEWAYS = PlainType(
    name=_TYPE, shape=Gateway, patch=ChangedGateway, first_state="Creating", is_long=True,
    statuses=Statuses(deleted=202), complete=_complete_gateway,
)  # fmt: skip
SETTINGS = PlainType(
    name="Microsoft.HybridCompute/settings", within="scope", verbs=("get", "put", "patch"), only="default",
    is_tracked=False, shape=Settings, patch=Settings, state="", complete=_complete_settings,
)  # fmt: skip
