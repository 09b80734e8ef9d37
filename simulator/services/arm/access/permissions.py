"""`{scope}/providers/Microsoft.Authorization/permissions`: what the caller may do there.

Source: the REST reference, 2022-04-01. Assumed: one entry for each role that is held at the scope or above it.
"""

from __future__ import annotations

from starlette.responses import Response

from simulator.authorization import find_role
from simulator.call import Call
from simulator.resources.entities import RoleAssignment
from simulator.resources.role_assignments import is_in
from simulator.services.arm.access.role_definitions import permission_of
from simulator.services.arm.answers import with_body
from simulator.services.arm.names import Parts
from simulator.services.arm.scopes import need_place
from simulator.store import Store


def list_all(store: Store, call: Call, parts: Parts) -> Response:
    """List the permissions of the caller's roles. Raises: ApiError 404."""
    scope = need_place(store, parts).id
    mine = store.find(RoleAssignment, "principal_id", call.caller.lower())
    roles = dict.fromkeys(assignment.role for assignment in mine if is_in(assignment.scope, scope))
    found = (find_role(store, name) for name in roles)
    return with_body(call, {"value": [permission_of(role) for role in found if role is not None]})
