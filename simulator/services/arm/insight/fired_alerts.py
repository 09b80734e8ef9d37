"""`Microsoft.AlertsManagement/alerts`: what alerts have fired, and what people have made of them.

An alert fires rules; each of them is one alert to people. Source: OpenAPI 2019-05-05-preview and 2025-05-25-preview
with their examples. Assumed: who fires, and that nobody groups alerts; see docs/wire/alerts.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from starlette.responses import Response

from simulator.call import Call
from simulator.clock import arm_time
from simulator.errors import ApiError
from simulator.resources import alerts
from simulator.resources.entities import Alert, AlertChange, Resource
from simulator.resources.request_body import text_of
from simulator.resources.role_assignments import is_in
from simulator.resources.transition import Transition
from simulator.services.arm.answers import with_body
from simulator.services.arm.authors import author_of
from simulator.services.arm.names import Parts
from simulator.services.arm.scopes import Place, need_place
from simulator.store import Store, follows_from

_TYPE = "Microsoft.AlertsManagement/alerts"
_STATES = ("New", "Acknowledged", "Closed")
_BOOLEANS = ("true", "false")
_PAGE_SIZES = tuple(map(str, range(1, 251)))  # Source: the bounds of `pageCount` in OpenAPI
_DAYS = {"1h": 1 / 24, "1d": 1, "7d": 7, "30d": 30}
#: What a summary counts by: all the values of each, also those that no alert has. Source: the example.
_COUNTED: dict[str, tuple[str, ...]] = {
    "severity": ("Sev0", "Sev1", "Sev2", "Sev3", "Sev4"), "alertState": _STATES,
    "monitorCondition": ("Fired", "Resolved"), "monitorService": (), "signalType": (), "alertRule": (),
}  # fmt: skip
#: Parameters that choose alerts, and the essential that each is compared with.
_CHOSEN_BY = {
    "targetResource": "targetResource", "targetResourceType": "targetResourceType",
    "targetResourceGroup": "targetResourceGroup", "monitorService": "monitorService",
    "monitorCondition": "monitorCondition", "severity": "severity", "alertState": "alertState",
    "alertRule": "alertRule",
}  # fmt: skip


#: What a list is sorted by, the first where nobody asks; moments come with the newest first, all else from A to Z.
_SORTED_BY = ("lastModifiedDateTime", "startDateTime", "name", "severity", "alertState", "monitorCondition",
              "targetResource", "targetResourceName", "targetResourceGroup", "targetResourceType")  # fmt: skip


class _Fired(NamedTuple):
    """An alert of one rule, its number, and what people have made of it, the first first."""

    alert: Alert
    rule: str
    number: str
    changes: Sequence[AlertChange]

    @property
    def state(self) -> str:
        return self.changes[-1].after if self.changes else _STATES[0]

    @property
    def modified(self) -> float:
        return max([self.alert.fired, self.alert.resolved, *(change.at for change in self.changes)])


def list_all(store: Store, call: Call, parts: Parts) -> Response:
    """List what has fired in a place, the newest change first. Raises: ApiError 400, 404."""
    with_context = _one_of(call, "includeContext", _BOOLEANS, "false") == "true"
    _one_of(call, "pageCount", _PAGE_SIZES, "")
    chosen = _chosen(store, call, need_place(store, parts))
    return with_body(call, {"value": [_shown(store, one, with_context=with_context) for one in chosen]})


def get(store: Store, call: Call, parts: Parts) -> Response:
    """Give one. Raises: ApiError 404."""
    return with_body(call, _shown(store, _need(store, parts), with_context=True))


def change_state(store: Store, call: Call, parts: Parts) -> Response:
    """Let somebody say what has become of one. Raises: ApiError 400, 404.

    Assumed: the state that it has already is no change.
    """
    one, state = _need(store, parts), _one_of(call, "newState", _STATES)
    comments = text_of(call.json(), "comments")
    if state == one.state:
        return with_body(call, _shown(store, one, with_context=True))
    change = AlertChange(
        key=f"{one.number}/{len(one.changes):06}", alert=one.number, before=one.state, after=state,
        by=author_of(store, call).name, at=call.now, comments=comments,
    )  # fmt: skip
    store.apply(Transition(call.operation, (change,), machine=one.alert.machine))
    return with_body(call, _shown(store, one._replace(changes=(*one.changes, change)), with_context=True))


def history(store: Store, call: Call, parts: Parts) -> Response:
    """Give what has happened to one, the first first. Raises: ApiError 404."""
    one = _need(store, parts)
    told = [_modification("AlertCreated", one.alert.fired, "System", description="New alert is created")]
    if one.alert.resolved:
        told.append(_modification("MonitorConditionChange", one.alert.resolved, "System", old="Fired", new="Resolved"))
    for each in one.changes:
        words = {"old": each.before, "new": each.after, "comments": each.comments}
        told.append(_modification("StateChange", each.at, each.by, **words))
    told.sort(key=lambda each: str(each["modifiedAt"]))
    body = {**_named(one), "properties": {"alertId": one.number, "modifications": told}}
    return with_body(call, body)


def summary(store: Store, call: Call, parts: Parts) -> Response:
    """Count what has fired in a place, by one essential or by several. Raises: ApiError 400, 404."""
    place = need_place(store, parts)
    known = {word.lower(): word for word in _COUNTED}
    asked = call.query("groupby").lower().split(",")
    words = [known.get(word.strip(), "") for word in asked]
    if "" in words or len({*words}) < len(words):
        raise _bad("groupby", call.query("groupby"))
    found = [_essentials(store, one) for one in _chosen(store, call, place)]
    properties = {"groupedby": words[0], "smartGroupsCount": 0, "total": len(found), "values": _counted(found, words)}
    kind = f"{_TYPE}Summary"
    body = {"id": f"{place.id}/providers/{kind}/current", "name": "current", "type": kind, "properties": properties}
    return with_body(call, body)


def metadata(_store: Store, call: Call, _parts: Parts) -> Response:
    """Tell which services fire alerts here. Raises: ApiError 400. Source: the one identifier there is."""
    identifier = call.query("identifier")
    if identifier.lower() != "monitorservicelist":
        raise _bad("identifier", identifier)
    data = [{"name": "Resource Health", "displayName": "Resource Health"}]
    return with_body(call, {"properties": {"metadataIdentifier": "MonitorServiceList", "data": data}})


def _fired(store: Store, place: Place) -> list[_Fired]:
    own = store.find(Alert, "machine", place.id)
    return [
        _Fired(alert, rule, number, store.find(AlertChange, "alert", number))
        for alert in own or store.below(Alert, place.id)
        for rule in alert.rules
        for number in [alerts.number_of(alert, rule)]
    ]


def _need(store: Store, parts: Parts) -> _Fired:
    """Give the alert of a path, also when its machine is gone. Raises: ApiError 404."""
    number = parts["alert"].lower()
    alert, rule = _numbered(store).get(number, (None, ""))
    if alert is None or not is_in(parts["scope"], alert.machine):
        need_place(store, parts)
        raise ApiError(404, "AlertNotFound", f"There is no alert '{parts['alert']}'.")
    return _Fired(alert, rule, number, store.find(AlertChange, "alert", number))


@follows_from(Alert)
def _numbered(store: Store) -> dict[str, tuple[Alert, str]]:
    """Give each alert and the rule that it has fired, by the number that people know it by."""
    return {alerts.number_of(alert, rule): (alert, rule) for alert in store.all(Alert) for rule in alert.rules}


def _chosen(store: Store, call: Call, place: Place) -> list[_Fired]:
    """Give what the parameters choose, the newest change first. Source: the day that counts when none is named."""
    begins, ends = _span(call)
    for name in ("severity", "alertState", "monitorCondition"):
        _one_of(call, name, _COUNTED[name], "")
    word = _one_of(call, "sortBy", _SORTED_BY, _SORTED_BY[0])
    order = _one_of(call, "sortOrder", ("asc", "desc"), "desc" if word in _SORTED_BY[:2] else "asc")
    wanted = {name: call.query(word).lower() for word, name in _CHOSEN_BY.items() if call.query(word)}

    def is_wanted(one: _Fired) -> bool:
        told = _essentials(store, one)
        return begins <= one.alert.fired <= ends and all(told[name].lower() == text for name, text in wanted.items())

    found = [one for one in _fired(store, place) if is_wanted(one)]

    def value_of(one: _Fired) -> str:
        return str({"name": _named(one)["name"], **_essentials(store, one)}[word])

    return sorted(found, key=value_of, reverse=order == "desc")


def _span(call: Call) -> tuple[float, float]:
    """Give the moments between which an alert has fired. Raises: ApiError 400."""
    custom = call.query("customTimeRange")
    if not custom:
        return call.now - _DAYS[_one_of(call, "timeRange", _DAYS, "1d")] * 86400, call.now
    try:
        begins, ends = (datetime.fromisoformat(text).timestamp() for text in custom.split("/"))
    except ValueError as error:
        raise _bad("customTimeRange", custom) from error
    return begins, ends


def _shown(store: Store, one: _Fired, *, with_context: bool) -> dict[str, Any]:
    context = alerts.context_of(one.alert, _condition(one)) if with_context else {}
    properties = {"essentials": _essentials(store, one), "context": context, "egressConfig": {}}
    return {**_named(one), "properties": properties}


def _named(one: _Fired) -> dict[str, Any]:
    """Give the members of every resource. Source: the examples, whose name is that of the rule."""
    return {"id": alerts.id_of(one.alert, one.rule), "name": one.rule.rpartition("/")[2], "type": _TYPE}


def _essentials(store: Store, one: _Fired) -> dict[str, Any]:
    alert, rule = one.alert, store.get(Resource, one.rule)
    words = alert.machine.split("/")
    resolved = {"monitorConditionResolvedDateTime": arm_time(alert.resolved)} if alert.resolved else {}
    return {
        "severity": alerts.SEVERITY, "signalType": "Log", "alertState": one.state, "monitorCondition": _condition(one),
        "monitorService": "Resource Health", "targetResource": alert.machine.lower(), "targetResourceName": words[-1],
        "targetResourceGroup": words[4], "targetResourceType": "microsoft.hybridcompute/machines",
        "alertRule": one.rule, "sourceCreatedId": one.number, "startDateTime": arm_time(alert.fired),
        "lastModifiedDateTime": arm_time(one.modified), **resolved,
        "lastModifiedUserName": one.changes[-1].by if one.changes else "System",
        "actionStatus": {"isSuppressed": False},
        "description": rule.properties.get("description", "") if rule is not None else "",
    }  # fmt: skip


def _condition(one: _Fired) -> alerts.Condition:
    return "Resolved" if one.alert.resolved else "Fired"


def _modification(event: str, at: float, by: str, *, old: str = "", new: str = "", **more: str) -> dict[str, Any]:
    described = f"{event} from '{old}' to '{new}'"
    return {"modificationEvent": event, "oldValue": old, "newValue": new, "modifiedAt": arm_time(at),
            "modifiedBy": by, "comments": "", "description": described, **more}  # fmt: skip


def _counted(found: Sequence[dict[str, Any]], words: Sequence[str]) -> list[dict[str, Any]]:
    """Give how many have each value of the first word; among them each value of the next one."""
    word, *others = words
    values = dict.fromkeys((*_COUNTED[word], *(str(one[word]) for one in found)))
    told = []
    for value in values:
        these = [one for one in found if one[word] == value]
        inner = {"groupedby": others[0], "values": _counted(these, others)} if others else {}
        told.append({"name": value, "count": len(these), **inner})
    return told


def _one_of(call: Call, name: str, words: Iterable[str], default: str | None = None) -> str:
    """Give the word that a parameter names, in any case; the default where it names none. Raises: ApiError 400."""
    asked = call.query(name).lower()
    found = next((word for word in words if word.lower() == asked), None) if asked else default
    if found is None:
        raise _bad(name, call.query(name))
    return found


def _bad(name: str, value: str) -> ApiError:
    """Give the refusal of a parameter. Assumed: code and text."""
    return ApiError(400, "BadRequest", f"The value '{value}' of the query parameter '{name}' is not known.")
