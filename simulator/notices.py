"""What action groups have to be told because of an alert's news: the rules of the state, applied to it."""

from __future__ import annotations

from simulator.resources.activity_alerts import RULES, is_about, notices
from simulator.resources.alerts import LAB_RULE, Condition
from simulator.resources.entities import Alert, AlertRule, Notice, Resource
from simulator.store import Store


def rules_about(store: Store, alert: Alert) -> tuple[str, ...]:
    """Give the rules that an alert fires: those that are about it, and the lab's own where there is one."""
    own = (LAB_RULE,) if store.get(AlertRule, "rule") is not None else ()
    rules = store.find(Resource, "type", RULES)
    return own + tuple(rule.key for rule in rules if is_about(rule.properties, alert, "Fired"))


def notices_of(store: Store, alert: Alert, condition: Condition) -> tuple[Notice, ...]:
    """Give a notice for each webhook that is to be told; they are kept with the news, in one change."""
    rules = store.find(Resource, "type", RULES)
    return notices(alert, condition, rules, lambda key: store.get(Resource, key))
