"""`{scope}/providers/Microsoft.Authorization/roleDefinitions`: built-in roles and those that somebody has made.

Source: the REST reference of role definitions, 2022-04-01.
"""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any

import msgspec
from starlette.responses import Response

from simulator.authorization import find_role
from simulator.call import Call
from simulator.clock import arm_time
from simulator.errors import ApiError
from simulator.resources.entities import RoleAssignment, RoleDefinition
from simulator.resources.request_body import object_of
from simulator.resources.role_assignments import is_in
from simulator.resources.roles import ROLES_BY_ID, Role
from simulator.resources.transition import Transition
from simulator.services.arm.answers import with_body, without_body
from simulator.services.arm.names import Parts
from simulator.services.arm.odata import Filter
from simulator.services.arm.scopes import need_place
from simulator.store import Store

_TYPE = "Microsoft.Authorization/roleDefinitions"
_LISTS = {"actions": "actions", "notActions": "not_actions", "dataActions": "data_actions",
          "notDataActions": "not_data_actions"}  # fmt: skip


def definition_id(scope: str, name: str) -> str:
    """Give a definition's ARM id, below the subscription of a scope. Source: recorded ids of assignments."""
    subscription = "/".join(scope.split("/")[:3])
    return f"{subscription}/providers/{_TYPE}/{name}"


def list_all(store: Store, call: Call, parts: Parts) -> Response:
    """List the roles that can be assigned at a scope; `$filter` on `roleName`, `type` and `atScopeAndBelow()`."""
    scope, wanted = _scope(store, parts), Filter(call.query("$filter"))
    found = []
    for role, made in _roles(store):
        is_here = made is None or any(is_in(place, scope) for place in made.scopes)
        is_below = made is not None and any(is_in(scope, place) for place in made.scopes)
        values = {"rolename": role.name, "type": _kind(made), "id": role.id, "name": role.id}
        functions = {"atscopeandbelow": partial(bool, 1), "atscope": partial(bool, is_here)}
        if (is_here or is_below) and wanted.matches(values, functions):
            found.append(_shown(scope, role, made))
    return with_body(call, {"value": found})


def get(store: Store, call: Call, parts: Parts) -> Response:
    """Give one role by the GUID of its definition. Raises: ApiError 404 `RoleDefinitionDoesNotExist`."""
    scope, role = _scope(store, parts), need_role(store, parts["name"])
    return with_body(call, _shown(scope, role, store.get(RoleDefinition, role.id)))


def put(store: Store, call: Call, parts: Parts) -> Response:
    """Make or change a role: 201. Raises: ApiError 400 for a name that is no GUID or a body without name, 403, 409."""
    scope, name = need_place(store, parts).id, parts["name"].lower()
    if not _is_guid(name):
        raise ApiError(400, "InvalidRoleDefinitionId", f"The role definition ID '{name}' is not valid; it is a GUID.")
    if name in ROLES_BY_ID:
        message = "The role definition is a built-in role and cannot be updated."
        raise ApiError(403, "RoleDefinitionUpdateNotAllowed", message)
    role, scopes = _wanted(name, call.json(), scope)
    for other, _ in _roles(store):
        if other.id != name and other.name.lower() == role.name.lower():
            message = f"A role definition cannot be updated with a name that already exists: '{role.name}'."
            raise ApiError(409, "RoleDefinitionWithSameNameExists", message)
    before = store.get(RoleDefinition, name)
    definition = RoleDefinition(
        key=name, role=role, scopes=scopes, created=before.created if before else call.now,
        created_by=before.created_by if before else call.caller, updated=call.now, updated_by=call.caller,
    )  # fmt: skip
    store.apply(Transition("roleDefinitions.put", (definition,)))
    return with_body(call, _shown(scope, role, definition), 201)


def delete(store: Store, call: Call, parts: Parts) -> Response:
    """Delete a role that somebody has made; 204 for what is not there. Raises: ApiError 400 while it is assigned."""
    scope, made = need_place(store, parts).id, store.get(RoleDefinition, parts["name"])
    if made is None:
        if parts["name"].lower() in ROLES_BY_ID:
            message = "The role definition is a built-in role and cannot be deleted."
            raise ApiError(403, "RoleDefinitionDeleteNotAllowed", message)
        return without_body(call, 204)
    if any(assignment.role == made.key for assignment in store.all(RoleAssignment)):
        message = "There are existing role assignments referencing role (code: RoleDefinitionHasAssignments)"
        raise ApiError(400, "RoleDefinitionHasAssignments", message)
    store.apply(Transition("roleDefinitions.delete", delete=((RoleDefinition, made.key),)))
    return with_body(call, _shown(scope, made.role, made))


def need_role(store: Store, name: str) -> Role:
    """Give a role by its GUID. Raises: ApiError 404 `RoleDefinitionDoesNotExist`."""
    role = find_role(store, name)
    if role is None:
        message = f"The specified role definition with ID '{name}' does not exist."
        raise ApiError(404, "RoleDefinitionDoesNotExist", message)
    return role


def _scope(store: Store, parts: Parts) -> str:
    """Give the scope of a path; an empty text for definitions outside any, which all subscriptions have."""
    return need_place(store, parts).id if parts.get("scope") else ""


def _roles(store: Store) -> list[tuple[Role, RoleDefinition | None]]:
    made = [(definition.role, definition) for definition in store.all(RoleDefinition)]
    return [*((role, None) for role in ROLES_BY_ID.values()), *made]


def _wanted(name: str, body: dict[str, Any], scope: str) -> tuple[Role, tuple[str, ...]]:
    """Give what a body asks for. Raises: ApiError 400."""
    properties = object_of(body, "properties")
    title = properties.get("roleName")
    if not isinstance(title, str) or not title:
        raise ApiError(400, "InvalidRoleDefinitionName", "The role definition has no name.")
    permissions = properties.get("permissions") or []
    scopes = properties.get("assignableScopes") or [scope]
    texts = [permission.get(key) or [] for permission in permissions if isinstance(permission, dict) for key in _LISTS]
    is_sound = isinstance(permissions, list) and all(isinstance(permission, dict) for permission in permissions)
    if not is_sound or not all(_are_texts(words) for words in (scopes, *texts)):
        raise ApiError(400, "InvalidRequestContent", "The permissions or assignable scopes cannot be used.")
    lists = {field: tuple(word for permission in permissions for word in permission.get(key) or [])
             for key, field in _LISTS.items()}  # fmt: skip
    return Role(name, title, str(properties.get("description") or ""), **lists), tuple(scopes)


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(word, str) for word in value)


def _is_guid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


def _kind(made: RoleDefinition | None) -> str:
    return "CustomRole" if made else "BuiltInRole"


def _shown(scope: str, role: Role, made: RoleDefinition | None) -> dict[str, Any]:
    lists = msgspec.structs.asdict(role)
    permission = {key: list(lists[field]) for key, field in _LISTS.items()}
    properties = {
        "roleName": role.name, "type": _kind(made), "description": role.description,
        "assignableScopes": list(made.scopes) if made else ["/"], "permissions": [permission],
    }  # fmt: skip
    if made is not None:
        properties |= {"createdOn": arm_time(made.created), "createdBy": made.created_by,
                       "updatedOn": arm_time(made.updated), "updatedBy": made.updated_by}  # fmt: skip
    return {"id": definition_id(scope, role.id), "name": role.id, "type": _TYPE, "properties": properties}
