"""`Microsoft.ResourceHealth/events`: what happened to the services of Azure, as `/_sim/health-events` has told it."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.responses import Response

from simulator.call import Call
from simulator.errors import ApiError
from simulator.resources.entities import HealthEvent, Subscription
from simulator.resources.health_events import shown, shown_region, touches
from simulator.services.arm.answers import with_body
from simulator.services.arm.names import Parts
from simulator.services.arm.odata import Filter
from simulator.services.arm.scopes import need_place
from simulator.store import Store


def list_all(store: Store, call: Call, parts: Parts) -> Response:
    """List the events of the tenant, a subscription or a resource's region, the newest first.

    `$filter` knows `eventType`, `status`, `service` and `region`, and `properties/` before the first two;
    `queryStartTime` is a day or a moment (Source: OpenAPI's examples). Raises: ApiError 400, 404.
    """
    location = need_place(store, parts).location if "scope" in parts else ""
    wanted, since = Filter(call.query("$filter")), _since(call.query("queryStartTime"))
    found = [event for event in _theirs(store, call, parts, location) if event.updated >= since]
    found.sort(key=lambda event: event.updated, reverse=True)
    return with_body(call, {"value": [shown(event) for event in found if _passes(wanted, event)]})


def get(store: Store, call: Call, parts: Parts) -> Response:
    """Give one event. Raises: ApiError 404. Assumed: its code."""
    wanted = parts["event"].lower()
    found = next((event for event in _theirs(store, call, parts, "") if event.key.lower() == wanted), None)
    if found is None:
        raise ApiError(404, "EventNotFound", f"There is no event with the tracking id '{parts['event']}'.")
    return with_body(call, shown(found))


def _theirs(store: Store, call: Call, parts: Parts, location: str) -> list[HealthEvent]:
    if "subscription" in parts:
        mine = {parts["subscription"].lower()}
    else:
        mine = {each.key.lower() for each in store.all(Subscription) if each.tenant_id == call.tenant}
    return [event for event in store.all(HealthEvent) if touches(event, mine, location)]


def _passes(wanted: Filter, event: HealthEvent) -> bool:
    values = {"eventtype": event.type, "status": event.status, "properties/eventtype": event.type,
              "properties/status": event.status, "service": event.service}  # fmt: skip
    regions: list[str | None] = [shown_region(name) for name in event.regions] or [None]
    return any(wanted.matches({**values, "region": region}) for region in regions)


def _since(text: str) -> float:
    """Give the moment from which events are wanted, 0 for all. Raises: ApiError 400."""
    if not text:
        return 0.0
    try:
        day = datetime.strptime(text, "%m/%d/%Y") if "/" in text else datetime.fromisoformat(text)  # noqa: DTZ007
    except ValueError as error:
        message = f"The value '{text}' of 'queryStartTime' is no day such as 7/24/2020, and no moment."
        raise ApiError(400, "InvalidQueryParameterValue", message) from error
    return (day if day.tzinfo else day.replace(tzinfo=UTC)).timestamp()
