"""The requests of Microsoft.Authorization, as lines of the table of routes."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.services.arm.access import deny_assignments, locks, permissions, role_assignments, role_definitions
from simulator.services.arm.route_tree import SIGNED_IN, Handler, Route

_NAMESPACE = "Microsoft.Authorization"
#: A word, and what lists, gives, puts and deletes it.
_FOUR: tuple[tuple[str, Handler, Handler, Handler, Handler], ...] = (
    ("locks", locks.list_all, locks.get, locks.put, locks.delete),
    ("roleAssignments", role_assignments.list_all, role_assignments.get, role_assignments.put, role_assignments.delete),
    ("roleDefinitions", role_definitions.list_all, role_definitions.get, role_definitions.put, role_definitions.delete),
)


def _routes() -> Iterator[Route]:
    for word, list_all, get, put, delete in _FOUR:
        path, action = f"{{scope}}/providers/{_NAMESPACE}/{word}", f"{_NAMESPACE}/{word}"
        yield Route("GET", path, f"{word}.list", f"{action}/read", list_all)
        yield Route("GET", f"{path}/{{name}}", f"{word}.get", f"{action}/read", get)
        yield Route("PUT", f"{path}/{{name}}", f"{word}.put", f"{action}/write", put)
        yield Route("DELETE", f"{path}/{{name}}", f"{word}.delete", f"{action}/delete", delete)


#: Roles that are built in can be read outside any subscription, too. Source: their ids there.
ROUTES: tuple[Route, ...] = (
    *_routes(),
    Route("GET", f"{{scope}}/providers/{_NAMESPACE}/permissions", "permissions.list",
          f"{_NAMESPACE}/permissions/read", permissions.list_all, is_filtered=True),
    Route("GET", f"{{scope}}/providers/{_NAMESPACE}/denyAssignments", "denyAssignments.list",
          f"{_NAMESPACE}/denyAssignments/read", deny_assignments.list_all, is_filtered=True),
    Route("GET", f"/providers/{_NAMESPACE}/roleDefinitions", "roleDefinitions.list", SIGNED_IN,
          role_definitions.list_all),
    Route("GET", f"/providers/{_NAMESPACE}/roleDefinitions/{{name}}", "roleDefinitions.get", SIGNED_IN,
          role_definitions.get),
)  # fmt: skip
