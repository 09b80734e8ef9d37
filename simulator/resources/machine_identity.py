"""A connected machine's managed identities: its own, and user-assigned ones. Source: recorded bodies, OpenAPI."""

from __future__ import annotations

import uuid
from typing import Any

import msgspec

from simulator.errors import ApiError
from simulator.resources.request_body import object_of

_TYPES = {kind.lower(): kind for kind in ("SystemAssigned", "UserAssigned", "SystemAssigned,UserAssigned", "None")}
_NAMES = uuid.UUID("6f6a1f5e-53a1-4e0c-9f2b-0d3f5d1c7a10")


class MachineIdentity(msgspec.Struct, frozen=True):
    """The kind of identity, and the ARM ids of user-assigned ones in the caller's casing."""

    type: str = "SystemAssigned"
    users: tuple[str, ...] = ()


def wanted(body: dict[str, Any], before: MachineIdentity) -> MachineIdentity:
    """Give the identity that a PUT or PATCH wants; `before` when it says nothing.

    A user-assigned identity with the value null goes away. Source: ARM's rule for identities.
    Raises: ApiError 400 for an unknown type, or a type that does not fit the identities named.
    """
    given = object_of(body, "identity")
    if not given:
        return before
    text = str(given.get("type") or before.type).replace(" ", "")
    kind = _TYPES.get(text.lower())
    if kind is None:
        known = "', '".join(_TYPES.values())
        raise ApiError(400, "InvalidRequestContent", f"The identity type '{text}' is not one of '{known}'.")
    named = object_of(given, "userAssignedIdentities", {name: {} for name in before.users})
    users = tuple(name for name, value in named.items() if value is not None)
    if ("UserAssigned" in kind.split(",")) != bool(users):
        if "userAssignedIdentities" in given or "UserAssigned" in kind.split(","):
            message = f"The identity type '{kind}' does not fit 'userAssignedIdentities' with {len(users)} identities."
            raise ApiError(400, "InvalidRequestContent", message)
        users = ()
    return MachineIdentity(kind, users)


def shown(identity: MachineIdentity, principal_id: str, tenant_id: str) -> dict[str, Any]:
    """Give the identity as ARM shows it. Source: `None` has a tenant and no principal; recorded.

    Assumed: the ids of user-assigned identities, which follow from their names.
    """
    body: dict[str, Any] = {"type": identity.type}
    if identity.type.startswith("SystemAssigned"):
        body["principalId"] = principal_id
    body["tenantId"] = tenant_id
    if identity.users:
        body["userAssignedIdentities"] = {
            name: {"clientId": _guid("client", name), "principalId": _guid("principal", name)}
            for name in identity.users
        }
    return body


def _guid(what: str, name: str) -> str:
    return str(uuid.uuid5(_NAMES, f"{what} {name.lower()}"))
