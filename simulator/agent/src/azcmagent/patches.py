"""Patch operations: look for pending updates, and install those that are asked for within a time."""

import fnmatch
import re
import subprocess
import time

from azcmagent.errors import AgentError
from azcmagent.state import read_json, write_json

_DURATION = re.compile(r"^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$")
_CLASSES = ("Critical", "Security", "Other")


def assess(_operation, manager, _progress):
    """Give the result of an assessment. Raises: AgentError."""
    kinds = list(manager.pending().values())
    counts = {kind.lower(): kinds.count(kind) for kind in _CLASSES}
    return {"patchServiceUsed": manager.name, "rebootPending": manager.needs_reboot(),
            "availablePatchCountByClassification": counts}  # fmt: skip


def install(operation, manager, progress):
    """Install what is asked for, and give the result. Raises: AgentError when nothing could be looked for.

    `progress` is a file in which it is kept what was chosen, since an update of the agent itself ends this process: the
    next one goes on, and what is pending no more was installed. Assumed: without classifications and masks everything
    is asked for; a mask adds to the classifications.
    """
    pending = manager.pending()
    begun = read_json(progress)
    if begun.get("operationId") != operation["operationId"]:
        begun = _chosen(operation, pending)
        write_json(progress, begun, 0o600)
    waiting = [package for package in begun["chosen"] if package in pending]
    installed, failed = len(begun["chosen"]) - len(waiting), 0
    for package in waiting:
        if time.time() >= begun["until"]:
            break
        try:
            manager.install(package)
            installed += 1
        except AgentError:
            failed += 1
    left = len(begun["chosen"]) - installed - failed
    return {
        "patchServiceUsed": manager.name, "installedPatchCount": installed, "failedPatchCount": failed,
        "pendingPatchCount": left, "excludedPatchCount": begun["excluded"], "notSelectedPatchCount": begun["others"],
        "maintenanceWindowExceeded": left > 0, "rebootStatus": _reboot(manager, operation["rebootSetting"]),
    }  # fmt: skip


def _chosen(operation, pending):
    chosen, excluded, others = select(pending, operation.get("linuxParameters") or {})
    until = time.time() + seconds_of(operation["maximumDuration"])
    return {"operationId": operation["operationId"], "until": until, "chosen": chosen, "excluded": len(excluded),
            "others": len(others)}  # fmt: skip


def seconds_of(duration):
    """Give the seconds of a duration such as PT1H30M. Raises: AgentError."""
    match = _DURATION.match(duration)
    if match is None:
        raise AgentError(1, "'%s' is no duration." % duration)
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def select(pending, parameters):
    """Give names of updates: (chosen, excluded, not selected), each sorted."""
    classes = parameters.get("classificationsToInclude") or []
    include = parameters.get("packageNameMasksToInclude") or []
    exclude = parameters.get("packageNameMasksToExclude") or []
    wanted = {
        name for name, kind in pending.items() if kind in classes or _fits(name, include) or not (classes or include)
    }
    excluded = {name for name in wanted if _fits(name, exclude)}
    return sorted(wanted - excluded), sorted(excluded), sorted(set(pending) - wanted)


def _fits(name, masks):
    return any(fnmatch.fnmatchcase(name, mask) for mask in masks)


def _reboot(manager, setting):
    """Do what is said of rebooting, and give its status. Assumed: the reboot comes a minute later."""
    needed = manager.needs_reboot()
    if setting == "Never" or (setting == "IfRequired" and not needed):
        return "Required" if needed else "NotNeeded"
    try:
        subprocess.run(["shutdown", "-r", "+1"], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "Failed"
    return "Started"
