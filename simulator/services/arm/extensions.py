"""`.../machines/{m}/extensions`: extensions of a machine. Source: recorded bodies; see docs/wire/arm.md."""

from __future__ import annotations

from functools import partial
from typing import Any

import msgspec
from starlette.responses import Response

from simulator.call import Call
from simulator.errors import ApiError
from simulator.extension_catalogue import load_catalogue
from simulator.resources import extensions as extension_rules
from simulator.resources import system_data
from simulator.resources.entities import Extension, Machine, Operation
from simulator.resources.request_body import object_of
from simulator.resources.transition import Transition
from simulator.services.arm.answers import accepted, with_body, without_body
from simulator.services.arm.authors import author_of
from simulator.services.arm.expansion import wants_instance_view
from simulator.services.arm.machines import need_machine, need_parent
from simulator.services.arm.names import Parts
from simulator.services.arm.operations import begun, begun_at, consisting_of
from simulator.store import Store


def list_all(store: Store, call: Call, parts: Parts) -> Response:
    """List a machine's extensions. Source: instance views are there with and without `$expand`."""
    machine = need_parent(store, parts)
    wants_instance_view(call)
    found = store.find(Extension, "machine", machine.key)
    return with_body(call, {"value": [extension_rules.shown(extension) for extension in found]})


def get(store: Store, call: Call, parts: Parts) -> Response:
    """Give one extension. Raises: ApiError 404 `HCRP404`."""
    return with_body(call, extension_rules.shown(_need(store, need_parent(store, parts), parts)))


def put(store: Store, call: Call, parts: Parts) -> Response:
    """Begin to install or update an extension, by PUT and PATCH: 202. Raises: ApiError 400, 404, 409 `HCRP409`."""
    machine = need_parent(store, parts)
    if call.method == "PATCH":
        _need(store, machine, parts)
    operation = start(store, machine, parts["extension"], call.json(), author=author_of(store, call), now=call.now)
    return accepted(call, operation, machine.location)


def start(
    store: Store, machine: Machine, name: str, body: dict[str, Any], *, author: system_data.Author, now: float
) -> Operation:
    """Keep an extension as a body wants it, and the operation that the agent will fetch; give the operation.

    Raises: ApiError 400, 409 `HCRP409`.
    """
    _refuse_busy(store, machine)
    before = _find(store, machine, name)
    extension, operation = _wanted(store, machine, name, body, before=before, author=author, now=now)
    store.apply(Transition(operation.action, (extension, operation), machine=machine.key))
    return operation


def delete(store: Store, call: Call, parts: Parts) -> Response:
    """Begin to remove an extension: 202; 204 for what is not there. Raises: ApiError 404, 409."""
    machine = need_parent(store, parts)
    extension = _find(store, machine, parts["extension"])
    if extension is None:
        return without_body(call, 204)
    _refuse_busy(store, machine)
    operation = begun(call, "extensions.uninstall", extension.key, machine=machine.key)
    return _begin(store, call, machine, msgspec.structs.replace(extension, state="Deleting"), operation)


def upgrade(store: Store, call: Call, parts: Parts) -> Response:
    """Begin to bring extensions to other versions: 202, an operation of the whole.

    Source: a key of `extensionTargets` that no extension has is passed over; recorded. Assumed: without `targetVersion`
    it is the newest. Raises: ApiError 400 for a version that is not known, 404, 409 `HCRP409`.
    """
    machine = need_machine(store, parts)
    targets = object_of(call.json(), "extensionTargets")
    wanted = partial(_wanted, store, machine, author=author_of(store, call), now=call.now)
    _refuse_busy(store, machine)
    begun_parts = []
    for extension in store.find(Extension, "machine", machine.key):
        target = _target_of(extension, targets)
        if target is not None:
            properties = {"typeHandlerVersion": str(target.get("targetVersion") or "") or _newest_of(extension)}
            body = {"properties": properties}
            begun_parts.append(wanted(extension.name, body, before=extension))
    return _begin_all(store, call, machine, "machines.upgradeExtensions", begun_parts)


def add(store: Store, call: Call, parts: Parts) -> Response:
    """Begin to install several extensions: 202, an operation of the whole.

    Assumed: each is named by its type, or is the one of its publisher and type that is there.
    Raises: ApiError 400, 404, 409 `HCRP409`.
    """
    machine = need_machine(store, parts)
    given = call.json().get("extensions") or []
    if not isinstance(given, list) or not all(isinstance(item, dict) for item in given):
        raise ApiError(400, "InvalidRequestContent", "The property 'extensions' must be a list of objects.")
    _refuse_busy(store, machine)
    kinds = [(str(item.get("publisher")).lower(), str(item.get("type")).lower()) for item in given]
    if len(set(kinds)) < len(kinds):
        raise ApiError(400, "InvalidRequestContent", "The property 'extensions' has a publisher and type twice.")
    held = {extension_rules.kind_of(item): item for item in store.find(Extension, "machine", machine.key)}
    wanted = partial(_wanted, store, machine, author=author_of(store, call), now=call.now)
    begun_parts = []
    for item, kind in zip(given, kinds, strict=True):
        before = held.get(kind)
        name = before.name if before else str(item.get("type") or "")
        begun_parts.append(wanted(name, {"properties": item}, before=before))
    return _begin_all(store, call, machine, "machines.addExtensions", begun_parts)


def _wanted(
    store: Store,
    machine: Machine,
    name: str,
    body: dict[str, Any],
    *,
    before: Extension | None,
    author: system_data.Author,
    now: float,
) -> tuple[Extension, Operation]:
    """Give an extension as a body wants it, in a version of the catalogue, and the operation for the agent.

    Source: `HCRP400` with the text `ExtensionNotFound`, from a public issue.
    """
    key = before.key if before else f"{machine.key}/extensions/{name}"
    extension = extension_rules.wanted(
        key, machine, before.name if before else name, body, before, author=author, now=now
    )
    _refuse_second(store, extension)
    takes_minor = bool(extension.options.get("autoUpgradeMinorVersion"))
    version = load_catalogue().version_for(
        extension.publisher, extension.type, extension.version, takes_minor=takes_minor
    )
    if not version:
        raise ApiError(400, "HCRP400", "ExtensionNotFound")
    action = "extensions.update" if before else "extensions.install"
    return msgspec.structs.replace(extension, version=version), begun_at(now, action, key, machine=machine.key)


def _begin(store: Store, call: Call, machine: Machine, extension: Extension, operation: Operation) -> Response:
    """Keep the extension and the operation that the agent will fetch."""
    store.apply(Transition(operation.action, (extension, operation), machine=machine.key))
    return accepted(call, operation, machine.location)


def _begin_all(
    store: Store, call: Call, machine: Machine, action: str, begun_parts: list[tuple[Extension, Operation]]
) -> Response:
    """Keep several of both, and the operation that consists of them."""
    whole = consisting_of(call, action, machine, [operation for _, operation in begun_parts])
    kept = [entity for pair in begun_parts for entity in pair]
    store.apply(Transition(action, (*kept, whole), machine=machine.key))
    return accepted(call, whole, machine.location)


def _target_of(extension: Extension, targets: dict[str, Any]) -> dict[str, Any] | None:
    """Give what `extensionTargets` says of an extension, by `Publisher.Type` in any case. Raises: ApiError 400."""
    name = ".".join(extension_rules.kind_of(extension))
    key = next((key for key in targets if key.lower() == name), None)
    return None if key is None else object_of(targets, key)


def _newest_of(extension: Extension) -> str:
    return load_catalogue().version_for(extension.publisher, extension.type, "")


def _find(store: Store, machine: Machine, name: str) -> Extension | None:
    return store.get(Extension, f"{machine.key}/extensions/{name}")


def _need(store: Store, machine: Machine, parts: Parts) -> Extension:
    extension = _find(store, machine, parts["extension"])
    if extension is None:
        message = f"The extension '{parts['extension']}' of machine '{machine.name}' was not found."
        raise ApiError(404, "HCRP404", message)
    return extension


def _refuse_busy(store: Store, machine: Machine) -> None:
    """Refuse a second extension operation on a machine."""
    pending = store.find(Operation, "pending_on", machine.key)
    if any(operation.action.startswith("extensions.") for operation in pending):
        message = f"Another extension operation is in progress on machine '{machine.name}'."
        raise ApiError(409, "HCRP409", message)


def _refuse_second(store: Store, extension: Extension) -> None:
    """Refuse a second extension of one publisher and type on a machine."""
    for other in store.find(Extension, "machine", extension.machine):
        is_another = other.key.lower() != extension.key.lower()
        if is_another and extension_rules.kind_of(other) == extension_rules.kind_of(extension):
            message = f"The extension '{other.name}' has the same publisher and type on this machine."
            raise ApiError(409, "HCRP409", message)
