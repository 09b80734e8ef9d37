"""`.../machines/{m}/extensions`: extensions of a machine. Source: recorded bodies; see docs/wire/arm.md."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from simulator.call import Call
from simulator.errors import ApiError
from simulator.resources import extensions as extension_rules
from simulator.resources.entities import Extension, Machine, Operation
from simulator.resources.transition import Transition
from simulator.services.arm.answers import accepted, with_body, without_body
from simulator.services.arm.authors import author_of
from simulator.services.arm.locks import refuse_locked
from simulator.services.arm.machines import need_machine
from simulator.services.arm.names import Parts
from simulator.services.arm.operations import begun
from simulator.store import Store


def list_all(store: Store, call: Call, parts: Parts) -> Response:
    """List a machine's extensions."""
    machine = need_machine(store, parts)
    found = store.find(Extension, "machine", machine.key)
    return with_body(call, {"value": [extension_rules.shown(extension) for extension in found]})


def get(store: Store, call: Call, parts: Parts) -> Response:
    """Give one extension. Raises: ApiError 404 `HCRP404`."""
    return with_body(call, extension_rules.shown(_need(store, need_machine(store, parts), parts)))


def put(store: Store, call: Call, parts: Parts) -> Response:
    """Begin to install or update an extension, by PUT and PATCH: 202. Raises: ApiError 400, 404, 409 `HCRP409`."""
    machine = need_machine(store, parts)
    key = f"{machine.key}/extensions/{parts['extension']}"
    before = _need(store, machine, parts) if call.request.method == "PATCH" else store.get(Extension, key)
    _refuse_busy(store, machine)
    name = parts["extension"]
    author = author_of(store, call)
    extension = extension_rules.wanted(
        before.key if before else key, machine, name, call.json(), before, author=author, now=call.now
    )
    _refuse_second(store, extension)
    action = "extensions.update" if before else "extensions.install"
    return _begin(store, call, machine, extension, action)


def delete(store: Store, call: Call, parts: Parts) -> Response:
    """Begin to remove an extension: 202; 204 for what is not there. Raises: ApiError 404, 409."""
    machine = need_machine(store, parts)
    extension = store.get(Extension, f"{machine.key}/extensions/{parts['extension']}")
    if extension is None:
        return without_body(call, 204)
    refuse_locked(store, extension.key)
    _refuse_busy(store, machine)
    leaving = msgspec.structs.replace(extension, state="Deleting")
    return _begin(store, call, machine, leaving, "extensions.uninstall")


def _begin(store: Store, call: Call, machine: Machine, extension: Extension, action: str) -> Response:
    """Keep the extension and the operation that the agent will fetch."""
    operation = begun(call, action, extension.key, extension=extension.key)
    store.apply(Transition(action, (extension, operation), machine=machine.key))
    return accepted(call, operation, machine.location)


def _need(store: Store, machine: Machine, parts: Parts) -> Extension:
    extension = store.get(Extension, f"{machine.key}/extensions/{parts['extension']}")
    if extension is None:
        message = f"The extension '{parts['extension']}' of machine '{machine.name}' was not found."
        raise ApiError(404, "HCRP404", message)
    return extension


def _refuse_busy(store: Store, machine: Machine) -> None:
    """Refuse a second operation on a machine."""
    if store.first(Operation, "pending_on", machine.key) is not None:
        message = f"Another extension operation is in progress on machine '{machine.name}'."
        raise ApiError(409, "HCRP409", message)


def _refuse_second(store: Store, extension: Extension) -> None:
    """Refuse a second extension of one publisher and type on a machine."""
    for other in store.find(Extension, "machine", extension.machine):
        if other.key.lower() != extension.key.lower() and _kind(other) == _kind(extension):
            message = f"The extension '{other.name}' has the same publisher and type on this machine."
            raise ApiError(409, "HCRP409", message)


def _kind(extension: Extension) -> tuple[str, str]:
    return extension.publisher.lower(), extension.type.lower()
