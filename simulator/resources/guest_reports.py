"""How machines comply with guest configuration assignments: what an agent is given, what it reports, what ARM shows.

Source: OpenAPI 2024-04-05 for what is shown. Assumed: how the two hashes are made, that the first report of what was
assigned is `Initial` and the others `Consistency`, and that the newest 20 are kept.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from simulator.clock import FURTHEST, arm_time, iso
from simulator.resources.entities import Entity, GuestReport, Machine, Resource
from simulator.resources.transition import Transition

TYPE = "Microsoft.GuestConfiguration/guestConfigurationAssignments"
_KEPT = 20
_Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class Reason(msgspec.Struct, frozen=True):
    """Why something does not comply."""

    code: str = ""
    phrase: str = ""


class AuditedResource(msgspec.Struct, frozen=True, rename="camel"):
    """One thing that was looked at."""

    resource_id: str
    compliance_status: Literal["Compliant", "NonCompliant"]
    reasons: list[Reason] = []
    properties: dict[str, Any] = {}


class Audit(msgspec.Struct, frozen=True, rename="camel"):
    """Body of an agent's report: what was assigned, when it was looked at, and what was found.

    Raises: ValueError for a moment that lab time cannot reach.
    """

    assignment_hash: str
    start_time: _Moment
    end_time: _Moment
    resources: list[AuditedResource] = []

    def __post_init__(self) -> None:
        for moment in (self.start_time, self.end_time):
            if not 0 <= moment.timestamp() <= FURTHEST:
                raise ValueError(f"'{moment.isoformat()}' is not between 1970 and {iso(FURTHEST)}")


def configuration_of(assignment: Resource) -> dict[str, Any]:
    """Give what is assigned, as its agent is given it; the assignment's name is that of a configuration without one."""
    wanted = assignment.properties.get("guestConfiguration") or {}
    return {**wanted, "name": wanted.get("name") or assignment.name}


def hash_of(assignment: Resource) -> str:
    """Give what changes when something else is assigned."""
    return _hash(configuration_of(assignment))


def handed_out(assignment: Resource) -> dict[str, Any]:
    """Give an assignment as the agent is told of it."""
    return {
        "name": assignment.name, "assignmentHash": hash_of(assignment), "configuration": configuration_of(assignment),
    }  # fmt: skip


def taken(
    assignment: Resource, before: Sequence[GuestReport], audit: Audit, machine: Machine, now: float
) -> Transition:
    """Give what a report changes that has come at `now`, in seconds of lab time.

    `before` are the reports of this assignment, of which the oldest go.
    """
    report = GuestReport(
        key=f"{assignment.key}/reports/{uuid.uuid4()}", assignment=assignment.key, hash=audit.assignment_hash,
        configuration=configuration_of(assignment),
        is_initial=not any(each.hash == audit.assignment_hash for each in before),
        is_compliant=all(each.compliance_status == "Compliant" for each in audit.resources),
        started=audit.start_time.timestamp(), ended=audit.end_time.timestamp(),
        resources=msgspec.to_builtins(audit.resources), arrived=now,
    )  # fmt: skip
    old = newest_first(before)[_KEPT - 1 :]
    gone: tuple[tuple[type[Entity], str], ...] = tuple((GuestReport, each.key) for each in old)
    told = {"assignment": assignment.key, "complianceStatus": _status(report)}
    return Transition("gas.assignmentReport", (report,), gone, machine=machine.key, data=told)


def newest_first(reports: Sequence[GuestReport]) -> list[GuestReport]:
    """Give reports from the last that came on, whatever the machine's clock said; at once, by the ends of audits."""
    return sorted(reports, key=lambda report: (report.arrived, report.ended), reverse=True)


def shown(report: GuestReport, machine: Machine) -> dict[str, Any]:
    """Give a report as ARM shows it."""
    number = report.key.rpartition("/")[2]
    common = {"complianceStatus": _status(report), "startTime": arm_time(report.started),
              "endTime": arm_time(report.ended)}  # fmt: skip
    details = {**common, "jobId": number, "operationType": _operation(report), "resources": report.resources}
    properties = {**common, "reportId": number, **_about(report, machine), "details": details}
    return {"id": report.key, "name": number, "properties": properties}


def compliance(assignment: Resource, reports: Sequence[GuestReport], machine: Machine) -> dict[str, Any]:
    """Give what an assignment shows of its newest report; one of what was assigned before counts for nothing."""
    wanted = hash_of(assignment)
    parameters = configuration_of(assignment).get("configurationParameter") or []
    hashes = {"assignmentHash": wanted, "parameterHash": _hash(parameters)}
    latest = next((each for each in newest_first(reports) if each.hash == wanted), None)
    if latest is None:
        return {"complianceStatus": "Pending", "lastComplianceStatusChecked": None, "latestReportId": None, **hashes}
    number = latest.key.rpartition("/")[2]
    report = {
        "id": latest.key, "reportId": number, **_about(latest, machine), "startTime": arm_time(latest.started),
        "endTime": arm_time(latest.ended), "complianceStatus": _status(latest), "operationType": _operation(latest),
        "resources": latest.resources,
    }  # fmt: skip
    return {"complianceStatus": _status(latest), "lastComplianceStatusChecked": arm_time(latest.ended),
            "latestReportId": latest.key, "latestAssignmentReport": report, **hashes}  # fmt: skip


def _about(report: GuestReport, machine: Machine) -> dict[str, Any]:
    named = {"name": report.configuration["name"], "version": report.configuration.get("version", "")}
    name = report.assignment.rpartition("/")[2]
    return {"assignment": {"name": name, "configuration": named}, "vm": {"id": machine.key, "uuid": machine.vm_id}}


def _status(report: GuestReport) -> str:
    return "Compliant" if report.is_compliant else "NonCompliant"


def _operation(report: GuestReport) -> str:
    return "Initial" if report.is_initial else "Consistency"


def _hash(value: Any) -> str:
    return hashlib.sha256(msgspec.json.encode(value, order="deterministic")).hexdigest().upper()
