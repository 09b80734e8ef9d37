"""`/_sim/health-events`: something happens to a service of Azure. See docs/wire/control.md."""

from __future__ import annotations

from typing import Literal

import msgspec
from starlette.responses import Response

from simulator.call import Call
from simulator.errors import BadInput
from simulator.resources.entities import HealthEvent, Subscription
from simulator.resources.locations import LOCATIONS
from simulator.resources.transition import Transition
from simulator.services.control.bodies import read_body
from simulator.services.control.lab import Lab


class PutHealthEvent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `PUT /_sim/health-events`: an event of Azure's, new or changed, by its tracking id.

    `regions` are names such as `eastus`, `subscriptions` ids; empty ones mean everywhere and everybody.
    """

    id: str
    title: str
    summary: str = ""
    type: Literal[
        "ServiceIssue", "PlannedMaintenance", "HealthAdvisory", "RCA", "EmergingIssues", "SecurityAdvisory"
    ] = "ServiceIssue"
    status: Literal["Active", "Resolved"] = "Active"
    level: Literal["Critical", "Warning"] = "Warning"
    service: str = "Azure Arc enabled servers"
    regions: tuple[str, ...] = ()
    subscriptions: tuple[str, ...] = ()


async def put(lab: Lab, call: Call) -> Response:
    """Let an event begin, change or end, now by lab time. Raises: BadInput `health-event`."""
    given, now = read_body(call, PutHealthEvent), call.now
    if not given.id or "/" in given.id:
        raise BadInput("health-event", f"'{given.id}' is no tracking id: it is empty, or has a slash.")
    unknown = [name for name in given.regions if name not in LOCATIONS]
    if unknown:
        raise BadInput(
            "health-event", f"there is no region '{unknown[0]}'.", hint=f"There are: {', '.join(LOCATIONS)}."
        )
    if missing := [each for each in given.subscriptions if lab.store.get(Subscription, each) is None]:
        raise BadInput("health-event", f"there is no subscription '{missing[0]}'.")
    before = lab.store.get(HealthEvent, given.id)
    ended = given.status == "Resolved"
    event = HealthEvent(
        key=before.key if before else given.id, type=given.type, status=given.status, level=given.level,
        title=given.title, summary=given.summary, service=given.service, regions=given.regions,
        subscriptions=given.subscriptions, started=before.started if before else now,
        mitigated=(before.mitigated if before and before.mitigated else now) if ended else 0.0, updated=now,
    )  # fmt: skip
    lab.store.apply(Transition("health-events.put", (event,), data={"id": event.key, "status": event.status}))
    return Response(status_code=204)
