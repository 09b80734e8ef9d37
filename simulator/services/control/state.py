"""What the cloud remembers: machines, alerts, locks, the inbox; all of it as a snapshot; and back to the beginning."""

from __future__ import annotations

from collections import Counter, defaultdict

from starlette.responses import Response

from simulator.call import Call, json_response
from simulator.clock import iso
from simulator.contract import Alert, AlertRule, Snapshot
from simulator.due import INBOX
from simulator.errors import ApiError, BadInput
from simulator.resources import entities
from simulator.resources.locks import of_the_lab
from simulator.resources.machines import summarised
from simulator.resources.transition import Transition
from simulator.seed import replant
from simulator.services.control.bodies import LockScope, Message, Ready, is_web_address, read_body
from simulator.services.control.lab import Lab
from simulator.snapshots import restore, take


async def ready(_: Lab, __: Call) -> Response:
    """Say that the cloud answers."""
    return json_response(Ready())


async def machines(lab: Lab, _: Call) -> Response:
    """List connected machines."""
    store, now = lab.store, lab.store.clock.now()
    names: defaultdict[str, list[str]] = defaultdict(list)
    for extension in store.all(entities.Extension):
        names[extension.machine].append(extension.name)
    requests = (event for event in store.read(0) if event.kind == "request")
    creates = Counter(event.machine for event in requests if event.operation == "machines.create")
    return json_response([
        summarised(machine, names[machine.key], creates[machine.key], now) for machine in store.all(entities.Machine)
    ])  # fmt: skip


async def alerts(lab: Lab, _: Call) -> Response:
    """List alerts, oldest first."""
    lab.due.settle()
    found = sorted(lab.store.all(entities.Alert), key=lambda alert: alert.fired)
    return json_response([
        Alert(id=alert.key, machine=alert.machine, fired=iso(alert.fired), deliveries=alert.deliveries,
              resolved=iso(alert.resolved) if alert.resolved else "")
        for alert in found
    ])  # fmt: skip


async def set_alert_rule(lab: Lab, call: Call) -> Response:
    """Say where alerts go. Raises: BadInput."""
    rule = read_body(call, AlertRule)
    if rule.webhook != INBOX and not is_web_address(rule.webhook):
        raise BadInput("alert-rule", f"the webhook '{rule.webhook}' is neither a URL nor '{INBOX}'.")
    lab.store.apply(Transition("alerts.rule", (entities.AlertRule(key="rule", webhook=rule.webhook),)))
    return Response(status_code=204)


async def inbox(lab: Lab, _: Call) -> Response:
    """List what came to the cloud's own inbox."""
    return json_response([Message(iso(item.received), item.body) for item in lab.store.all(entities.InboxMessage)])


async def lock(lab: Lab, call: Call) -> Response:
    """Put a delete lock."""
    scope = read_body(call, LockScope).scope
    lab.store.apply(Transition("locks.put", (of_the_lab(scope),)))
    return Response(status_code=204)


async def unlock(lab: Lab, call: Call) -> Response:
    """Take a delete lock off. Raises: ApiError 404."""
    scope = read_body(call, LockScope).scope
    key = of_the_lab(scope).key
    if lab.store.get(entities.Lock, key) is None:
        raise ApiError(404, "no-lock", f"there is no lock on '{scope}'.")
    lab.store.apply(Transition("locks.delete", delete=((entities.Lock, key),)))
    return Response(status_code=204)


async def take_snapshot(lab: Lab, _: Call) -> Response:
    """Give all state."""
    return json_response(
        take(lab.store), headers={"Content-Disposition": 'attachment; filename="arclab-snapshot.json"'}
    )


async def restore_snapshot(lab: Lab, call: Call) -> Response:
    """Go back to a snapshot, and do what is due by now. Raises: BadInput."""
    restore(lab.store, read_body(call, Snapshot))
    lab.due.settle()
    return Response(status_code=204)


async def reset(lab: Lab, _: Call) -> Response:
    """Begin again with what the cloud began with. Raises: BadInput."""
    replant(lab.store)
    lab.due.settle()
    return Response(status_code=204)
