"""By what else than their keys entities are found, and when they are due: a line for each. The store keeps to it.

An index gives a text for a value; an empty text leaves the value out. A moment is lab time in seconds; None is never.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from simulator.resources import alerts, license_profiles, operations, plain, policy_moments
from simulator.resources.entities import (
    Alert,
    AlertChange,
    DeviceCode,
    Entity,
    Extension,
    Machine,
    Notice,
    Operation,
    PolicyScan,
    PolicyState,
    Principal,
    Resource,
    ResourceGroup,
    RoleAssignment,
)

INDEXES: dict[type[Entity], dict[str, Callable[[Any], str]]] = {
    Machine: {
        "vm_id": attrgetter("vm_id"),
        "client_id": attrgetter("client_id"),
        "principal_id": attrgetter("principal_id"),
    },
    Resource: {
        "type": attrgetter("type"),
        "assigned_license": license_profiles.assigned_license,
        "principal_id": plain.principal_of,
    },
    Extension: {"machine": attrgetter("machine")},
    Operation: {"pending_on": operations.pending_on},
    PolicyState: {"assignment": attrgetter("assignment")},
    Alert: {"active_on": alerts.active_on, "machine": attrgetter("machine")},
    AlertChange: {"alert": attrgetter("alert")},
    Principal: {"name": attrgetter("name"), "client_id": attrgetter("client_id"), "upn": attrgetter("upn")},
    RoleAssignment: {"principal_id": lambda assignment: assignment.principal_id.lower()},
    DeviceCode: {"user_code": attrgetter("user_code")},
}

DUE: dict[type[Entity], Callable[[Any], float | None]] = {
    Machine: alerts.silent_at,
    Operation: operations.lapses_at,
    Alert: alerts.untold_since,
    Notice: attrgetter("since"),
    Resource: policy_moments.evaluated_at,
    PolicyScan: attrgetter("due"),
    ResourceGroup: lambda group: group.gone_at or None,
}
