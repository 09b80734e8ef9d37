"""What `/_sim` does to identities. See docs/wire/control.md."""

from __future__ import annotations

import re

import msgspec
from starlette.responses import Response

from simulator.call import Call
from simulator.errors import BadInput
from simulator.resources.entities import RegionMove
from simulator.resources.regions import REGIONS, his_host
from simulator.resources.transition import Transition
from simulator.services.control.bodies import read_body
from simulator.services.control.lab import Lab

_CODE = re.compile(r"^[a-z][a-z0-9]{1,11}$")


class MoveRegion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `POST /_sim/region`: the identity service of a region moves to the host with another code."""

    location: str
    code: str


async def move_region(lab: Lab, call: Call) -> Response:
    """Move the identity service of a region. Raises: BadInput."""
    wanted = read_body(call, MoveRegion)
    if wanted.location not in REGIONS:
        raise BadInput("region", f"there is no region '{wanted.location}'.", hint=f"There are: {', '.join(REGIONS)}.")
    if not _CODE.match(wanted.code):
        raise BadInput("region", f"'{wanted.code}' is no code of a host, such as 'eus2'.")
    move = RegionMove(key=wanted.location, code=wanted.code)
    data = {"location": wanted.location, "host": his_host(wanted.location, move)}
    lab.store.apply(Transition("his.region", (move,), data=data))
    return Response(status_code=204)
