"""Activity-log alert rules: which news of a machine's health they are about, and what they send to whom.

Source: the template reference of `activityLogAlerts`, the documented rule for Resource Health, and the two documented
forms of webhook bodies for alerts of the activity log.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from typing import Any

from simulator.resources import alerts
from simulator.resources.entities import Alert, Notice, Resource

RULES = "Microsoft.Insights/activityLogAlerts"
GROUPS = "Microsoft.Insights/actionGroups"


def notices(
    alert: Alert, condition: alerts.Condition, rules: Iterable[Resource], find_group: Callable[[str], Resource | None]
) -> tuple[Notice, ...]:
    """Give what has to be sent because of news of an alert: one body for each webhook of each rule that is about it."""
    found = []
    for rule in rules:
        if not is_about(rule.properties, alert, condition):
            continue
        for action in rule.properties["actions"]["actionGroups"]:
            group = find_group(action["actionGroupId"])
            if group is None or group.type != GROUPS or not group.properties["enabled"]:
                continue
            for receiver in group.properties["webhookReceivers"]:
                body = _body(receiver, rule, alert, condition, action.get("webhookProperties") or {})
                found.append(Notice(
                    key=f"{alert.key}|{condition}|{rule.key}|{group.key}|{receiver['name']}", alert=alert.key,
                    condition=condition, since=alert.resolved if condition == "Resolved" else alert.fired,
                    url=receiver["serviceUri"], rule=rule.key, body=body,
                ))  # fmt: skip
    return tuple(found)


def is_about(rule: dict[str, Any], alert: Alert, condition: alerts.Condition) -> bool:
    """Say whether an enabled rule, given by its properties, is about news of an alert."""
    place = f"{alert.machine}/".lower()
    is_in_scope = any(place.startswith(f"{scope.rstrip('/')}/".lower()) for scope in rule["scopes"])
    if not rule["enabled"] or not is_in_scope:
        return False
    fields = {name.lower(): value.lower() for name, value in fields_of(alert, condition).items()}
    return all(_holds(leaf, fields) for leaf in rule["condition"]["allOf"])


def fields_of(alert: Alert, condition: alerts.Condition) -> dict[str, str]:
    """Give what a rule can ask of an event of Resource Health. Source: the documented fields of such rules."""
    context = alerts.context_of(alert, condition)
    _, _, subscription, _, group, *_ = alert.machine.split("/")
    return {
        "category": "ResourceHealth", "status": context["status"], "level": context["level"],
        "operationName": context["operationName"], "resourceId": alert.machine, "resourceGroup": group,
        "resourceProvider": "Microsoft.HybridCompute", "resourceType": "Microsoft.HybridCompute/machines",
        "subscriptionId": subscription, **{f"properties.{name}": text for name, text in context["properties"].items()},
    }  # fmt: skip


def _holds(leaf: dict[str, Any], fields: dict[str, str]) -> bool:
    if leaf.get("anyOf"):
        return any(_holds(one, fields) for one in leaf["anyOf"])
    value = fields.get(str(leaf.get("field") or "").lower())
    wanted = [leaf["equals"]] if leaf.get("equals") is not None else leaf.get("containsAny") or []
    return value is not None and any(value == text.lower() for text in wanted)


def _body(
    receiver: dict[str, Any], rule: Resource, alert: Alert, condition: alerts.Condition, properties: dict[str, str]
) -> dict[str, Any]:
    if receiver["useCommonAlertSchema"]:
        return alerts.webhook_body(alert, condition, rule=rule.key, description=rule.properties["description"])
    return _older_body(alert, condition, properties)


def _older_body(alert: Alert, condition: alerts.Condition, properties: dict[str, str]) -> dict[str, Any]:
    """Give the form that receivers without the common schema get."""
    context, fields = alerts.context_of(alert, condition), fields_of(alert, condition)
    number = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{alert.key}|{condition}"))
    activity = {
        "channels": context["channels"], "correlationId": number, "eventDataId": number, "operationId": number,
        "eventSource": "ResourceHealth", "eventTimestamp": context["eventTimestamp"], "level": context["level"],
        "operationName": context["operationName"], "properties": context["properties"], "resourceId": alert.machine,
        "resourceGroupName": fields["resourceGroup"], "resourceProviderName": "Microsoft.Resourcehealth/healthevent",
        "resourceType": fields["resourceType"], "status": context["status"],
        "submissionTimestamp": context["eventTimestamp"], "subscriptionId": fields["subscriptionId"],
    }  # fmt: skip
    data = {"status": "Activated", "context": {"activityLog": activity}, "properties": properties}
    return {"schemaId": "Microsoft.Insights/activityLogs", "data": data}
