"""Resource Health alerts: a machine that falls silent becomes Unavailable, and Available when it is heard again."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, Literal

import msgspec

from simulator.clock import arm_time
from simulator.contract import DISCONNECTED_AFTER_S
from simulator.resources.entities import Alert, Machine, Notice
from simulator.resources.transition import Transition

LAB_RULE = "disconnected machine"  # the rule of `/_sim/alert-rule`
SEVERITY = "Sev4"  # Source: alerts of the activity log have no severity of their own

Condition = Literal["Fired", "Resolved"]
Notify = Callable[[Alert, Condition], tuple[Notice, ...]]  # gives the notices that news of an alert makes


def _nobody(_alert: Alert, _condition: Condition) -> tuple[Notice, ...]:
    return ()


def active_on(alert: Alert) -> str:
    """Give the ARM id of the machine on which an alert is active; an empty text when it is resolved."""
    return "" if alert.resolved else alert.machine


def silent_at(machine: Machine) -> float | None:
    """Give when a machine that is not heard any more counts as silent; None when it was never heard."""
    return machine.last_heartbeat + DISCONNECTED_AFTER_S if machine.last_heartbeat else None


def untold_since(alert: Alert) -> float | None:
    """Give since when there is a state of an alert that its rule was not told of; None when it knows all."""
    conditions = untold(alert)
    if not conditions:
        return None
    return alert.fired if conditions[0] == "Fired" else alert.resolved


def due(machine: Machine, active: Alert | None, now: float) -> Alert | None:
    """Give the alert that became due, stamped with the moment it did; None when there is none, or it is there already.

    Source: the alert that the documentation sets up is current Unavailable, previous Available, on disconnection.
    """
    moment = silent_at(machine)
    if moment is None or active is not None or now < moment:
        return None
    return Alert(key=f"{machine.key}@{moment:.0f}", machine=machine.key, fired=moment)


def fired(alert: Alert, notify: Notify = _nobody) -> Transition:
    """Give what the firing of an alert changes; the event has the moment at which it became due."""
    data, put = {"id": alert.key, "state": "Fired"}, (alert, *notify(alert, "Fired"))
    return Transition("alerts.fire", put, kind="alert", machine=alert.machine, at=alert.fired, data=data)


def resolved(alert: Alert, now: float, notify: Notify = _nobody) -> Transition:
    """Give what the machine's return changes."""
    after = msgspec.structs.replace(alert, resolved=max(now, alert.fired))
    data, put = {"id": alert.key, "state": "Resolved"}, (after, *notify(after, "Resolved"))
    return Transition("alerts.resolve", put, kind="alert", machine=alert.machine, data=data)


def untold(alert: Alert) -> list[Condition]:
    """Give the states of an alert that its rule was not told of, in order."""
    conditions: list[Condition] = ["Fired", "Resolved"] if alert.resolved else ["Fired"]
    return conditions[conditions.index(alert.told) + 1 :] if alert.told in conditions else conditions


def delivered(alert: Alert, condition: Condition, body: dict[str, Any], status: int, problem: str) -> Transition:
    """Give what a delivery changes, or the last try of one; `status` is 0 and `problem` says why without an answer."""
    after = msgspec.structs.replace(alert, told=condition)
    if 200 <= status < 300 and condition == "Fired":
        after = msgspec.structs.replace(after, deliveries=alert.deliveries + 1)
    data = {"condition": condition, "status": status, "body": body} | ({"problem": problem} if problem else {})
    return Transition("alerts.deliver", (after,), kind="webhook", machine=alert.machine, data=data)


def noticed(notice: Notice, alert: Alert | None, status: int, problem: str) -> Transition:
    """Give what the last try to send a notice changes: it is gone; `alert` is what it told of, if it is still kept."""
    is_taken = 200 <= status < 300 and notice.condition == "Fired"
    put = (msgspec.structs.replace(alert, deliveries=alert.deliveries + 1),) if alert and is_taken else ()
    data = {"condition": notice.condition, "status": status, "body": notice.body, "rule": notice.rule}
    return Transition("alerts.notify", put, ((Notice, notice.key),), kind="webhook",
                      machine=alert.machine if alert else "",
                      data=data | ({"problem": problem} if problem else {}))  # fmt: skip


def told_nobody(alert: Alert, condition: Condition) -> Transition:
    """Give what passes when there is no rule: the state counts as told."""
    after = msgspec.structs.replace(alert, told=condition)
    return Transition("alerts.untold", (after,), machine=alert.machine, data={"condition": condition})


def number_of(alert: Alert, rule: str) -> str:
    """Give the number by which people know that an alert has fired a rule. Source: it is a GUID."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{alert.key}|{rule}".lower()))


def id_of(alert: Alert, rule: str) -> str:
    """Give the ARM id of the same. Source: it lies on the resource that the alert is about."""
    return f"{alert.machine}/providers/Microsoft.AlertsManagement/alerts/{number_of(alert, rule)}"


def webhook_body(alert: Alert, condition: Condition, *, rule: str = LAB_RULE, description: str = "") -> dict[str, Any]:
    """Give what an action group sends, for a rule by its ARM id, or the lab's own.

    Source: the common alert schema. Assumed: its texts for this resource type.

    See docs/wire/alerts.md.
    """
    is_fired = condition == "Fired"
    essentials: dict[str, Any] = {
        "alertId": id_of(alert, rule), "alertRule": rule.rpartition("/")[2], "severity": SEVERITY,
        "signalType": "Activity Log", "monitorCondition": condition, "monitoringService": "Resource Health",
        "alertTargetIDs": [alert.machine.lower()], "configurationItems": [alert.machine.rpartition("/")[2]],
        "firedDateTime": arm_time(alert.fired), "description": description, "essentialsVersion": "1.0",
        "alertContextVersion": "1.0",
    }  # fmt: skip
    if not is_fired:
        essentials["resolvedDateTime"] = arm_time(alert.resolved)
    context = context_of(alert, condition)
    return {"schemaId": "azureMonitorCommonAlertSchema", "data": {"essentials": essentials, "alertContext": context}}


def context_of(alert: Alert, condition: Condition) -> dict[str, Any]:
    """Give the event of the activity log that news of an alert is."""
    return _fired_context(alert) if condition == "Fired" else _resolved_context(alert)


def _fired_context(alert: Alert) -> dict[str, Any]:
    return {
        "channels": "Admin, Operation", "eventSource": "ResourceHealth", "eventTimestamp": arm_time(alert.fired),
        "level": "Critical", "operationName": "Microsoft.Resourcehealth/healthevent/Activated/action",
        "status": "Active", "properties": _properties("Disconnected", "Unavailable", "Available"),
    }  # fmt: skip


def _resolved_context(alert: Alert) -> dict[str, Any]:
    return {
        "channels": "Admin, Operation", "eventSource": "ResourceHealth", "eventTimestamp": arm_time(alert.resolved),
        "level": "Informational", "operationName": "Microsoft.Resourcehealth/healthevent/Resolved/action",
        "status": "Resolved", "properties": _properties("Available", "Available", "Unavailable"),
    }  # fmt: skip


def _properties(title: str, current: str, previous: str) -> dict[str, str]:
    return {"title": title, "currentHealthStatus": current, "previousHealthStatus": previous, "type": "Downtime",
            "cause": "Unknown"}  # fmt: skip
