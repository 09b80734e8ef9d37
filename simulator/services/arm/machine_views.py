"""What can be read of a machine under addresses of its own: network profile and identity. Source: OpenAPI."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from simulator.call import Call
from simulator.resources import machine_identity
from simulator.resources.entities import Machine
from simulator.services.arm.answers import with_body
from simulator.services.arm.machines import need_machine
from simulator.services.arm.names import NAMESPACE, Parts
from simulator.services.arm.scopes import not_found
from simulator.store import Store
from simulator.tenancy import tenant_of

_METADATA = "hybridIdentityMetadata"
_ONLY = "default"


def network_profile(store: Store, call: Call, parts: Parts) -> Response:
    """Give the network interfaces that the agent has told; none before. Raises: ApiError 404."""
    told = need_machine(store, parts).facts.get("networkProfile", {})
    return with_body(call, {"networkInterfaces": [], **told})


def list_identities(store: Store, call: Call, parts: Parts) -> Response:
    """List a machine's identity metadata: always one. Raises: ApiError 404."""
    return with_body(call, {"value": [_identity(store, need_machine(store, parts))]})


def identity(store: Store, call: Call, parts: Parts) -> Response:
    """Give a machine's identity metadata. Raises: ApiError 404 for any name but `default`."""
    machine = need_machine(store, parts)
    if parts["name"].lower() != _ONLY:
        raise not_found(f"{machine.key}/{_METADATA}/{parts['name']}")
    return with_body(call, _identity(store, machine))


def _identity(store: Store, machine: Machine) -> dict[str, Any]:
    tenant = tenant_of(store, machine.subscription_id)
    return {
        "id": f"{machine.key}/{_METADATA}/{_ONLY}", "name": _ONLY, "type": f"{NAMESPACE}/machines/{_METADATA}",
        "properties": {"vmId": machine.vm_id, "publicKey": machine.public_key,
                       "identity": machine_identity.shown(machine.identity, machine.principal_id, tenant)},
    }  # fmt: skip
