"""`Microsoft.ResourceHealth`: is a machine available, and was it.

Source: its one check is whether the agent is connected. Assumed: titles, summaries, and `Unknown` before the first
heartbeat.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from starlette.responses import Response

from simulator.call import Call
from simulator.clock import arm_time
from simulator.resources import machines as machine_rules
from simulator.resources.entities import Alert, Machine
from simulator.services.arm.answers import with_body
from simulator.services.arm.machines import need_machine
from simulator.services.arm.names import Parts
from simulator.services.arm.pages import by_key, paged_from
from simulator.services.arm.scopes import need_place
from simulator.store import Store

TYPE = "Microsoft.ResourceHealth/AvailabilityStatuses"  # Source: answers write it so
_ACTIONS = (
    {"action": "See on the machine whether himdsd runs and whether it reaches Azure.",
     "actionUrl": "https://learn.microsoft.com/azure/azure-arc/servers/troubleshoot-agent-onboard",
     "actionUrlText": "Troubleshoot the agent's connection"},
)  # fmt: skip


def list_all(store: Store, call: Call, parts: Parts) -> Response:
    """List the availability of the machines in a group or a subscription, in pages."""
    place = need_place(store, parts)

    def show(machine: Machine) -> dict[str, Any]:
        return shown(machine, call.now, has_actions=_wants_actions(call))

    return paged_from(store, call, parts, partial(store.below, Machine, place.id), key=by_key, show=show)


def list_one(store: Store, call: Call, parts: Parts) -> Response:
    """List one machine's availability: now, and before, the newest first."""
    machine = need_machine(store, parts)
    now = shown(machine, call.now, has_actions=_wants_actions(call))
    return with_body(call, {"value": [now, *_history(store, machine)]})


def current(store: Store, call: Call, parts: Parts) -> Response:
    """Give one machine's availability."""
    return with_body(call, shown(need_machine(store, parts), call.now, has_actions=_wants_actions(call)))


def state_of(machine: Machine, now: float) -> str:
    """Give the availability: `Available`, `Unavailable`, or `Unknown` for one that was never heard."""
    status = machine_rules.status_of(machine, now)
    return {"Connected": "Available", "AwaitingConnection": "Unknown"}.get(status, "Unavailable")


def shown(machine: Machine, now: float, *, has_actions: bool = False) -> dict[str, Any]:
    """Give a machine's availability as Resource Health shows it; `has_actions` adds what a person can do."""
    state, status = state_of(machine, now), machine_rules.status_of(machine, now)
    properties = {
        **_told(state, status), "reasonType": "", "occuredTime": arm_time(machine_rules.status_changed(machine, now)),
        "reportedTime": arm_time(now),
    }  # fmt: skip
    if has_actions:
        properties["recommendedActions"] = list(_ACTIONS) if state == "Unavailable" else []
    return _status(machine, "current", properties)


def _history(store: Store, machine: Machine) -> list[dict[str, Any]]:
    """Give what went before the present, the newest first: each silence, and the time in which the agent was heard.

    Assumed: the first time begins with the resource.
    """
    moments = [(machine.created, "Available", "Connected")]
    for alert in sorted(store.find(Alert, "machine", machine.key), key=lambda alert: alert.fired):
        moments.append((alert.fired, "Unavailable", "Disconnected"))
        if alert.resolved:
            moments.append((alert.resolved, "Available", "Connected"))
    return [
        _status(machine, _name(moment), {**_told(state, status), "occuredTime": arm_time(moment)})
        for moment, state, status in reversed(moments[:-1])
    ]


def _told(state: str, status: str) -> dict[str, Any]:
    title = {"Available": "Available", "Unknown": "Unknown"}.get(state, "Disconnected")
    return {"availabilityState": state, "title": title, "summary": f"The machine is {status}.",
            "reasonChronicity": "Persistent"}  # fmt: skip


def _status(machine: Machine, name: str, properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"{machine.key}/providers/Microsoft.ResourceHealth/availabilityStatuses/{name}", "name": name,
        "type": TYPE, "location": machine.location, "properties": properties,
    }  # fmt: skip


def _name(moment: float) -> str:
    """Give the name of a past availability. Source: OpenAPI's example: `2016-03-28+16%3a23%3a00Z`."""
    return arm_time(moment)[:19].replace("T", "+").replace(":", "%3a") + "Z"


def _wants_actions(call: Call) -> bool:
    return "recommendedactions" in call.query("$expand").lower()
