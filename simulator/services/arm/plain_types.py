"""The table of types: a new type of ARM resource that behaves like most is a row here."""

from __future__ import annotations

from typing import Any

from simulator.resources.entities import Resource
from simulator.services.arm.azure_local import VIRTUAL_MACHINE_INSTANCES
from simulator.services.arm.connectivity import ENDPOINTS, SERVICE_CONFIGURATIONS
from simulator.services.arm.gateways import GATEWAYS, SETTINGS
from simulator.services.arm.insight.alerting import ACTION_GROUPS, ACTIVITY_LOG_ALERTS
from simulator.services.arm.insight.guest_assignments import GUEST_ASSIGNMENTS
from simulator.services.arm.insight.policy_assignments import POLICY_ASSIGNMENTS
from simulator.services.arm.insight.policy_definitions import DEFINITIONS
from simulator.services.arm.insight.remediations import REMEDIATIONS
from simulator.services.arm.license_profiles import LICENSE_PROFILES
from simulator.services.arm.licenses import LICENSES
from simulator.services.arm.perimeters import ASSOCIATIONS, PERIMETERS, PROFILES
from simulator.services.arm.plain import shown
from simulator.services.arm.plain_type import PlainType
from simulator.services.arm.private_link_scopes import CONNECTIONS, SCOPES
from simulator.store import Store

TYPES: tuple[PlainType, ...] = (
    LICENSES,
    LICENSE_PROFILES,
    GATEWAYS,
    SETTINGS,
    SCOPES,
    CONNECTIONS,
    PERIMETERS,
    PROFILES,
    ASSOCIATIONS,
    ACTION_GROUPS,
    ACTIVITY_LOG_ALERTS,
    DEFINITIONS,
    POLICY_ASSIGNMENTS,
    REMEDIATIONS,
    GUEST_ASSIGNMENTS,
    VIRTUAL_MACHINE_INSTANCES,
    ENDPOINTS,
    SERVICE_CONFIGURATIONS,
)
_BY_NAME = {row.name: row for row in TYPES}


def shown_resource(store: Store, resource: Resource) -> dict[str, Any]:
    """Give a resource of any type as ARM shows it."""
    return shown(_BY_NAME[resource.type], store, resource)
