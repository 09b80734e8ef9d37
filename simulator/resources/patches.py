"""Patch operations: what an assessment or an installation is asked for, and the body that it gives.

Source: recorded exchanges of both, for Windows; the OpenAPI for Linux.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from simulator.clock import arm_time
from simulator.errors import ApiError
from simulator.resources import operations
from simulator.resources.entities import Machine, Operation
from simulator.resources.operations import Report
from simulator.resources.request_body import object_of

_DURATION = re.compile(r"P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+S)?)?")
_REBOOTS = ("IfRequired", "Never", "Always")
_CLASSES = {
    "linuxParameters": ("Critical", "Security", "Other"),
    "windowsParameters": ("Critical", "Security", "UpdateRollUp", "FeaturePack", "ServicePack", "Definition", "Tools",
                          "Updates"),
}  # fmt: skip
_LISTS = ("classificationsToInclude", "packageNameMasksToInclude", "packageNameMasksToExclude")
_COUNTS = ("security", "critical", "other")
#: What an agent may tell, with what stands for silence.
_ASSESSED: dict[str, Any] = {"patchServiceUsed": "Unknown", "rebootPending": False}
_INSTALLED: dict[str, Any] = {
    "patchServiceUsed": "Unknown", "rebootStatus": "Unknown", "maintenanceWindowExceeded": False,
    "excludedPatchCount": 0, "notSelectedPatchCount": 0, "pendingPatchCount": 0, "installedPatchCount": 0,
    "failedPatchCount": 0,
}  # fmt: skip


def wanted(body: dict[str, Any]) -> dict[str, Any]:
    """Give what an installation is asked for.

    Raises: ApiError 400 without `maximumDuration` (such as PT4H) or `rebootSetting`, or for a value that cannot be.
    """
    if not _DURATION.fullmatch(str(body.get("maximumDuration"))):
        raise _refused("The property 'maximumDuration' must be a duration such as 'PT4H'.")
    if body.get("rebootSetting") not in _REBOOTS:
        raise _refused(f"The property 'rebootSetting' must be one of {', '.join(_REBOOTS)}.")
    for system, classes in _CLASSES.items():
        parameters = object_of(body, system)
        for name in _LISTS:
            given = parameters.get(name) or []
            if not isinstance(given, list) or not all(isinstance(item, str) for item in given):
                raise _refused(f"The property '{system}.{name}' must be a list of texts.")
        unknown = [item for item in parameters.get(_LISTS[0]) or [] if item not in classes]
        if unknown:
            raise _refused(f"The classification '{unknown[0]}' is not one of {', '.join(classes)}.")
    names = ("maximumDuration", "rebootSetting", *_CLASSES)
    return {name: body[name] for name in names if body.get(name)}


def told(operation: Operation, machine: Machine) -> dict[str, Any]:
    """Give what the agent has to know."""
    return {"name": machine.name, **operation.options}


def reported(operation: Operation, machine: Machine, report: Report, now: float) -> tuple[Operation, Machine]:
    """Give operation and machine after the agent's report; what it found or did is the operation's result."""
    if report.status == "transitioning":
        return operation, machine
    after = operations.ended(operation, report, now)
    return msgspec.structs.replace(after, result=_seen(operation, report.result)), machine


def shown(operation: Operation, machine: Machine | None) -> dict[str, Any]:
    """Give the body of an operation that has ended. Source: recorded bodies.

    Assumed: one that could not install everything is CompletedWithWarnings.
    """
    is_assessment = operation.action == "patches.assessPatches"
    told_of = operation.result or _seen(operation, {})
    status = operation.status if operation.status == "Succeeded" else "Failed"
    if status == "Succeeded" and told_of.get("failedPatchCount"):
        status = "CompletedWithWarnings"
    system = str(machine.facts.get("osType", "linux") if machine else "linux")
    body = {
        "startDateTime": arm_time(operation.started),
        "lastModifiedDateTime": arm_time(operation.ended or operation.started), "startedBy": "User",
        "status": status, **told_of, "osType": "Windows" if system.lower() == "windows" else "Linux",
        "assessmentActivityId" if is_assessment else "installationActivityId": operation.key,
    }  # fmt: skip
    if status == "Failed":
        body["errorDetails"] = {"code": operation.code, "message": operation.message, "details": []}
    return body


def _seen(operation: Operation, result: dict[str, Any]) -> dict[str, Any]:
    """Give what the agent told, with what it left out. Raises: ApiError 400 for a value of another type."""
    is_assessment = operation.action == "patches.assessPatches"
    expected = _ASSESSED if is_assessment else _INSTALLED
    seen = {name: result.get(name, otherwise) for name, otherwise in expected.items()}
    wrong = [name for name, otherwise in expected.items() if type(seen[name]) is not type(otherwise)]
    if is_assessment:
        counts = object_of(result, "availablePatchCountByClassification")
        seen["availablePatchCountByClassification"] = {name: counts.get(name, 0) for name in _COUNTS}
        wrong += [name for name in _COUNTS if type(counts.get(name, 0)) is not int]
    if wrong:
        raise _refused(f"The member '{wrong[0]}' of the result has another type.")
    return seen


def _refused(message: str) -> ApiError:
    return ApiError(400, "InvalidRequestContent", message)
