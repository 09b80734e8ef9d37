"""`{scope}/providers/Microsoft.Authorization/denyAssignments`: what nobody may do at a scope, whatever roles they have.

Source: the REST reference, 2022-04-01; Azure itself makes them, for what it manages. Assumed: there are none.
"""

from __future__ import annotations

from starlette.responses import Response

from simulator.call import Call
from simulator.services.arm.answers import with_body
from simulator.services.arm.names import Parts
from simulator.services.arm.scopes import need_place
from simulator.store import Store


def list_all(store: Store, call: Call, parts: Parts) -> Response:
    """List the deny assignments of a scope: none. Raises: ApiError 404."""
    need_place(store, parts)
    return with_body(call, {"value": []})
