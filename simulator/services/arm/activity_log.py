"""`S/providers/Microsoft.Insights/eventtypes/management/values`: what was written, deleted and done.

Nothing is kept for it: the journal of requests is told in Azure's form. Source: OpenAPI of activity logs 2015-04-01 and
the REST reference; the form of events that SDK and CLI read. Assumed: a refused token, and what throttling has refused,
leave no event.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime
from http import HTTPStatus
from typing import Any, NamedTuple

from starlette.responses import Response

from simulator.call import Call
from simulator.clock import arm_time
from simulator.contract import Event
from simulator.errors import ApiError
from simulator.resources.entities import Operation, Principal
from simulator.resources.providers import canonical_namespace, find_type, type_of
from simulator.resources.role_assignments import is_in
from simulator.services.arm.answers import with_body
from simulator.services.arm.names import Parts
from simulator.services.arm.odata import Filter
from simulator.services.arm.pages import paged
from simulator.services.arm.route_tree import SIGNED_IN, Handler, RouteTree
from simulator.store import Store
from simulator.tenancy import need_subscription

_SILENT = (0, 401, 429)
_PHRASES = {status.value: status.phrase.replace(" ", "") for status in HTTPStatus}
_ENDS = {"Succeeded": ("Succeeded", "Informational"), "Failed": ("Failed", "Error"), "Canceled": ("Failed", "Error")}

_LAST = 2**63 - 1
_ORDER = {"Started": 2, "Accepted": 1}  # the stages that others follow


#: Source: the REST reference's example, and the categories that the log is documented to have.
_CATEGORIES = ("Administrative", "Security", "ServiceHealth", "Alert", "Recommendation", "Policy", "Autoscale",
               "ResourceHealth")  # fmt: skip


class Entry(NamedTuple):
    """One event of the log: a request of the journal, what it was about, and the stage that is told.

    `resource` is an ARM id, `at` a moment in seconds of lab time, `code` an HTTP status, 0 before there is one.
    """

    event: Event
    action: str
    resource: str
    stage: str  # Started, Accepted, Succeeded or Failed
    level: str
    at: float
    code: int


def lister(routes: RouteTree) -> Handler:
    """Give the handler that lists the log of a subscription; `routes` tells what a request was about."""

    def list_all(store: Store, call: Call, parts: Parts) -> Response:
        return _list(routes, store, call, parts)

    return list_all


def list_categories(_store: Store, call: Call, _parts: Parts) -> Response:
    """List the categories that events may have; this log tells of `Administrative` alone."""
    return with_body(call, {"value": [{"value": name, "localizedValue": name} for name in _CATEGORIES]})


def _list(routes: RouteTree, store: Store, call: Call, parts: Parts) -> Response:
    """List events, newest first, in pages. Raises: ApiError 400 without a filter, or for one that cannot be read."""
    subscription = need_subscription(store, parts["subscription"])
    if not call.query("$filter").strip():
        raise ApiError(400, "BadRequest", "The $filter query parameter is missing; it names a span of eventTimestamp.")
    wanted = Filter(call.query("$filter"))
    scope = f"/subscriptions/{subscription.key}"
    found = [entry for entry in entries(routes, store, scope) if wanted.matches(_values(store, entry))]
    found.sort(key=_turn)
    names = [name.strip().lower() for name in call.query("$select").split(",") if name.strip()]

    def show(entry: Entry) -> dict[str, Any]:
        body = _shown(store, entry, subscription.tenant_id)
        return {key: body[key] for key in body if not names or key.lower() in names}

    return paged(store, call, parts, found, key=_turn, show=show)


def _turn(entry: Entry) -> str:
    """Give a text by which the log is sorted: the newest request first, of each how it ended before how it began."""
    return f"{_LAST - entry.event.seq:019}.{_ORDER.get(entry.stage, 0)}"


def entries(routes: RouteTree, store: Store, scope: str) -> Iterator[Entry]:
    """Give the log of a subscription, which is given by its ARM id, oldest first."""
    for event in store.read(0):
        about = _about(routes, event, scope)
        if about is not None:
            yield from _stages(store, event, *about)


def _about(routes: RouteTree, event: Event, scope: str) -> tuple[str, str] | None:
    """Give action and resource of a request that belongs to the log; None for any other event."""
    path = event.path.partition("?")[0]
    if event.kind != "request" or event.status in _SILENT or not event.caller or not is_in(scope, path):
        return None
    found = routes.find(event.method, path)
    if found is None or found[0].action.lower().endswith("/read") or found[0].action in ("", SIGNED_IN):
        return None
    action = found[0].action
    is_action = event.method == "POST" and action.endswith("/action")
    return action, path.rpartition("/")[0] if is_action else path


def _stages(store: Store, event: Event, action: str, resource: str) -> Iterator[Entry]:
    """Give what the log says of one request: that it began, how it was answered, and how its operation ended."""
    at = datetime.fromisoformat(event.time).timestamp()
    yield Entry(event, action, resource, "Started", "Informational", at, 0)
    operation = store.get(Operation, str(event.data.get("operationId", "")))
    is_bad = event.status >= 400
    stage = "Failed" if is_bad else "Accepted" if operation else "Succeeded"
    yield Entry(event, action, resource, stage, "Error" if is_bad else "Informational", at, event.status)
    if operation is not None and operation.status in _ENDS:
        end, level = _ENDS[operation.status]
        yield Entry(event, action, resource, end, level, max(at, operation.ended), 200 if end == "Succeeded" else 409)


def _provider(resource: str) -> tuple[str, str]:
    """Give namespace and whole type of a resource; groups and subscriptions are those of Microsoft.Resources."""
    asked = type_of(resource, "GET")
    if asked is None:
        words = resource.split("/")
        if len(words) > 4 and words[3].lower() == "providers":
            return canonical_namespace(words[4]), canonical_namespace(words[4])
        asked = "Microsoft.Resources", "subscriptions/resourceGroups" if len(words) > 4 else "subscriptions"
    namespace, kind = canonical_namespace(asked[0]), find_type(*asked)
    return namespace, f"{namespace}/{kind.name if kind else asked[1]}"


def _group(resource: str) -> str:
    words = resource.split("/")
    return words[4] if len(words) > 4 and words[3].lower() == "resourcegroups" else ""


def _caller(store: Store, object_id: str) -> str:
    """Give who has called. Source: a person's user name, or the name of a service principal."""
    person = store.get(Principal, object_id)
    return (person.upn or person.client_id) if person else object_id


def _values(store: Store, entry: Entry) -> dict[str, Any]:
    """Give what a filter can ask for."""
    return {
        "eventtimestamp": entry.at, "resourcegroupname": _group(entry.resource), "resourceuri": entry.resource,
        "resourceid": entry.resource, "resourceprovider": _provider(entry.resource)[0],
        "correlationid": str(entry.event.data.get("correlationId", "")), "caller": _caller(store, entry.event.caller),
        "status": entry.stage, "levels": entry.level, "eventchannels": "Admin, Operation",
        "operationname": entry.action, "resourcetype": _provider(entry.resource)[1],
    }  # fmt: skip


def _named(value: str, localized: str = "") -> dict[str, str]:
    return {"value": value, "localizedValue": localized or value}


def _shown(store: Store, entry: Entry, tenant: str) -> dict[str, Any]:
    event, data = entry.event, entry.event.data
    namespace, kind = _provider(entry.resource)
    number = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{event.seq}.{entry.stage}"))
    caller, moment = _caller(store, event.caller), arm_time(entry.at)
    text = _PHRASES.get(entry.code, str(entry.code or ""))
    ticks = int((entry.at + 62_135_596_800) * 10_000_000)  # Source: .NET's, since the year 1
    return {
        "authorization": {"action": entry.action, "scope": entry.resource}, "caller": caller, "channels": "Operation",
        "claims": {"http://schemas.microsoft.com/identity/claims/objectidentifier": event.caller, "name": caller},
        "correlationId": data.get("correlationId", ""), "description": "", "eventDataId": number,
        "eventName": _named("BeginRequest" if entry.stage == "Started" else "EndRequest",
                            "Begin request" if entry.stage == "Started" else "End request"),
        "category": _named("Administrative"), "eventTimestamp": moment, "submissionTimestamp": moment,
        "httpRequest": {"clientRequestId": data.get("clientRequestId", ""), "clientIpAddress": event.client,
                        "method": event.method},
        "id": f"{entry.resource}/events/{number}/ticks/{ticks}", "level": entry.level,
        "operationId": data.get("operationId") or data.get("correlationId", ""), "operationName": _named(entry.action),
        "properties": {"statusCode": text, "entity": entry.resource, "message": entry.action,
                       "eventCategory": "Administrative"},
        "resourceGroupName": _group(entry.resource), "resourceId": entry.resource,
        "resourceProviderName": _named(namespace), "resourceType": _named(kind), "status": _named(entry.stage),
        "subStatus": _named(text, f"{text} (HTTP Status Code: {entry.code})") if text else _named(""),
        "subscriptionId": entry.resource.split("/")[2], "tenantId": tenant,
    }  # fmt: skip
