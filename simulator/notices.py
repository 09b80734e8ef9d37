"""What action groups have to be told because of an alert's news: the rules of the state, applied to it."""

from __future__ import annotations

from simulator.resources.activity_alerts import RULES, notices
from simulator.resources.alerts import Condition
from simulator.resources.entities import Alert, Notice, Resource
from simulator.store import Store


def notices_of(store: Store, alert: Alert, condition: Condition) -> tuple[Notice, ...]:
    """Give a notice for each webhook that is to be told; they are kept with the news, in one change."""
    rules = store.find(Resource, "type", RULES)
    return notices(alert, condition, rules, lambda key: store.get(Resource, key))
