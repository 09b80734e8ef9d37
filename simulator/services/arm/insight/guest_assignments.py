"""`Microsoft.GuestConfiguration/guestConfigurationAssignments` on connected machines, and their reports.

Source: OpenAPI 2024-04-05. Assumed: an assignment stays `Pending` and has no report, as the stand-in agent runs none.
"""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.responses import Response

from simulator.call import Call
from simulator.errors import ApiError
from simulator.resources.entities import Machine, Resource
from simulator.services.arm.answers import with_body
from simulator.services.arm.names import Parts
from simulator.services.arm.plain import need
from simulator.services.arm.plain_type import PlainType
from simulator.store import Store


class Parameter(msgspec.Struct):
    """One value of a configuration."""

    name: str = ""
    value: str = ""


class Configuration(msgspec.Struct, rename="camel"):
    """Which configuration is wanted, and how."""

    name: str = ""
    kind: str = "DSC"
    version: str = ""
    content_uri: str = ""
    content_hash: str = ""
    assignment_type: str = "Audit"
    configuration_parameter: list[Parameter] = []
    configuration_setting: dict[str, Any] = {}


class GuestAssignment(msgspec.Struct, rename="camel"):
    """What a client may write of an assignment."""

    guest_configuration: Configuration = msgspec.field(default_factory=Configuration)
    context: str = ""


def list_reports(store: Store, call: Call, parts: Parts) -> Response:
    """List the reports of an assignment: none. Raises: ApiError 404 for an unknown assignment."""
    need(GUEST_ASSIGNMENTS, store, parts)
    return with_body(call, {"value": []})


def get_report(store: Store, _call: Call, parts: Parts) -> Response:
    """Refuse to give a report. Raises: ApiError 404."""
    need(GUEST_ASSIGNMENTS, store, parts)
    raise ApiError(404, "ResourceNotFound", f"The report '{parts['report']}' was not found.")


def _complete(store: Store, resource: Resource, _before: Resource | None) -> Resource:
    """Refuse an assignment to anything but a machine. Raises: ApiError 400."""
    machine = resource.key[: resource.key.lower().rindex("/providers/microsoft.guestconfiguration")]
    if store.get(Machine, machine) is None:
        raise ApiError(400, "BadRequest", f"'{machine}' is no connected machine.")
    return resource


def _view(_store: Store, resource: Resource) -> dict[str, Any]:
    return {**resource.properties, "complianceStatus": "Pending", "lastComplianceStatusChecked": None,
            "latestReportId": None, "parameterHash": None, "assignmentHash": None,
            "resourceType": "Microsoft.HybridCompute/machines"}  # fmt: skip


GUEST_ASSIGNMENTS = PlainType(
    name="Microsoft.GuestConfiguration/guestConfigurationAssignments", within="scope", is_tracked=False,
    shape=GuestAssignment, members=("location",), has_system_data=False, complete=_complete, view=_view,
    verbs=("list", "get", "put", "delete"),
)  # fmt: skip
