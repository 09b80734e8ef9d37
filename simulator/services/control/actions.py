"""Faults, packages, and signing in for others."""

from __future__ import annotations

import asyncio

import msgspec
from starlette.responses import Response

from simulator.call import Call, json_response
from simulator.contract import Fault, RepositoryChange, RepositoryFault, UpdateServerChange
from simulator.errors import ApiError, BadInput
from simulator.resources import update_server
from simulator.resources.entities import Principal, UpdateServer
from simulator.resources.transition import Transition
from simulator.services.control.bodies import ApproveDeviceCode, Token, TokenWanted, read_body
from simulator.services.control.lab import Lab, Repository


async def list_faults(lab: Lab, _: Call) -> Response:
    """List the faults in force."""
    return json_response(lab.faults.listed())


async def arm_fault(lab: Lab, call: Call) -> Response:
    """Put a fault in force. Raises: BadInput."""
    return json_response(lab.faults.add(read_body(call, Fault)), 201)


async def clear_faults(lab: Lab, _: Call) -> Response:
    """Take all faults away."""
    lab.faults.clear()
    return Response(status_code=204)


async def clear_fault(lab: Lab, call: Call) -> Response:
    """Take one fault away. Raises: ApiError 404."""
    number = call.request.path_params["id"]
    if not lab.faults.clear(number):
        raise ApiError(404, "no-fault", f"there is no fault '{number}'.")
    return Response(status_code=204)


async def change_repository(lab: Lab, call: Call) -> Response:
    """Publish or withdraw releases. Raises: BadInput, SimulatorError."""
    change = read_body(call, RepositoryChange)
    await asyncio.to_thread(_repository(lab).change, change)
    lab.store.apply(Transition("repository.change", data=msgspec.to_builtins(change)))
    return Response(status_code=204)


async def spoil_repository(lab: Lab, call: Call) -> Response:
    """Let the repository have a fault, or none. Raises: BadInput, SimulatorError."""
    fault = read_body(call, RepositoryFault)
    await asyncio.to_thread(_repository(lab).spoil, fault)
    lab.store.apply(Transition("repository.spoil", data=msgspec.to_builtins(fault)))
    return Response(status_code=204)


async def change_update_server(lab: Lab, call: Call) -> Response:
    """Decide on updates, or set what an update server takes and approves. Raises: BadInput `update-server`."""
    change = read_body(call, UpdateServerChange)
    named = [*change.approve, *change.decline, *change.forget]
    if twice := next((release for release in named if named.count(release) > 1), ""):
        raise BadInput("update-server", f"'{twice}' is decided on twice.")
    server = update_server.changed(lab.store.get(UpdateServer, update_server.KEY), change, call.now)
    lab.store.apply(Transition("update-server.change", (server,), data=msgspec.to_builtins(change)))
    return Response(status_code=204)


def _repository(lab: Lab) -> Repository:
    if lab.repository is None:
        raise BadInput("no-repository", "this cloud serves no package repository.")
    return lab.repository


async def approve_device(lab: Lab, call: Call) -> Response:
    """Sign a person in for a device, or decline. Raises: ApiError 404."""
    wanted = read_body(call, ApproveDeviceCode)
    if wanted.decline:
        lab.decline_device(wanted.user_code)
    else:
        lab.approve_device(wanted.user_code, wanted.upn)
    return Response(status_code=204)


async def issue_token(lab: Lab, call: Call) -> Response:
    """Give an access token. Raises: ApiError 404."""
    wanted = read_body(call, TokenWanted)
    found = lab.store.first(Principal, "name", wanted.principal)
    if found is None:
        raise ApiError(404, "no-principal", f"there is no principal '{wanted.principal}'.")
    return json_response(Token(lab.issue_token(found, wanted.resource, call.now)))
