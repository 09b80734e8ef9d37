"""`{scope}/providers/Microsoft.Authorization/roleAssignments`: who has which role where.

Source: the REST reference of role assignments, 2022-04-01; errors of public issues.
"""

from __future__ import annotations

from functools import partial
from operator import eq
from typing import Any

from starlette.responses import Response

from simulator.call import Call
from simulator.clock import arm_time
from simulator.errors import ApiError
from simulator.resources.entities import Machine, Principal, Resource, RoleAssignment
from simulator.resources.request_body import object_of
from simulator.resources.role_assignments import assignment_id, is_in, principal_type
from simulator.resources.transition import Transition
from simulator.services.arm.access.role_definitions import definition_id, is_guid, need_role
from simulator.services.arm.answers import with_body, without_body
from simulator.services.arm.names import Parts
from simulator.services.arm.odata import Filter
from simulator.services.arm.scopes import need_place
from simulator.store import Store
from simulator.tenancy import subscription_in, tenant_of


def list_all(store: Store, call: Call, parts: Parts) -> Response:
    """List the assignments at a scope, above it and below it.

    `$filter` takes `atScope()` (none below), `principalId eq` and `assignedTo('..')`. Assumed: nobody is in a group.
    """
    scope, wanted = need_place(store, parts).id, Filter(call.query("$filter"))
    found = []
    for item in store.all(RoleAssignment):
        is_above = is_in(item.scope, scope)
        functions = {"atscope": partial(bool, is_above), "assignedto": partial(eq, item.principal_id.lower())}
        values = {"principalid": item.principal_id, "roledefinitionid": definition_id(item.scope, item.role)}
        if (is_above or is_in(scope, item.scope)) and wanted.matches(values, functions):
            found.append(_shown(item))
    return with_body(call, {"value": found})


def get(store: Store, call: Call, parts: Parts) -> Response:
    """Give one assignment. Raises: ApiError 404 `RoleAssignmentNotFound`."""
    found = _find(store, parts)
    if found is None:
        raise ApiError(404, "RoleAssignmentNotFound", f"The role assignment '{parts['name']}' is not found.")
    return with_body(call, _shown(found))


def put(store: Store, call: Call, parts: Parts) -> Response:
    """Assign a role: 201; 200 for what is there already. Raises: ApiError 400, 404, 409."""
    scope, before, name = need_place(store, parts).id, _find(store, parts), parts["name"].lower()
    if not is_guid(name):
        message = f"The role assignment ID '{name}' is not valid. The role assignment ID must be a GUID."
        raise ApiError(400, "InvalidRoleAssignmentId", message)
    properties = object_of(call.json(), "properties")
    who = str(properties.get("principalId") or "")
    role = need_role(store, str(properties.get("roleDefinitionId") or "").rpartition("/")[2], scope).id
    kind = _principal_type(store, who, call.tenant)
    if before is not None:
        if (before.principal_id.lower(), before.role) != (who.lower(), role):
            message = "Tenant ID, application ID, principal ID, and scope are not allowed to be updated."
            raise ApiError(409, "RoleAssignmentUpdateNotPermitted", message)
        return with_body(call, _shown(before))
    for other in store.find(RoleAssignment, "principal_id", who.lower()):
        if (other.scope.lower(), other.role) == (scope.lower(), role):
            message = "The role assignment already exists. The ID of the conflicting role assignment is"
            raise ApiError(409, "RoleAssignmentExists", f"{message} {_name(other)}.")
    made = RoleAssignment(
        key=assignment_id(scope, name), scope=scope, role=role, principal_id=who, principal_type=kind,
        description=str(properties.get("description") or ""), created=call.now, created_by=call.caller,
    )  # fmt: skip
    store.apply(Transition("roleAssignments.put", (made,)))
    return with_body(call, _shown(made), 201)


def delete(store: Store, call: Call, parts: Parts) -> Response:
    """Take a role away, and give what it was; 204 for what is not there."""
    found = _find(store, parts)
    if found is None:
        return without_body(call, 204)
    store.apply(Transition("roleAssignments.delete", delete=((RoleAssignment, found.key),)))
    return with_body(call, _shown(found))


def _find(store: Store, parts: Parts) -> RoleAssignment | None:
    return store.get(RoleAssignment, assignment_id(need_place(store, parts).id, parts["name"]))


def _principal_type(store: Store, who: str, tenant: str) -> str:
    """Give what kind of somebody an object id is of. Raises: ApiError 400 `PrincipalNotFound`."""
    person = store.get(Principal, who)
    if person is not None and person.tenant_id == tenant:
        return principal_type(person)
    owner = store.first(Machine, "principal_id", who.lower()) or store.first(Resource, "principal_id", who.lower())
    if who and owner is not None and tenant_of(store, subscription_in(owner.key)) == tenant:
        return "ServicePrincipal"
    message = (
        f"Principal {who.replace('-', '')} does not exist in the directory {tenant}. Check that you have the correct "
        "principal ID. If you are creating this principal and then immediately assigning a role, this error might be "
        "related to a replication delay. In this case, set the role assignment principalType property to a value, such "
        "as ServicePrincipal, User, or Group. See https://aka.ms/docs-principaltype"
    )
    raise ApiError(400, "PrincipalNotFound", message)


def _name(assignment: RoleAssignment) -> str:
    return assignment.key.rpartition("/")[2]


def _shown(item: RoleAssignment) -> dict[str, Any]:
    moment = arm_time(item.created)
    properties = {
        "roleDefinitionId": definition_id(item.scope, item.role), "principalId": item.principal_id,
        "principalType": item.principal_type, "scope": item.scope, "condition": None, "conditionVersion": None,
        "createdOn": moment, "updatedOn": moment, "createdBy": item.created_by, "updatedBy": item.created_by,
        "delegatedManagedIdentityResourceId": None, "description": item.description or None,
    }  # fmt: skip
    return {"id": item.key, "name": _name(item), "type": "Microsoft.Authorization/roleAssignments",
            "properties": properties}  # fmt: skip
