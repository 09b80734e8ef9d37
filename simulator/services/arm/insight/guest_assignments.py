"""`Microsoft.GuestConfiguration/guestConfigurationAssignments` on connected machines, and their reports.

Source: OpenAPI 2024-04-05. Assumed: an assignment is `Pending` until the agent has reported of it.
"""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.responses import Response

from simulator.call import Call
from simulator.errors import ApiError
from simulator.resources import guest_reports
from simulator.resources.entities import GuestReport, Machine, Resource
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
    """List the reports of an assignment, the newest first. Raises: ApiError 404 for an unknown assignment."""
    resource, machine = _assigned(store, parts)
    found = guest_reports.newest_first(store.below(GuestReport, resource.key))
    return with_body(call, {"value": [guest_reports.shown(report, machine) for report in found]})


def get_report(store: Store, call: Call, parts: Parts) -> Response:
    """Give one report. Raises: ApiError 404 for an unknown assignment or report."""
    resource, machine = _assigned(store, parts)
    report = store.get(GuestReport, f"{resource.key}/reports/{parts['report']}")
    if report is None:
        raise ApiError(404, "ResourceNotFound", f"The report '{parts['report']}' was not found.")
    return with_body(call, guest_reports.shown(report, machine))


def _assigned(store: Store, parts: Parts) -> tuple[Resource, Machine]:
    """Give an assignment and its machine. Raises: ApiError 404."""
    resource = need(GUEST_ASSIGNMENTS, store, parts)
    return resource, _machine_of(store, resource)


def _machine_of(store: Store, resource: Resource) -> Machine:
    """Give the machine that something is assigned to. Raises: ApiError 400 for anything else."""
    key = resource.key[: resource.key.lower().rindex("/providers/microsoft.guestconfiguration")]
    machine = store.get(Machine, key)
    if machine is None:
        raise ApiError(400, "BadRequest", f"'{key}' is no connected machine.")
    return machine


def _complete(store: Store, resource: Resource, _before: Resource | None) -> Resource:
    """Refuse an assignment to anything but a machine. Raises: ApiError 400."""
    _machine_of(store, resource)
    return resource


def _view(store: Store, resource: Resource) -> dict[str, Any]:
    machine, reports = _machine_of(store, resource), store.below(GuestReport, resource.key)
    return {**resource.properties, "targetResourceId": machine.key,
            "resourceType": "Microsoft.HybridCompute/machines",
            **guest_reports.compliance(resource, reports, machine)}  # fmt: skip


GUEST_ASSIGNMENTS = PlainType(
    name=guest_reports.TYPE, within="scope", is_tracked=False,
    shape=GuestAssignment, members=("location",), has_system_data=False, complete=_complete, view=_view,
    verbs=("list", "get", "put", "delete"),
)  # fmt: skip
