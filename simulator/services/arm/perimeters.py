"""`.../Microsoft.Network/networkSecurityPerimeters`: perimeters, as far as private link scopes are put into them.

Source: the parts of a perimeter that a recorded configuration of a scope names, and their SDK: what can be done, and
that a perimeter with associations goes by `forceDeletion=true` alone. Assumed: statuses, and the code of that refusal.
"""

from __future__ import annotations

import uuid
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from simulator.call import Call
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


def _check_delete(store: Store, call: Call, resource: Resource) -> None:
    """Refuse to delete a perimeter that holds something, unless it is forced. Raises: ApiError 400."""
    held = [one for one in store.below(Resource, resource.key) if one.type == ASSOCIATIONS.name]
    if held and call.query("forceDeletion").lower() != "true":
        message = f"Network security perimeter {resource.key} cannot be deleted because it is in use by {held[0].key}."
        raise ApiError(400, "InUseNetworkSecurityPerimeterCannotBeDeleted", message)


PERIMETERS = PlainType(
    name="Microsoft.Network/networkSecurityPerimeters", complete=_complete_perimeter, check_delete=_check_delete
)
PROFILES = PlainType(name=f"{PERIMETERS.name}/profiles", verbs=("list", "get", "put", "delete"), is_tracked=False)
ASSOCIATIONS = PlainType(
    name=f"{PERIMETERS.name}/resourceAssociations", verbs=("list", "get", "put", "delete"), is_tracked=False,
    shape=Association, complete=_complete_association,
)  # fmt: skip
