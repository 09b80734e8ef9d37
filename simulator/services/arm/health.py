"""`.../Microsoft.ResourceHealth/availabilityStatuses`: is a machine available.

Source: its one check is whether the agent is connected. Assumed: titles, and `Unknown` before the first heartbeat.
"""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from simulator.call import Call
from simulator.clock import arm_time
from simulator.resources import machines as machine_rules
from simulator.resources.entities import Machine
from simulator.services.arm.answers import with_body
from simulator.services.arm.machines import need_machine
from simulator.services.arm.names import Parts
from simulator.store import Store


def list_all(store: Store, call: Call, _parts: Parts) -> Response:
    """List availability below a machine, a group or a subscription."""
    scope = call.path.lower().split("/providers/microsoft.resourcehealth")[0]
    machine = store.get(Machine, scope)
    found = [machine] if machine is not None else store.below(Machine, scope)
    return with_body(call, {"value": [shown(machine, call.now) for machine in found]})


def current(store: Store, call: Call, parts: Parts) -> Response:
    """Give one machine's availability."""
    return with_body(call, shown(need_machine(store, parts), call.now))


def shown(machine: Machine, now: float) -> dict[str, Any]:
    """Give a machine's availability as Resource Health shows it."""
    status = machine_rules.status_of(machine, now)
    state = {"Connected": "Available", "AwaitingConnection": "Unknown"}.get(status, "Unavailable")
    title = {"Available": "Available", "Unknown": "Unknown"}.get(state, "Disconnected")
    occurred = arm_time(machine_rules.status_changed(machine, now))
    return {
        "id": f"{machine.key}/providers/Microsoft.ResourceHealth/availabilityStatuses/current", "name": "current",
        "type": "Microsoft.ResourceHealth/AvailabilityStatuses", "location": machine.location,
        "properties": {"availabilityState": state, "title": title, "summary": f"The machine is {status}.",
                       "reasonType": "", "reasonChronicity": "Persistent", "occuredTime": occurred,
                       "reportedTime": arm_time(now)},
    }  # fmt: skip
