"""`/_sim/throttling`: how many requests Resource Manager takes."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from simulator.call import Call, json_response
from simulator.contract import Throttling
from simulator.errors import BadInput
from simulator.resources.entities import ThrottlingRule
from simulator.resources.transition import Transition
from simulator.services.control.bodies import read_body
from simulator.services.control.lab import Lab
from simulator.throttle import RULE, mistake_in


async def show(lab: Lab, _: Call) -> Response:
    """Give the limits in force."""
    rule = lab.store.get(ThrottlingRule, RULE)
    return json_response(rule.limits if rule else Throttling())


async def change(lab: Lab, call: Call) -> Response:
    """Set the limits; all buckets are full again. Raises: BadInput for limits that cannot be kept."""
    limits = read_body(call, Throttling)
    if problem := mistake_in(limits):
        raise BadInput("throttling", f"{problem}.")
    rule = ThrottlingRule(key=RULE, limits=limits)
    lab.store.apply(Transition("throttling.put", (rule,), data=msgspec.to_builtins(limits)))
    return Response(status_code=204)
