"""`.../Microsoft.HybridCompute/licenses`: licences for Extended Security Updates. Source: recorded bodies."""

from __future__ import annotations

import uuid
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType
from starlette.responses import Response

from simulator.call import Call
from simulator.resources.entities import Resource
from simulator.services.arm.answers import with_body
from simulator.services.arm.names import Parts
from simulator.services.arm.plain import made, shown
from simulator.services.arm.plain_type import PlainType, Statuses
from simulator.services.arm.scopes import Place
from simulator.services.arm.subscriptions import subscription_id
from simulator.store import Store
from simulator.tenancy import subscription_in, tenant_of


class VolumeLicense(msgspec.Struct, rename="camel", omit_defaults=True):
    """One invoice of a volume licence."""

    program_year: Literal["Year 1", "Year 2", "Year 3"] | UnsetType = UNSET
    invoice_id: str | UnsetType = UNSET


class ChangedDetails(msgspec.Struct, rename="camel"):
    """What PATCH may change of a licence's details."""

    state: Literal["Activated", "Deactivated"] | UnsetType = UNSET
    target: Literal["Windows Server 2012", "Windows Server 2012 R2", "Windows Server 2016"] | UnsetType = UNSET
    edition: Literal["Standard", "Datacenter"] | UnsetType = UNSET
    type: Literal["pCore", "vCore"] | UnsetType = UNSET
    processors: int | UnsetType = UNSET


class Details(ChangedDetails, rename="camel"):
    """What a client may write of a licence's details."""

    volume_license_details: list[VolumeLicense] | UnsetType = UNSET


class ChangedLicense(msgspec.Struct, rename="camel"):
    """What PATCH may change of a licence."""

    license_type: Literal["ESU"] | UnsetType = UNSET
    license_details: ChangedDetails | UnsetType = UNSET


class License(msgspec.Struct, rename="camel"):
    """What a client may write of a licence."""

    tenant_id: str | UnsetType = UNSET
    license_type: Literal["ESU"] = "ESU"
    license_details: Details = msgspec.field(default_factory=Details)


def _complete(store: Store, resource: Resource, before: Resource | None) -> Resource:
    """Add tenant and number; the number is for good. Assumed: a licence that says nothing else is not activated."""
    held = before.properties["licenseDetails"] if before else {}
    details = {"state": "Deactivated", **resource.properties["licenseDetails"]}
    details["immutableId"] = held.get("immutableId") or str(uuid.uuid4())
    properties = {
        "tenantId": tenant_of(store, subscription_in(resource.key)),
        **resource.properties,
        "licenseDetails": details,
    }
    return msgspec.structs.replace(resource, properties=properties)


def _view(store: Store, resource: Resource) -> dict[str, Any]:
    """Add to how many machines a licence is assigned."""
    assigned = len(store.find(Resource, "assigned_license", resource.key.lower()))
    details = {**resource.properties["licenseDetails"], "assignedLicenses": assigned}
    return {**resource.properties, "licenseDetails": details}


LICENSES = PlainType(
    name="Microsoft.HybridCompute/licenses", shape=License, patch=ChangedLicense, state="", has_system_data=False,
    statuses=Statuses(created=200), complete=_complete, view=_view,
)  # fmt: skip


def validate(store: Store, call: Call, parts: Parts) -> Response:
    """Give the licence that a PUT of the body would make, without making it. Raises: ApiError 400.

    Source: the OpenAPI's example, whose id has no group. Assumed: the name, where the body gives none.
    """
    name = str(call.json().get("name") or "validated")
    key = f"{subscription_id(store, parts)}/providers/{LICENSES.name}/{name}"
    return with_body(call, shown(LICENSES, store, made(LICENSES, store, call, Place(key, ""), None)))
