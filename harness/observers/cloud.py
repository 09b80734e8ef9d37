"""cloud.*: what Azure says about a connected machine."""

from __future__ import annotations

from collections import Counter
from urllib.parse import parse_qs, urlsplit

import msgspec

from harness.context import AZURE_LOCAL_API_VERSION, VM_OF_MACHINE, Context
from harness.model.record import Observation
from simulator.contract import Alert, MachineState

#: Members of a run command's instance view, by the words of a scenario.
_VIEW = {"execution": "executionState", "exit-code": "exitCode", "output": "output", "error": "error"}

#: What the numbers of an update client's events mean; that something has begun says nothing. Source: MS-WUSP's table.
_REPORTED = {
    "147": "looked", "162": "downloaded", "183": "installed", "190": "installed", "148": "not-looked",
    "161": "not-downloaded", "182": "not-installed", "195": "not-installed",
}  # fmt: skip


def status(context: Context, machine: str) -> Observation:
    """Read the status, or absent where there is no such resource."""
    found = context.connected_machine(machine)
    return _of("cloud.status", found, found.status if found else "absent")


def statuses(context: Context) -> Observation:
    """Count the connected machines of each status; those of one vmId are one."""
    found = {machine.vm_id: machine.status for machine in context.control.machines()}
    return Observation("cloud.statuses", "seen", dict(Counter(found.values())))


def status_reason(context: Context, machine: str) -> Observation:
    """Read over ARM why the status is what it is; none where ARM does not say."""
    seen = _properties(context, "cloud.status-reason", machine)
    return msgspec.structs.replace(seen, value=seen.value.get("statusReason", "none")) if seen.state == "seen" else seen


def agent_upgrade(context: Context, machine: str) -> Observation:
    """Read over ARM whether automatic upgrades are on, and how the last attempt went; all of it as texts."""
    seen = _properties(context, "cloud.agent-upgrade", machine)
    if seen.state != "seen":
        return seen
    told = seen.value.get("agentUpgrade", {})
    texts = {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in told.items()}
    return msgspec.structs.replace(seen, value=texts)


def _properties(context: Context, subject: str, machine: str) -> Observation:
    """Read a machine's properties over ARM."""
    found = context.connected_machine(machine)
    if found is None:
        return Observation(subject, "absent", "absent")
    answer = context.in_azure("GET", found.id)
    try:
        return Observation(subject, "seen", answer.json()["properties"])
    except (ValueError, KeyError, TypeError):
        return Observation(subject, "unreadable", None, f"{answer.status_code}: {answer.text[:300]}")


def update_report(context: Context) -> Observation:
    """Read what was told last to an update server, of whatever computer."""
    context.control.fetch()
    told = [event.data["event"] for event in context.control.events if event.operation == "updates.report"]
    known = [_REPORTED[number] for number in told if number in _REPORTED]
    return Observation("cloud.update-report", "seen", known[-1] if known else "none")


def version(context: Context, machine: str) -> Observation:
    """Read the agent version that ARM shows."""
    found = context.connected_machine(machine)
    return _of("cloud.version", found, found.agent_version if found else "absent")


def vm_id(context: Context, machine: str) -> Observation:
    """Read the vmId."""
    found = context.connected_machine(machine)
    return _of("cloud.vm-id", found, found.vm_id if found else "absent")


def resource_health(context: Context, machine: str) -> Observation:
    """Read the current availability state over ARM, as a portal does."""
    name = machine or next((found.name for found in context.control.machines()), "")
    path = f"{context.resource_id(name)}/providers/Microsoft.ResourceHealth/availabilityStatuses/current"
    answer = context.in_azure("GET", path, api_version="2025-05-01")
    if answer.status_code == 404:
        return Observation("cloud.resource-health", "absent", "absent")
    try:
        state = msgspec.json.decode(answer.content)["properties"]["availabilityState"]
    except (msgspec.DecodeError, KeyError, TypeError):
        return Observation("cloud.resource-health", "unreadable", None, f"{answer.status_code}: {answer.text[:300]}")
    return Observation("cloud.resource-health", "seen", state)


def extensions(context: Context, machine: str, names: tuple[str, ...]) -> Observation:
    """Read the provisioning state of each extension over ARM; one that is not there is absent."""
    found = context.connected_machine(machine)
    if found is None:
        return Observation("cloud.extensions", "absent", dict.fromkeys(names, "absent"))
    answer = context.in_azure("GET", f"{found.id}/extensions")
    if answer.status_code != 200:
        return Observation("cloud.extensions", "unreadable", None, f"{answer.status_code}: {answer.text[:300]}")
    states = {item["name"]: item["properties"]["provisioningState"] for item in answer.json()["value"]}
    return Observation("cloud.extensions", "seen", {name: states.get(name, "absent") for name in names})


def run_command(context: Context, machine: str, name: str) -> Observation:
    """Read what became of a run command over ARM; of one that has not run, only its state is there."""
    found = context.connected_machine(machine)
    answer = context.in_azure("GET", f"{found.id}/runCommands/{name}") if found else None
    if answer is None or answer.status_code == 404:
        return Observation("cloud.run-command", "absent", {"name": name, "state": "absent"})
    try:
        properties = answer.json()["properties"]
        told = {"name": name, "state": properties["provisioningState"]}
    except (ValueError, KeyError, TypeError):
        return Observation("cloud.run-command", "unreadable", None, f"{answer.status_code}: {answer.text[:300]}")
    view = properties.get("instanceView", {})
    told |= {ours: view[azures] for ours, azures in _VIEW.items() if azures in view}
    return Observation("cloud.run-command", "seen", told)


def patches(context: Context) -> Observation:
    """Read what the last patch operation tells; `critical`, `security` and `other` stand beside the rest."""
    if not context.patches:
        return Observation("cloud.patches", "absent", None, "no step has asked for patches")
    place = urlsplit(context.patches)
    answer = context.in_azure("GET", place.path, api_version=parse_qs(place.query)["api-version"][0])
    if answer.status_code == 202:
        return Observation("cloud.patches", "absent", {"status": "InProgress"})
    if answer.status_code != 200:
        return Observation("cloud.patches", "unreadable", None, f"{answer.status_code}: {answer.text[:300]}")
    told = answer.json()
    return Observation("cloud.patches", "seen", told | told.pop("availablePatchCountByClassification", {}))


def vm(context: Context, machine: str) -> Observation:
    """Read whether the VM of an Arc VM on Azure Local is there."""
    path = f"{context.resource_id(machine)}/{VM_OF_MACHINE}"
    answer = context.in_azure("GET", path, api_version=AZURE_LOCAL_API_VERSION)
    if answer.status_code not in (200, 404):
        return Observation("cloud.vm", "unreadable", None, f"{answer.status_code}: {answer.text[:300]}")
    return Observation("cloud.vm", "seen", "present" if answer.status_code == 200 else "absent")


def advisor(context: Context, machine: str) -> Observation:
    """Read whether Advisor recommends something for the machine."""
    found = context.connected_machine(machine)
    path = f"{context.subscription}/providers/Microsoft.Advisor/recommendations"
    answer = context.in_azure("GET", path, api_version="2023-01-01")
    try:
        listed = [item["properties"]["resourceMetadata"]["resourceId"] for item in answer.json()["value"]]
    except (ValueError, KeyError, TypeError):
        return Observation("cloud.advisor", "unreadable", None, f"{answer.status_code}: {answer.text[:300]}")
    is_listed = found is not None and found.id.lower() in [identifier.lower() for identifier in listed]
    return Observation("cloud.advisor", "seen", "upgrade" if is_listed else "none")


def alerts(context: Context, machine: str) -> Observation:
    """Read whether the newest alert is active or resolved, or that there is none."""
    found = _alerts(context, machine)
    value = "none" if not found else "resolved" if found[-1].resolved else "active"
    return Observation("cloud.alerts", "seen" if found else "absent", value)


def alert_count(context: Context, machine: str) -> Observation:
    """Count the alerts that have fired."""
    return Observation("cloud.alert-count", "seen", len(_alerts(context, machine)))


def deliveries(context: Context, machine: str) -> Observation:
    """Count the webhook deliveries of the newest alert's firing."""
    found = _alerts(context, machine)
    return Observation("cloud.deliveries", "seen" if found else "absent", found[-1].deliveries if found else 0)


def webhook(context: Context) -> Observation:
    """Read what the webhook was told last: schema, essentials and the event's properties; a list as one text."""
    context.control.fetch()
    bodies = [event.data["body"] for event in context.control.events if event.kind == "webhook"]
    if not bodies:
        return Observation("cloud.webhook", "absent", None, "it was told nothing")
    data = bodies[-1]["data"]
    told = {"schemaId": bodies[-1]["schemaId"], **data["essentials"], **data["alertContext"]["properties"]}
    shown = {key: ", ".join(value) if isinstance(value, list) else value for key, value in told.items()}
    return Observation("cloud.webhook", "seen", shown)


def _alerts(context: Context, machine: str) -> list[Alert]:
    every = context.control.alerts()
    return [alert for alert in every if alert.machine.endswith(f"/{machine}")] if machine else every


def _of(subject: str, found: MachineState | None, value: str) -> Observation:
    return Observation(subject, "seen" if found else "absent", value)
