"""What `/_sim` does to identities. See docs/wire/control.md."""

from __future__ import annotations

import re

import msgspec
from starlette.responses import Response

from simulator import contract
from simulator.call import Call, json_response
from simulator.directory import changed, given_of, grants, held_roles, principal_of, problem_of
from simulator.errors import ApiError, BadInput
from simulator.resources.entities import Entity, Principal, RegionMove, RoleAssignment, Subscription
from simulator.resources.regions import REGIONS, his_host
from simulator.resources.roles import ROLES
from simulator.resources.transition import Transition
from simulator.services.control.bodies import read_body
from simulator.services.control.lab import Lab
from simulator.store import Store
from simulator.tenancy import find_tenant, home_tenant

_CODE = re.compile(r"[a-z][a-z0-9]{1,11}")


class MoveRegion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `POST /_sim/region`: the identity service of a region moves to the host with another code."""

    location: str
    code: str


class RotateKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `POST /_sim/signing-key`: Entra signs with a new key; with `withdraw` the older ones end at once."""

    withdraw: bool = False


class NewKey(msgspec.Struct, frozen=True):
    """Answer of `POST /_sim/signing-key`."""

    kid: str


class NamePrincipal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `DELETE /_sim/principals`."""

    name: str


async def list_principals(lab: Lab, _: Call) -> Response:
    """List who may sign in, as they are given."""
    assignments = lab.store.all(RoleAssignment)
    people = lab.store.all(Principal)
    return json_response(
        [given_of(person, [role.name for role in held_roles(person, assignments)]) for person in people]
    )


async def put_principal(lab: Lab, call: Call) -> Response:
    """Make a principal, or give one with this object id what is said now. Raises: BadInput."""
    store, given = lab.store, read_body(call, contract.Principal)
    _check(store, given)
    before = store.get(Principal, given.object_id)
    after = changed(before, given, call.now) if before else principal_of(given, home_tenant(store))
    wanted = {each.key: each for each in grants(after, given.roles, store.all(Subscription), call.now)}
    held = {role.assignment.key for role in held_roles(after, store.all(RoleAssignment))}
    delete = tuple((RoleAssignment, key) for key in held - set(wanted))
    put = (after, *(each for key, each in wanted.items() if key not in held))
    store.apply(Transition("principals.put", put, delete, data={"name": after.name, "objectId": after.key}))
    return Response(status_code=204)


def _check(store: Store, given: contract.Principal) -> None:
    """Raises: BadInput `principal` for what cannot be."""
    if problem := problem_of(given):
        raise BadInput("principal", f"{problem}.")
    unknown = [role for role in given.roles if role not in ROLES]
    if unknown:
        raise BadInput("principal", f"there is no role '{unknown[0]}'.", hint=f"There are: {', '.join(ROLES)}.")
    if given.tenant_id and not find_tenant(store, given.tenant_id):
        raise BadInput("principal", f"there is no tenant '{given.tenant_id}'.")
    of_name = store.first(Principal, "name", given.name)
    if not given.object_id or not given.name or (of_name and of_name.key.lower() != given.object_id.lower()):
        raise BadInput("principal", "it needs an object id, and a name that no other principal has.")


async def delete_principal(lab: Lab, call: Call) -> Response:
    """Take a principal away, with its roles. Raises: ApiError 404."""
    name = read_body(call, NamePrincipal).name
    found = lab.store.first(Principal, "name", name)
    if found is None:
        raise ApiError(404, "no-principal", f"there is no principal '{name}'.")
    roles = (each.key for each in lab.store.find(RoleAssignment, "principal_id", found.key.lower()))
    delete: tuple[tuple[type[Entity], str], ...] = ((Principal, found.key), *((RoleAssignment, key) for key in roles))
    lab.store.apply(Transition("principals.delete", delete=delete, data={"name": name}))
    return Response(status_code=204)


async def rotate_key(lab: Lab, call: Call) -> Response:
    """Let Entra sign with a new key."""
    return json_response(NewKey(lab.rotate_key(read_body(call, RotateKey).withdraw)))


async def move_region(lab: Lab, call: Call) -> Response:
    """Move the identity service of a region. Raises: BadInput."""
    wanted = read_body(call, MoveRegion)
    if wanted.location not in REGIONS:
        raise BadInput("region", f"there is no region '{wanted.location}'.", hint=f"There are: {', '.join(REGIONS)}.")
    if not _CODE.fullmatch(wanted.code):
        raise BadInput("region", f"'{wanted.code}' is no code of a host, such as 'eus2'.")
    move = RegionMove(key=wanted.location, code=wanted.code)
    data = {"location": wanted.location, "host": his_host(wanted.location, move)}
    lab.store.apply(Transition("his.region", (move,), data=data))
    return Response(status_code=204)
