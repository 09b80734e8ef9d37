"""azure-mgmt-resource-locks and azure-mgmt-authorization: who may do what, and what nobody may."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError
from azure.identity import ClientSecretCredential
from azure.mgmt.authorization import AuthorizationManagementClient
from azure.mgmt.hybridcompute import HybridComputeManagementClient
from azure.mgmt.resource.locks import ManagementLockClient

from tests.conformance.conftest import CASE, GROUP, SUBSCRIPTION
from tests.conformance.machine import Machine

Client = Callable[..., Any]
ADMINISTRATOR = "cd570a14-e51a-42ad-bac8-bafd67325302"


def test_a_lock_holds(client: Client, arc: HybridComputeManagementClient, machine: Machine) -> None:
    """What is locked cannot be deleted; the lock is listed at each level, and goes."""
    locks = client(ManagementLockClient, SUBSCRIPTION).management_locks
    name = machine.id.rpartition("/")[2]
    where = (GROUP, "Microsoft.HybridCompute", "", "machines", name)
    made = locks.create_or_update_at_resource_level(*where, "keep", {"properties": {"level": "CanNotDelete"}})
    assert (made.name, made.level) == ("keep", "CanNotDelete")
    with pytest.raises(HttpResponseError) as refused:
        arc.machines.begin_delete(GROUP, name)
    assert refused.value.error is not None
    assert (refused.value.status_code, refused.value.error.code) == (409, "ScopeLocked")
    assert locks.get_at_resource_level(*where, "keep").id == made.id
    assert [item.name for item in locks.list_at_resource_level(*where)] == ["keep"]
    assert "keep" in [item.name for item in locks.list_at_resource_group_level(GROUP)]
    assert "keep" in [item.name for item in locks.list_at_subscription_level()]
    locks.delete_at_resource_level(*where, "keep")
    assert list(locks.list_at_resource_level(*where)) == []


def test_a_role_of_ones_own(client: Client, sign_in: Callable[[str], ClientSecretCredential], machine: Machine) -> None:
    """A role is defined, changed, given, and cannot go while somebody has it; what is built in is read anywhere."""
    roles = client(AuthorizationManagementClient, SUBSCRIPTION)
    stranger = client(HybridComputeManagementClient, SUBSCRIPTION, who=sign_in("stranger"))
    definitions, name = roles.role_definitions, machine.id.rpartition("/")[2]
    scope, number = f"subscriptions/{SUBSCRIPTION}", "5f1c1d0e-0000-4000-8000-0000000000bb"
    wanted = {"roleName": "Machine watcher", "description": "looks", "assignableScopes": [f"/{scope}"],
              "permissions": [{"actions": ["Microsoft.HybridCompute/licenses/read"], "notActions": []}]}  # fmt: skip
    made = definitions.create_or_update(scope, number, {"properties": {"type": "CustomRole", **wanted}})
    assert (made.name, made.role_name, made.role_type) == (number, "Machine watcher", "CustomRole")
    given = roles.role_assignments.create(scope, "5f1c1d0e-0000-4000-8000-0000000000ab", {"properties": {
        "roleDefinitionId": made.id, "principalId": CASE.principals[2].object_id, "principalType": "ServicePrincipal",
    }})  # fmt: skip
    with pytest.raises(HttpResponseError, match="AuthorizationFailed"):
        stranger.machines.get(GROUP, name)
    wanted["permissions"] = [{"actions": ["Microsoft.HybridCompute/machines/read"], "notActions": []}]
    definitions.create_or_update(scope, number, {"properties": {"type": "CustomRole", **wanted}})
    assert stranger.machines.get(GROUP, name).id == machine.id
    assert [item.name for item in definitions.list(scope, filter="type eq 'CustomRole'")] == [number]

    with pytest.raises(HttpResponseError, match="RoleDefinitionHasAssignments"):
        definitions.delete(scope, number)
    roles.role_assignments.delete_by_id(given.id)
    assert definitions.delete(scope, number).name == number
    assert ADMINISTRATOR in [item.name for item in definitions.list("")]
    built_in = definitions.get_by_id(f"providers/Microsoft.Authorization/roleDefinitions/{ADMINISTRATOR}")
    assert (built_in.name, built_in.role_type) == (ADMINISTRATOR, "BuiltInRole")


def test_a_role_is_given_and_taken(
    client: Client, sign_in: Callable[[str], ClientSecretCredential], machine: Machine
) -> None:
    """A stranger sees a machine while a role for it is assigned."""
    roles = client(AuthorizationManagementClient, SUBSCRIPTION)
    stranger = client(HybridComputeManagementClient, SUBSCRIPTION, who=sign_in("stranger"))
    name, scope = machine.id.rpartition("/")[2], machine.id.lstrip("/")
    definition = roles.role_definitions.get(scope, ADMINISTRATOR)
    assert definition.role_name == "Azure Connected Machine Resource Administrator"
    assert ADMINISTRATOR in [item.name for item in roles.role_definitions.list(scope)]

    with pytest.raises(HttpResponseError, match="AuthorizationFailed"):
        stranger.machines.get(GROUP, name)
    wanted = {"properties": {"roleDefinitionId": definition.id, "principalId": CASE.principals[2].object_id,
                             "principalType": "ServicePrincipal"}}  # fmt: skip
    number = "5f1c1d0e-0000-4000-8000-0000000000aa"
    made = roles.role_assignments.create(scope, number, wanted)
    assert stranger.machines.get(GROUP, name).id == machine.id
    assert roles.role_assignments.get(scope, number).id == made.id
    assert number in [item.name for item in roles.role_assignments.list_for_scope(scope)]
    theirs = client(AuthorizationManagementClient, SUBSCRIPTION, who=sign_in("stranger")).permissions
    [allowed] = theirs.list_for_resource(GROUP, "Microsoft.HybridCompute", "", "machines", name)
    assert allowed.actions == definition.permissions[0].actions
    roles.role_assignments.delete(scope, number)
    with pytest.raises(HttpResponseError, match="AuthorizationFailed"):
        stranger.machines.get(GROUP, name)


def test_nobody_is_denied_anything(client: Client, machine: Machine) -> None:
    """Deny assignments are asked for at each level; Azure itself has made none."""
    denials = client(AuthorizationManagementClient, SUBSCRIPTION).deny_assignments
    for found in (denials.list(), denials.list_for_resource_group(GROUP), denials.list_for_scope(machine.id[1:])):
        assert list(found) == []
