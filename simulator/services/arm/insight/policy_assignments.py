"""`Microsoft.Authorization/policyAssignments`: a definition with its parameters, on a scope.

Source: the API of policy assignments, and its public refusals.
"""

from __future__ import annotations

import uuid
from typing import Any, Literal

import msgspec

from simulator.errors import ApiError
from simulator.policy.definitions import missing_parameters, needs_identity
from simulator.resources.entities import Resource
from simulator.resources.plain import principal_of
from simulator.resources.policy_moments import ASSIGNMENTS, EVALUATED, scope_of
from simulator.services.arm.insight.policy_definitions import find
from simulator.services.arm.plain_type import PlainType, Statuses
from simulator.store import Store
from simulator.tenancy import subscription_in, tenant_of


class Assignment(msgspec.Struct, rename="camel"):
    """What a client may write of an assignment."""

    policy_definition_id: str
    display_name: str = ""
    description: str = ""
    parameters: dict[str, dict[str, Any]] = {}
    not_scopes: list[str] = []
    enforcement_mode: Literal["Default", "DoNotEnforce"] = "Default"
    metadata: dict[str, Any] = {}
    non_compliance_messages: list[dict[str, Any]] = []


def _complete(store: Store, resource: Resource, before: Resource | None) -> Resource:
    """Add the identity's number. Raises: ApiError 404 for an unknown definition, 400 for what it lacks."""
    definition = find(store, resource.properties["policyDefinitionId"])
    places = {"", subscription_in(resource.key).lower()}  # of built-in ones, and of those that can be assigned here
    if definition is None or subscription_in(definition["id"]).lower() not in places:
        message = f"The policy definition '{resource.properties['policyDefinitionId']}' could not be found."
        raise ApiError(404, "PolicyDefinitionNotFound", message)
    missing = missing_parameters(definition["properties"], resource.properties["parameters"])
    if missing:
        message = f"The policy assignment '{resource.name}' is missing the parameter(s) '{', '.join(missing)}'."
        raise ApiError(400, "MissingPolicyParameter", message)
    identity = resource.members.get("identity")
    kind = str(identity.get("type", "None")) if isinstance(identity, dict) else "None"
    if kind == "None":
        if needs_identity(definition["properties"]):
            message = (
                "Policy assignments must include a 'managed identity' when assigning 'DeployIfNotExists' policy "
                "definitions or policy definitions that contain a deployment in the effect details."
            )
            raise ApiError(400, "ResourceIdentityRequired", message)
        return resource
    held = principal_of(before) if before else ""
    shown = {"type": kind, "principalId": held or str(uuid.uuid4()),
             "tenantId": tenant_of(store, subscription_in(resource.key))}  # fmt: skip
    return msgspec.structs.replace(resource, members={**resource.members, "identity": shown})


def _view(_store: Store, resource: Resource) -> dict[str, Any]:
    """Add the scope, and leave out when it was looked at last."""
    kept = {name: value for name, value in resource.properties.items() if name != EVALUATED}
    return {**kept, "scope": scope_of(resource)}


POLICY_ASSIGNMENTS = PlainType(
    name=ASSIGNMENTS, within="scope", is_tracked=False, shape=Assignment, members=("identity", "location"), state="",
    statuses=Statuses(updated=201), shows_deleted=True, complete=_complete, view=_view,
)  # fmt: skip
