"""`.../machines/{m}/runCommands`: scripts for the agent of a machine. Source: recorded exchanges; docs/wire/arm.md."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from simulator.call import Call
from simulator.errors import ApiError
from simulator.resources import run_commands as rules
from simulator.resources.entities import Machine, Operation, RunCommand
from simulator.resources.transition import Transition
from simulator.services.arm.answers import accepted, polling_headers, with_body, without_body
from simulator.services.arm.expansion import wants_instance_view
from simulator.services.arm.machines import need_parent
from simulator.services.arm.names import NAMESPACE, Parts
from simulator.services.arm.operations import begun, canceled
from simulator.store import Store


def list_all(store: Store, call: Call, parts: Parts) -> Response:
    """List a machine's run commands. Source: instance views are there with and without `$expand`."""
    machine = need_parent(store, parts)
    wants_instance_view(call)
    return with_body(call, {"value": [rules.shown(item) for item in store.below(RunCommand, machine.key)]})


def get(store: Store, call: Call, parts: Parts) -> Response:
    """Give one run command. Raises: ApiError 404."""
    return with_body(call, rules.shown(_need(store, need_parent(store, parts), parts)))


def put(store: Store, call: Call, parts: Parts) -> Response:
    """Run a script: 201 with the new resource, 200 with one that is there. Raises: ApiError 400, 404.

    Source: 201 with both addresses of the operation; an update stops the run before. Assumed: 200 for an update.
    """
    machine = need_parent(store, parts)
    before = _find(store, machine, parts)
    name = before.name if before else parts["command"]
    operation = begun(call, "runCommands.runCommand", rules.run_command_id(machine, name), machine=machine.key)
    command = rules.wanted(machine, name, call.json(), None, operation.key)
    _begin(store, machine, command, operation)
    headers = polling_headers(call, operation, machine.location)
    return with_body(call, rules.shown(command), 200 if before else 201, headers)


def patch(store: Store, call: Call, parts: Parts) -> Response:
    """Change a run command: tags at once (200), anything else by running it anew (202). Raises: ApiError 400, 404.

    Source: OpenAPI of 2024-05-20-preview; the newest version has no such operation. Assumed: which answer is when.
    """
    machine = need_parent(store, parts)
    before = _need(store, machine, parts)
    operation = begun(call, "runCommands.runCommand", before.key, machine=machine.key)
    command = rules.wanted(machine, before.name, call.json(), before, operation.key)
    if command.properties == before.properties:
        tagged = msgspec.structs.replace(before, tags=command.tags)
        store.apply(Transition("runCommands.tag", (tagged,), machine=machine.key))
        return with_body(call, rules.shown(tagged))
    _begin(store, machine, command, operation)
    return accepted(call, operation, machine.location)


def delete(store: Store, call: Call, parts: Parts) -> Response:
    """Begin to remove a run command, and stop its script: 202; 204 for what is not there. Raises: ApiError 404."""
    machine = need_parent(store, parts)
    command = _find(store, machine, parts)
    if command is None:
        return without_body(call, 204)
    operation = begun(call, "runCommands.deleteCommand", command.key, machine=machine.key)
    _begin(store, machine, msgspec.structs.replace(command, state="Deleting"), operation)
    return accepted(call, operation, machine.location)


def _begin(store: Store, machine: Machine, command: RunCommand, operation: Operation) -> None:
    """Keep both; what else is pending for this run command ends, as the newest wish counts."""
    pending = store.find(Operation, "pending_on", machine.key)
    older = [item for item in pending if item.resource.lower() == command.key.lower()]
    ended = (canceled(item, "Another operation on the run command has begun.") for item in older)
    store.apply(Transition(operation.action, (command, operation, *ended), machine=machine.key))


def _find(store: Store, machine: Machine, parts: Parts) -> RunCommand | None:
    return store.get(RunCommand, rules.run_command_id(machine, parts["command"]))


def _need(store: Store, machine: Machine, parts: Parts) -> RunCommand:
    command = _find(store, machine, parts)
    if command is None:
        what = f"{NAMESPACE}/machines/{machine.name}/runCommands/{parts['command']}"
        message = (
            f"The Resource '{what}' under resource group '{machine.resource_group}' was not found. For more details "
        )
        raise ApiError(404, "ResourceNotFound", f"{message}please go to https://aka.ms/ARMResourceNotFoundFix")
    return command
