"""`{scope}/providers/Microsoft.Authorization/roleDefinitions`: built-in roles and those that somebody has made.

Source: the REST reference of role definitions, 2022-04-01.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from functools import partial
from typing import Any

import msgspec
from starlette.responses import Response

from simulator.authorization import find_role, permits
from simulator.call import Call
from simulator.clock import arm_time
from simulator.errors import ApiError
from simulator.resources.entities import RoleAssignment, RoleDefinition, Subscription
from simulator.resources.request_body import object_of
from simulator.resources.role_assignments import is_in
from simulator.resources.roles import ROLES_BY_ID, Role
from simulator.resources.transition import Transition
from simulator.services.arm.answers import with_body, without_body
from simulator.services.arm.names import Parts
from simulator.services.arm.odata import Filter
from simulator.services.arm.scopes import need_place
from simulator.store import Store
from simulator.tenancy import subscription_in

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
        is_here = made is None or _is_assignable(made, scope)
        values = {"rolename": role.name, "type": _kind(made), "id": role.id, "name": role.id}
        functions = {"atscopeandbelow": partial(bool, 1), "atscope": partial(bool, is_here)}
        if (made is None or _is_near(made, scope)) and wanted.matches(values, functions):
            found.append(_shown(scope, role, made))
    return with_body(call, {"value": found})


def get(store: Store, call: Call, parts: Parts) -> Response:
    """Give one role by the GUID of its definition. Raises: ApiError 404 `RoleDefinitionDoesNotExist`."""
    scope, name = _scope(store, parts), parts["name"]
    made, built_in = _find(store, scope, name), ROLES_BY_ID.get(name.lower())
    role = made.role if made is not None else built_in
    if role is None:
        raise _unknown(name)
    return with_body(call, _shown(scope, role, made))


def put(store: Store, call: Call, parts: Parts) -> Response:
    """Make or change a role: 201.

    Raises: ApiError 400 for a name that is no GUID or a body without name, 403 for what is built in or can be assigned
    where the caller may not make roles, 409 for a name that is taken.
    """
    scope, name = need_place(store, parts).id, parts["name"].lower()
    if not is_guid(name):
        raise ApiError(400, "InvalidRoleDefinitionId", f"The role definition ID '{name}' is not valid; it is a GUID.")
    if name in ROLES_BY_ID:
        message = "The role definition is a built-in role and cannot be updated."
        raise ApiError(403, "RoleDefinitionUpdateNotAllowed", message)
    role, scopes = _wanted(name, call.json(), scope)
    for other, made in _roles(store):
        is_same = other.name.lower() == role.name.lower() and (made is None or _tenant(store, made) == call.tenant)
        if other.id != name and is_same:
            message = f"A role definition cannot be updated with a name that already exists: '{role.name}'."
            raise ApiError(409, "RoleDefinitionWithSameNameExists", message)
    before = store.get(RoleDefinition, name)
    if before is not None and not _is_near(before, scope):
        raise ApiError(409, "RoleDefinitionExists", f"The role definition ID '{name}' is taken by another role.")
    _need_rights(store, call, "write", (*scopes, *(before.scopes if before else ())))
    definition = RoleDefinition(
        key=name, role=role, scopes=scopes, created=before.created if before else call.now,
        created_by=before.created_by if before else call.caller, updated=call.now, updated_by=call.caller,
    )  # fmt: skip
    store.apply(Transition("roleDefinitions.put", (definition,)))
    return with_body(call, _shown(scope, role, definition), 201)


def delete(store: Store, call: Call, parts: Parts) -> Response:
    """Delete a role that somebody has made; 204 for what is not there.

    Raises: ApiError 400 while it is assigned, 403 for what is built in or can be assigned where the caller may not.
    """
    scope = need_place(store, parts).id
    made = _find(store, scope, parts["name"])
    if made is None:
        if parts["name"].lower() in ROLES_BY_ID:
            message = "The role definition is a built-in role and cannot be deleted."
            raise ApiError(403, "RoleDefinitionDeleteNotAllowed", message)
        return without_body(call, 204)
    _need_rights(store, call, "delete", made.scopes)
    if any(assignment.role == made.key for assignment in store.all(RoleAssignment)):
        message = "There are existing role assignments referencing role (code: RoleDefinitionHasAssignments)"
        raise ApiError(400, "RoleDefinitionHasAssignments", message)
    store.apply(Transition("roleDefinitions.delete", delete=((RoleDefinition, made.key),)))
    return with_body(call, _shown(scope, made.role, made))


def need_role(store: Store, name: str, scope: str) -> Role:
    """Give a role that can be assigned at a scope, by its GUID. Raises: ApiError 404 `RoleDefinitionDoesNotExist`."""
    role, made = find_role(store, name), store.get(RoleDefinition, name)
    if role is None or (made is not None and not _is_assignable(made, scope)):
        raise _unknown(name)
    return role


def is_guid(text: str) -> bool:
    """Say whether a text in lower case is a GUID as ARM writes it."""
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


def _unknown(name: str) -> ApiError:
    message = f"The specified role definition with ID '{name}' does not exist."
    return ApiError(404, "RoleDefinitionDoesNotExist", message)


def _find(store: Store, scope: str, name: str) -> RoleDefinition | None:
    """Give a role that somebody has made, if it can be assigned at a scope, above it or below it."""
    made = store.get(RoleDefinition, name)
    return made if made is not None and _is_near(made, scope) else None


def _is_assignable(made: RoleDefinition, scope: str) -> bool:
    return any(is_in(place, scope) for place in made.scopes)


def _is_near(made: RoleDefinition, scope: str) -> bool:
    return _is_assignable(made, scope) or (bool(scope) and any(is_in(scope, place) for place in made.scopes))


def _tenant(store: Store, made: RoleDefinition) -> str:
    """Give the tenant of a role: that of the subscription where it can be assigned."""
    subscription = store.get(Subscription, subscription_in(made.scopes[0]))
    return subscription.tenant_id if subscription else ""


def _need_rights(store: Store, call: Call, verb: str, places: Iterable[str]) -> None:
    """Refuse what reaches beyond the caller's rights. Source: ARM's code and text for linked scopes.

    Raises: ApiError 403 `LinkedAuthorizationFailed`.
    """
    action = f"{_TYPE}/{verb}"
    beyond = [place for place in dict.fromkeys(places) if not permits(store, call.caller, action, place)]
    if beyond:
        raise ApiError(
            403,
            "LinkedAuthorizationFailed",
            f"The client with object id '{call.caller}' has permission to perform action '{action}' on scope "
            f"'{call.path}'; however, it does not have permission to perform action(s) '{action}' on the linked "
            f"scope(s) '{','.join(beyond)}' (respectively) or the linked scope(s) are invalid.",
        )


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


def _kind(made: RoleDefinition | None) -> str:
    return "CustomRole" if made else "BuiltInRole"


def permission_of(role: Role) -> dict[str, list[str]]:
    """Give what a role allows, as answers write it."""
    lists = msgspec.structs.asdict(role)
    return {key: list(lists[field]) for key, field in _LISTS.items()}


def _shown(scope: str, role: Role, made: RoleDefinition | None) -> dict[str, Any]:
    properties = {
        "roleName": role.name, "type": _kind(made), "description": role.description,
        "assignableScopes": list(made.scopes) if made else ["/"], "permissions": [permission_of(role)],
    }  # fmt: skip
    if made is not None:
        properties |= {"createdOn": arm_time(made.created), "createdBy": made.created_by,
                       "updatedOn": arm_time(made.updated), "updatedBy": made.updated_by}  # fmt: skip
    return {"id": definition_id(scope, role.id), "name": role.id, "type": _TYPE, "properties": properties}
