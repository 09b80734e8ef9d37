"""Long-running operations: what is polled after a 202. Source: recorded polls."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import msgspec
from starlette.responses import Response

from simulator.call import Call
from simulator.clock import arm_time
from simulator.errors import ApiError
from simulator.resources import operations as operation_rules
from simulator.resources.agent_work import FAMILIES
from simulator.resources.entities import Machine, Operation
from simulator.services.arm.answers import accepted, polling_headers, with_body, without_body
from simulator.services.arm.names import Parts
from simulator.store import Store
from simulator.tenancy import subscription_in


def begun(
    call: Call, action: str, resource: str, *, status: str = "InProgress", machine: str = "", shows: Any = None
) -> Operation:
    """Give a new operation of a caller; see `begun_at`."""
    return begun_at(call.now, action, resource, status=status, machine=machine, shows=shows)


def begun_at(
    now: float, action: str, resource: str, *, status: str = "InProgress", machine: str = "", shows: Any = None
) -> Operation:
    """Give a new operation; `resource` is the ARM id of what it works on, `machine` of the one whose agent does it.

    `shows` is the body that its end shows, where it is known already.
    """
    return Operation(key=str(uuid.uuid4()), status=status, started=now, resource=resource, action=action,
                     machine=machine, shows=shows)  # fmt: skip


def consisting_of(call: Call, action: str, machine: Machine, parts: Sequence[Operation]) -> Operation:
    """Give the operation that consists of others; without any it has succeeded."""
    whole = begun(call, action, machine.key, status="InProgress" if parts else "Succeeded")
    return msgspec.structs.replace(whole, parts=tuple(part.key for part in parts))


def abandoned(store: Store, machine: Machine) -> list[Operation]:
    """Give the operations that end because their machine goes away."""
    pending = store.find(Operation, "pending_on", machine.key)
    return [canceled(operation, "The machine was deleted.") for operation in pending]


def canceled(operation: Operation, why: str) -> Operation:
    """Give an operation that ends because nobody wants it any more."""
    return msgspec.structs.replace(operation, status="Canceled", code="OperationCanceled", message=why)


def status(store: Store, call: Call, parts: Parts) -> Response:
    """Give an operation's status: always 200, also for one that has failed.

    Source: recorded polls; one that the agent has not fetched is `Queued`.
    """
    operation = _need(store, parts)
    waits = operation.status == "InProgress" and not operation.fetched
    body: dict[str, Any] = {
        "name": operation.key, "status": "Queued" if waits else operation.status,
        "startTime": arm_time(operation.started),
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


def need_operation(store: Store, parts: Parts, family: str = "") -> Operation:
    """Give the operation of a path, if it is one of the path's subscription and of a family. Raises: ApiError 404."""
    operation = store.get(Operation, parts["operation"])
    is_here = operation is not None and subscription_in(operation.resource).lower() == parts["subscription"].lower()
    if operation is None or not is_here or not operation.action.startswith(family):
        raise ApiError(404, "NotFound", f"The operation '{parts['operation']}' was not found.")
    return operation


def _need(store: Store, parts: Parts) -> Operation:
    operation = need_operation(store, parts)
    if not operation.parts:
        return operation
    return operation_rules.combined(operation, _parts_of(store, operation))


def _parts_of(store: Store, operation: Operation) -> list[Operation]:
    found = (store.get(Operation, key) for key in operation.parts)
    return [part for part in found if part is not None]


def _result(store: Store, operation: Operation) -> Any:
    """Give what an operation has made, or None. Source: recorded: `[]` for upgrades. Source: OpenAPI for additions."""
    if operation.shows is not None:
        return operation.shows
    if operation.action == "machines.upgradeExtensions":
        return []
    if operation.action == "machines.addExtensions":
        made = (_result(store, part) for part in _parts_of(store, operation))
        return {"extensions": [extension["properties"] for extension in made if extension is not None]}
    family = FAMILIES.get(operation.action.partition(".")[0])
    entity = store.get(family.kind, operation.resource) if family else None
    return family.shown(entity) if family and family.shown and entity else None
