"""Run commands: scripts that the agent of a machine runs, and what became of them.

Source: recorded bodies, the OpenAPI, and the public documentation of Run Command on Arc-enabled servers.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from simulator.errors import ApiError
from simulator.resources import operations
from simulator.resources.entities import Machine, Operation, RunCommand
from simulator.resources.operations import Report
from simulator.resources.request_body import merged, object_of
from simulator.resources.tags import tags_of

OUTPUT_CHARACTERS = 4096  # Source: output and error are the last 4 KB
_NAME = re.compile(r"[a-zA-Z0-9\-_.]{1,80}")  # Assumed: the length
_SOURCES = ("script", "scriptUri", "commandId")
_TEXTS = ("runAsUser", "outputBlobUri", "errorBlobUri")
_OBJECTS = ("source", "outputBlobManagedIdentity", "errorBlobManagedIdentity")
_LISTS = ("parameters", "protectedParameters")
_WRITABLE = (*_OBJECTS, *_LISTS, *_TEXTS, "asyncExecution", "timeoutInSeconds", "runAsPassword")
_NEVER_SHOWN = ("protectedParameters", "runAsPassword")
#: What a report may tell, with the types of the OpenAPI.
_VIEW = {"executionState": str, "executionMessage": str, "exitCode": int, "output": str, "error": str,
         "startTime": str, "endTime": str}  # fmt: skip
_STATES = ("Unknown", "Pending", "Running", "Failed", "Succeeded", "TimedOut", "Canceled")


def run_command_id(machine: Machine, name: str) -> str:
    """Give a run command's ARM id. Source: recorded ids write `runcommands`."""
    return f"{machine.key}/runcommands/{name}"


def wanted(machine: Machine, name: str, body: dict[str, Any], before: RunCommand | None, run: str) -> RunCommand:
    """Give a run command as a body wants it, to be run anew in the operation `run`; with `before`, a PATCH of that.

    Raises: ApiError 400 for a bad name or a property that cannot be.
    """
    if not _NAME.fullmatch(name):
        raise ApiError(400, "InvalidResourceName", f"The resource name '{name}' is not valid.")
    given = object_of(body, "properties")
    change = {key: given[key] for key in _WRITABLE if key in given}
    properties = merged(before.properties if before else {}, change)
    _check(properties)
    for key in _LISTS:
        if key in properties:
            properties[key] = [_parameter(key, item) for item in properties[key]]
    return RunCommand(
        key=before.key if before else run_command_id(machine, name), machine=machine.key, location=machine.location,
        name=before.name if before else name, properties=properties, run=run,
        state="Updating" if before else "Creating",
        tags=tags_of(body) if "tags" in body or before is None else before.tags,
    )  # fmt: skip


def shown(command: RunCommand) -> dict[str, Any]:
    """Give a run command as ARM shows it: no protected parameters, no password. Source: recorded bodies."""
    seen = {name: value for name, value in command.properties.items() if name not in _NEVER_SHOWN}
    properties = {"asyncExecution": False, "timeoutInSeconds": 0, **seen, "provisioningState": command.state}
    if command.view:
        properties["instanceView"] = command.view
    body = {"id": command.key, "name": command.name, "type": "Microsoft.HybridCompute/machines/runcommands",
            "location": command.location, "properties": properties}  # fmt: skip
    return body | ({"tags": command.tags} if command.tags else {})


def told(operation: Operation, command: RunCommand) -> dict[str, Any]:
    """Give what the agent has to know: all of it, or the name alone of one that is to go."""
    if operation.action == "runCommands.deleteCommand":
        return {"name": command.name}
    return {"name": command.name, **command.properties}


def is_open(operation: Operation, command: RunCommand) -> bool:
    """Say whether the agent may still tell of an operation: also of a script that went on by itself."""
    goes_on = command.run == operation.key and command.view.get("executionState") == "Running"
    return operation.status == "InProgress" or (operation.status == "Succeeded" and goes_on)


def reported(
    operation: Operation, command: RunCommand, report: Report, now: float
) -> tuple[Operation, RunCommand | None]:
    """Give operation and run command after the agent's report; a deleted one is gone (None).

    Source: provisioning succeeds when the script was run, whatever its exit status; with `asyncExecution` as soon as it
    has started.
    """
    is_over = report.status != "transitioning"
    view = _view(report.result) if report.result else command.view
    after = operation
    if operation.status == "InProgress" and (is_over or command.properties.get("asyncExecution")):
        started = report if is_over else msgspec.structs.replace(report, status="succeeded")
        after = operations.ended(operation, started, now)
    state = command.state if after.status == operation.status else after.status
    if operation.action == "runCommands.deleteCommand":
        return after, None if is_over and report.is_good else msgspec.structs.replace(command, state=state)
    if is_over and not report.is_good and not report.result:
        view = {"executionState": "Failed", "executionMessage": report.message}
    return after, msgspec.structs.replace(command, view=view, state=state)


def _view(result: dict[str, Any]) -> dict[str, Any]:
    """Give the instance view of a report. Raises: ApiError 400 for a value of another type."""
    view = {name: result[name] for name in _VIEW if name in result}
    for name, value in view.items():
        if not isinstance(value, _VIEW[name]) or isinstance(value, bool):
            raise ApiError(400, "InvalidRequestContent", f"The member '{name}' of the result has another type.")
    if view.get("executionState") not in _STATES:
        raise ApiError(400, "InvalidRequestContent", f"The execution state is not one of {', '.join(_STATES)}.")
    cut = {name: view[name][-OUTPUT_CHARACTERS:] for name in ("output", "error") if name in view}
    return view | cut


def _check(properties: dict[str, Any]) -> None:
    """Raises: ApiError 400 `InvalidRequestContent`, which names the property."""
    for name, kind, what in (
        *((name, dict, "an object") for name in _OBJECTS), *((name, list, "a list") for name in _LISTS),
        *((name, str, "a text") for name in (*_TEXTS, "runAsPassword")), ("asyncExecution", bool, "true or false"),
        ("timeoutInSeconds", int, "a number"),
    ):  # fmt: skip
        value = properties.get(name)
        is_good = name not in properties or (isinstance(value, kind) and not (kind is int and isinstance(value, bool)))
        if not is_good:
            raise ApiError(400, "InvalidRequestContent", f"The property '{name}' must be {what}.")
    if properties.get("timeoutInSeconds", 0) < 0:
        raise ApiError(400, "InvalidRequestContent", "The property 'timeoutInSeconds' must not be negative.")
    source = object_of(properties, "source")
    given = [name for name in _SOURCES if source.get(name)]
    if len(given) != 1 or not isinstance(source[given[0]], str):
        known = ", ".join(_SOURCES)
        raise ApiError(400, "InvalidRequestContent", f"The property 'source' must have one text of: {known}.")


def _parameter(place: str, item: Any) -> dict[str, str]:
    """Give a parameter with its value as text. Source: documented examples have numbers; a name may be empty."""
    if not isinstance(item, dict) or not isinstance(item.get("name", ""), str) or item.get("value") is None:
        raise ApiError(400, "InvalidRequestContent", f"An item of '{place}' must have a 'name' and a 'value'.")
    value = item["value"]
    if not isinstance(value, str | int | float):
        raise ApiError(400, "InvalidRequestContent", f"The value of '{item.get('name')}' in '{place}' must be a text.")
    return {"name": item.get("name", ""), "value": str(value)}
