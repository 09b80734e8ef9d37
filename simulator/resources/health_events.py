"""What happened to the services of Azure, as Resource Health tells it. Source: OpenAPI 2024-02-01 and its examples."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from simulator.clock import arm_time
from simulator.resources.entities import HealthEvent
from simulator.resources.locations import LOCATIONS

_PLACE = "/providers/Microsoft.ResourceHealth/events"  # Source: examples write id and type so, also below subscriptions


def touches(event: HealthEvent, subscriptions: Collection[str], location: str = "") -> bool:
    """Say whether an event is one of some subscriptions (ids in lower case) and of a region, if it is known."""
    is_theirs = not event.subscriptions or any(each.lower() in subscriptions for each in event.subscriptions)
    return is_theirs and (not location or not event.regions or location in event.regions)


def shown_region(name: str) -> str:
    """Give a region as people read it."""
    return LOCATIONS[name].display if name in LOCATIONS else name


def shown(event: HealthEvent) -> dict[str, Any]:
    """Give an event as Resource Health shows it. Assumed: `Global` for one that is everywhere."""
    updated = arm_time(event.updated)
    regions = [shown_region(name) for name in event.regions] or ["Global"]
    properties: dict[str, Any] = {
        "eventType": event.type, "eventSource": "ServiceHealth", "status": event.status, "title": event.title,
        "summary": event.summary, "level": event.level, "impactStartTime": arm_time(event.started),
        "lastUpdateTime": updated,
        "impact": [{"impactedService": event.service, "impactedRegions": [
            {"impactedRegion": region, "status": event.status, "impactedSubscriptions": list(event.subscriptions),
             "lastUpdateTime": updated} for region in regions
        ]}],
    }  # fmt: skip
    if event.mitigated:
        properties["impactMitigationTime"] = arm_time(event.mitigated)
    return {"id": f"{_PLACE}/{event.key}", "name": event.key, "type": _PLACE, "properties": properties}
