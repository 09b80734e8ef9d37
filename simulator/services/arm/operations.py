"""Long-running operations: what is polled after a 202. Source: recorded polls."""

from __future__ import annotations

import uuid
from typing import Any

import msgspec
from starlette.responses import Response

from simulator.call import Call
from simulator.clock import arm_time
from simulator.errors import ApiError
from simulator.resources import extensions as extension_rules
from simulator.resources.entities import Extension, Machine, Operation
from simulator.services.arm.answers import accepted, polling_headers, with_body, without_body
from simulator.services.arm.names import Parts
from simulator.store import Store


def begun(call: Call, action: str, resource: str, *, status: str = "InProgress", extension: str = "") -> Operation:
    """Give a new operation; `resource` and `extension` are ARM ids."""
    return Operation(
        key=str(uuid.uuid4()), status=status, started=call.now, resource=resource, action=action, extension=extension
    )


def abandoned(store: Store, machine: Machine) -> list[Operation]:
    """Give the operations that end because their machine goes away."""
    ended = {"status": "Canceled", "code": "OperationCanceled", "message": "The machine was deleted."}
    pending = store.find(Operation, "pending_on", machine.key)
    return [msgspec.structs.replace(operation, **ended) for operation in pending]


def status(store: Store, call: Call, parts: Parts) -> Response:
    """Give an operation's status: always 200, also for one that has failed."""
    operation = _need(store, parts)
    body: dict[str, Any] = {
        "name": operation.key, "status": operation.status, "startTime": arm_time(operation.started)
    }  # fmt: skip
    if operation.status in ("Failed", "Canceled"):
        body["error"] = {"code": operation.code, "message": operation.message}
    result = _result(store, operation)
    if operation.status == "Succeeded" and result is not None:
        body["properties"] = result
    pending = operation.status == "InProgress"
    return with_body(call, body, headers=polling_headers(call, operation, parts["location"]) if pending else None)


def result(store: Store, call: Call, parts: Parts) -> Response:
    """Give what an operation has made: 202 while it runs. Raises: ApiError 409 when it has failed."""
    operation = _need(store, parts)
    if operation.status == "InProgress":
        return accepted(call, operation, parts["location"])
    if operation.status in ("Failed", "Canceled"):
        raise ApiError(409, operation.code or operation.status, operation.message)
    found = _result(store, operation)
    return with_body(call, found) if found is not None else without_body(call, 200)


def _need(store: Store, parts: Parts) -> Operation:
    operation = store.get(Operation, parts["operation"])
    if operation is None:
        raise ApiError(404, "NotFound", f"The operation '{parts['operation']}' was not found.")
    return operation


def _result(store: Store, operation: Operation) -> dict[str, Any] | None:
    extension = store.get(Extension, operation.extension) if operation.extension else None
    return extension_rules.shown(extension) if extension else None
