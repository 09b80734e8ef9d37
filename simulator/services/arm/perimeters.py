"""`.../Microsoft.Network/networkSecurityPerimeters`: perimeters, as far as private link scopes are put into them.

Source: the parts of a perimeter that a recorded configuration of a scope names. Assumed: their bodies and codes.
"""

from __future__ import annotations

import uuid
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from simulator.errors import ApiError
from simulator.resources.entities import Resource
from simulator.services.arm.by_id import find_by_id
from simulator.services.arm.plain_type import PlainType
from simulator.store import Store
from simulator.tenancy import is_in_tenant_of


class Reference(msgspec.Struct):
    """Something else by its ARM id."""

    id: str


class Association(msgspec.Struct, rename="camel"):
    """What a client may write of an association: what is put into the perimeter, and by which profile."""

    private_link_resource: Reference
    profile: Reference
    access_mode: Literal["Learning", "Enforced", "Audit"] | UnsetType = UNSET


def _complete_perimeter(_store: Store, resource: Resource, before: Resource | None) -> Resource:
    number = before.properties["perimeterGuid"] if before else str(uuid.uuid4())
    return msgspec.structs.replace(resource, properties={"perimeterGuid": number})


def _complete_association(store: Store, resource: Resource, _before: Resource | None) -> Resource:
    """Look for what is named. Raises: ApiError 400 `InvalidResourceReference` for what is not there."""
    properties = {"accessMode": "Learning", **resource.properties}
    for name in ("privateLinkResource", "profile"):
        asked = properties[name]["id"]
        found = find_by_id(store, asked)
        if found is None or not is_in_tenant_of(store, found.key, resource.key):
            message = f"Resource {asked} referenced by resource {resource.key} was not found."
            raise ApiError(400, "InvalidResourceReference", message)
        properties[name] = {"id": found.key}
    return msgspec.structs.replace(resource, properties=properties)


PERIMETERS = PlainType(name="Microsoft.Network/networkSecurityPerimeters", complete=_complete_perimeter)
PROFILES = PlainType(name=f"{PERIMETERS.name}/profiles", is_tracked=False)
ASSOCIATIONS = PlainType(
    name=f"{PERIMETERS.name}/resourceAssociations", is_tracked=False, shape=Association, complete=_complete_association
)
