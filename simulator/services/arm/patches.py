"""`.../machines/{m}/assessPatches` and `installPatches`, and the address at which both are asked for.

Source: recorded exchanges: 202 with `Location` alone, polled until 200 with the body.
"""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from simulator.call import Call
from simulator.errors import ApiError
from simulator.resources import patches as rules
from simulator.resources.entities import Machine, Operation
from simulator.resources.transition import Transition
from simulator.services.arm.answers import polling_headers, with_body, without_body
from simulator.services.arm.machines import need_machine
from simulator.services.arm.names import Parts
from simulator.services.arm.operations import begun, need_operation
from simulator.store import Store

_FAMILY = "patches."
_VERSION = {"api-supported-versions": "2020-08-15-preview"}  # Source: recorded on all three


def assess(store: Store, call: Call, parts: Parts) -> Response:
    """Begin to look for pending updates: 202. Raises: ApiError 404, 409 while another one runs."""
    machine = need_machine(store, parts)
    return _begin(store, call, machine, begun(call, "patches.assessPatches", machine.key, machine=machine.key))


def install(store: Store, call: Call, parts: Parts) -> Response:
    """Begin to install updates: 202. Raises: ApiError 400, 404, 409 while another one runs."""
    machine = need_machine(store, parts)
    operation = begun(call, "patches.installPatches", machine.key, machine=machine.key)
    return _begin(store, call, machine, msgspec.structs.replace(operation, options=rules.wanted(call.json())))


def result(store: Store, call: Call, parts: Parts) -> Response:
    """Give what a patch operation found or did: 202 while it runs, then 200 in any case. Raises: ApiError 404."""
    operation = need_operation(store, parts, _FAMILY)
    if operation.status == "InProgress":
        return _accepted(call, operation, parts["location"])
    body = rules.shown(operation, store.get(Machine, operation.resource))
    return with_body(call, body, headers=_VERSION)


def _begin(store: Store, call: Call, machine: Machine, operation: Operation) -> Response:
    """Keep the operation for the agent. Assumed: code and text of the conflict."""
    pending = store.find(Operation, "pending_on", machine.key)
    if any(item.action.startswith(_FAMILY) for item in pending):
        message = f"Another patch operation is in progress on machine '{machine.name}'."
        raise ApiError(409, "OperationNotAllowed", message)
    store.apply(Transition(operation.action, (operation,), machine=machine.key))
    return _accepted(call, operation, machine.location)


def _accepted(call: Call, operation: Operation, location: str) -> Response:
    answer = without_body(call, 202)
    polls = polling_headers(call, operation, location)
    place = polls["Location"].replace("/operationresults/", "/updateCenterOperationResults/")
    answer.headers.update({**_VERSION, "Location": place, "Retry-After": polls["Retry-After"],
                           "x-ms-request-id": operation.key})  # fmt: skip
    return answer
