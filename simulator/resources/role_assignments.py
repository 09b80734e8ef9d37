"""Who has which role where."""

from __future__ import annotations

import uuid

from simulator.resources.entities import Principal, RoleAssignment

_TYPE = "Microsoft.Authorization/roleAssignments"


def assignment_id(scope: str, name: str) -> str:
    """Give an assignment's ARM id; the scope is an ARM id."""
    return f"{scope}/providers/{_TYPE}/{name}"


def is_in(scope: str, inner: str) -> bool:
    """Say whether an ARM id, or a path, is `scope` or below it."""
    return f"{inner}/".lower().startswith(f"{scope}/".lower())


def principal_type(principal: Principal) -> str:
    """Give what kind of somebody a principal is. Source: the values of `principalType`."""
    return "User" if principal.upn else "ServicePrincipal"


def granted(scope: str, role: str, principal: Principal, now: float) -> RoleAssignment:
    """Give the assignment that a case comes with; its name follows from what it says. `role` is a GUID."""
    name = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{scope}|{role}|{principal.key}".lower()))
    return RoleAssignment(key=assignment_id(scope, name), scope=scope, role=role, principal_id=principal.key,
                          principal_type=principal_type(principal), created=now)  # fmt: skip
