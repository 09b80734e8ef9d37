"""When policies look at resources, in lab time.

Source: the documented triggers: an assignment comes into force within about 5 minutes, a resource that was made or
changed is looked at about 15 minutes later, everything once in 24 hours.
"""

from __future__ import annotations

from collections.abc import Iterable

from simulator.resources.entities import Machine, PolicyScan, Resource

ASSIGNMENTS = "Microsoft.Authorization/policyAssignments"
EVALUATED = "evaluated"  # a property that is never shown: when an assignment was looked at last
_IN_FORCE_S, _NEW_RESOURCE_S, _CYCLE_S = 300, 900, 86400


def evaluated_at(resource: Resource) -> float | None:
    """Give when an assignment is looked at next; None for any other resource."""
    if resource.type != ASSIGNMENTS:
        return None
    last = resource.properties.get(EVALUATED)
    return resource.system_data.modified + _IN_FORCE_S if last is None else float(last) + _CYCLE_S


def scope_of(assignment: Resource) -> str:
    """Give the ARM id that an assignment is on."""
    return assignment.key[: assignment.key.lower().rindex("/providers/microsoft.authorization/")]


def covers(assignment: Resource, resource_id: str) -> bool:
    """Say whether an assignment is about a place: below its scope and below none of its `notScopes`."""
    place = f"{resource_id}/".lower()
    excluded = assignment.properties.get("notScopes") or []
    return place.startswith(f"{scope_of(assignment)}/".lower()) and not any(
        place.startswith(f"{scope}/".lower()) for scope in excluded
    )


def scans_of(machine: Machine, assignments: Iterable[Resource], now: float) -> tuple[PolicyScan, ...]:
    """Give the scan that a machine which was made or changed needs; none where nothing is assigned."""
    if not any(covers(assignment, machine.key) for assignment in assignments):
        return ()
    return (PolicyScan(key=machine.key, due=now + _NEW_RESOURCE_S),)
