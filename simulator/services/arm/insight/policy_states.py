"""`Microsoft.PolicyInsights`: how resources comply, summaries of it, and evaluation on request.

Source: OpenAPI 2019-10-01; what the SDK and `az policy state` send. Assumed: `$apply` is refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec
from starlette.responses import Response

from simulator.call import Call
from simulator.clock import arm_time
from simulator.errors import ApiError
from simulator.resources.entities import Machine, PolicyState, Resource
from simulator.resources.policy_moments import ASSIGNMENTS, scope_of
from simulator.resources.transition import Transition
from simulator.services.arm.answers import accepted_at, with_body
from simulator.services.arm.insight import policy_cycle
from simulator.services.arm.insight.policy_definitions import NAME as DEFINITIONS
from simulator.services.arm.insight.policy_definitions import find
from simulator.services.arm.names import Parts
from simulator.services.arm.odata import Filter
from simulator.services.arm.operations import begun, need_operation
from simulator.services.arm.scopes import need_place
from simulator.store import Store
from simulator.tenancy import need_subscription

_LARGEST = 1000
Row = dict[str, Any]


def query(store: Store, call: Call, parts: Parts) -> Response:
    """List states, or events: when a state began. Raises: ApiError 400, 404."""
    if call.query("$apply"):
        raise ApiError(400, "InvalidApply", "The $apply option is not supported.")
    rows = _wanted(call, _rows(store, parts, is_event=_is_about_events(call)))
    rows = _ordered(rows, call.query("$orderby"))[: _top(call)]
    chosen = [name.strip() for name in call.query("$select").split(",") if name.strip()]
    shown = [{name: row[name] for name in row if name in chosen or name.startswith("@")} if chosen else row
             for row in rows]  # fmt: skip
    return with_body(call, {"@odata.context": _context(call, parts, "latest"), "@odata.count": len(shown),
                            "@odata.nextLink": None, "value": shown})  # fmt: skip


def summarize(store: Store, call: Call, parts: Parts) -> Response:
    """Count states: in all, by assignment and by definition. Raises: ApiError 400, 404."""
    rows = _wanted(call, _rows(store, parts, is_event=False))
    assignments = []
    for key in list(dict.fromkeys(row["policyAssignmentId"] for row in rows))[: _top(call)]:
        mine = [row for row in rows if row["policyAssignmentId"] == key]
        definition = {"policyDefinitionId": mine[0]["policyDefinitionId"], "policyDefinitionReferenceId": "",
                      "effect": mine[0]["policyDefinitionAction"], "results": _results(mine)}  # fmt: skip
        assignments.append({"policyAssignmentId": key, "policySetDefinitionId": "", "results": _results(mine),
                            "policyDefinitions": [definition]})  # fmt: skip
    place = _context(call, parts, "summary")
    summary = {"@odata.id": None, "@odata.context": f"{place}/$entity", "results": _results(rows),
               "policyAssignments": assignments}  # fmt: skip
    return with_body(call, {"@odata.context": place, "@odata.count": 1, "value": [summary]})


def trigger(store: Store, call: Call, parts: Parts) -> Response:
    """Look at everything in a subscription or a group now: 202. Assumed: it is done at the first poll."""
    scope = f"{need_place(store, parts).id}/".lower()
    for assignment in store.find(Resource, "type", ASSIGNMENTS):
        place = f"{scope_of(assignment)}/".lower()
        if place.startswith(scope) or scope.startswith(place):
            policy_cycle.evaluate(store, assignment, call.now)
    operation = begun(call, "policy.trigger", scope, status="Succeeded")
    store.apply(Transition(call.operation, (operation,)))
    subscription = need_subscription(store, parts["subscription"]).key
    place = f"/subscriptions/{subscription}/providers/Microsoft.PolicyInsights/asyncOperationResults"
    return accepted_at(call, operation, place)


def triggered(store: Store, call: Call, parts: Parts) -> Response:
    """Say by 200 that an evaluation is over. Raises: ApiError 404."""
    return with_body(call, {"status": need_operation(store, parts, "policy.trigger").status})


def rows_of(store: Store, scope: str, *, is_event: bool = False) -> Iterator[Row]:
    """Give the states of a place, of an assignment or of a definition, each named by its ARM id: those of this moment.

    Their rows are made one by one.
    """
    wanted = scope.lower()
    return (
        _row(store, state, is_event=is_event)
        for state in store.all(PolicyState)
        if f"{state.resource}/".lower().startswith(f"{wanted}/")
        or wanted in (state.assignment.lower(), state.definition.lower())
    )


def _rows(store: Store, parts: Parts, *, is_event: bool) -> list[Row]:
    scope = parts.get("scope", "")
    name = scope.rpartition("/")[2]
    if f"/providers/{DEFINITIONS}/".lower() in scope.lower():  # built-in ones are asked for below a subscription
        built_in = f"/providers/{DEFINITIONS}/{name}"
        place = built_in if find(store, built_in) else need_place(store, parts).id
        mine = f"/subscriptions/{parts['subscription']}/".lower()
        return [row for row in rows_of(store, place, is_event=is_event) if row["resourceId"].lower().startswith(mine)]
    return list(rows_of(store, need_place(store, parts).id, is_event=is_event))


def _row(store: Store, state: PolicyState, *, is_event: bool) -> Row:
    """Give a state as the service shows it. Source: OpenAPI; ids are in lower case in public answers."""
    assignment, machine = store.get(Resource, state.assignment), store.get(Machine, state.resource)
    definition = find(store, state.definition)
    properties = definition["properties"] if definition else {}
    words = state.resource.split("/")
    row: Row = {
        "@odata.id": None, "@odata.context": None,
        "timestamp": arm_time(state.since if is_event else state.evaluated), "resourceId": state.resource.lower(),
        "policyAssignmentId": state.assignment.lower(), "policyDefinitionId": state.definition.lower(),
        "effectiveParameters": "", "isCompliant": state.is_compliant, "subscriptionId": words[2],
        "resourceType": policy_cycle.MACHINES, "resourceLocation": machine.location if machine else "",
        "resourceGroup": words[4].lower(), "resourceTags": _text(machine.tags) if machine else "",
        "policyAssignmentName": assignment.name if assignment else "", "policyAssignmentOwner": "tbd",
        "policyAssignmentParameters": _text(assignment.properties["parameters"]) if assignment else "",
        "policyAssignmentScope": scope_of(assignment) if assignment else "",
        "policyDefinitionName": state.definition.rpartition("/")[2], "policyDefinitionAction": state.effect,
        "policyDefinitionCategory": str((properties.get("metadata") or {}).get("category", "tbd")).lower(),
        "policySetDefinitionId": "", "policySetDefinitionName": "", "policySetDefinitionOwner": "",
        "policySetDefinitionCategory": "", "policySetDefinitionParameters": "", "managementGroupIds": "",
        "policyDefinitionReferenceId": "",
    }  # fmt: skip
    return row | ({} if is_event else {"complianceState": "Compliant" if state.is_compliant else "NonCompliant"})


def _text(value: dict[str, Any]) -> str:
    return msgspec.json.encode(value).decode() if value else ""


def _wanted(call: Call, rows: list[Row]) -> list[Row]:
    """Give the rows that `$filter`, `$from` and `$to` want. Raises: ApiError 400."""
    begin, end = call.query("$from"), call.query("$to")
    text = " and ".join(
        part for part in (f"({call.query('$filter')})" if call.query("$filter") else "",
                          f"timestamp ge datetime'{begin}'" if begin else "",
                          f"timestamp le datetime'{end}'" if end else "") if part
    )  # fmt: skip
    wanted = Filter(text)
    return [row for row in rows if wanted.matches({name.lower(): value for name, value in row.items()})]


def _ordered(rows: list[Row], text: str) -> list[Row]:
    """Sort by `$orderby`: `timestamp desc, resourceId`. Raises: ApiError 400 for an unknown column."""
    found = list(rows)
    for part in reversed([part.split() for part in text.split(",") if part.strip()]):
        if rows and part[0] not in rows[0]:
            raise ApiError(400, "InvalidOrderBy", f"There is no column '{part[0]}'.")
        found.sort(key=lambda row: str(row[part[0]]), reverse=part[-1].lower() == "desc")
    return found


def _top(call: Call) -> int:
    text = call.query("$top") or str(_LARGEST)
    if not text.isdecimal():
        raise ApiError(400, "InvalidTop", f"The $top '{text}' is not a number that is 0 or more.")
    return min(int(text[:9]), _LARGEST)


def _results(rows: list[Row]) -> dict[str, Any]:
    bad = [row for row in rows if not row["isCompliant"]]
    counted = Counter(row["complianceState"].lower() for row in rows)
    policies = {row["policyDefinitionId"] for row in bad}
    return {
        "queryResultsUri": None, "nonCompliantResources": len({row["resourceId"] for row in bad}),
        "nonCompliantPolicies": len(policies),
        "resourceDetails": [{"complianceState": name, "count": count} for name, count in sorted(counted.items())],
        "policyDetails": [{"complianceState": "noncompliant", "count": len(policies)}],
        "policyGroupDetails": [],
    }  # fmt: skip


def _context(call: Call, parts: Parts, word: str) -> str:
    kind = "policyEvents" if _is_about_events(call) else "policyStates"
    place = f"/subscriptions/{parts['subscription']}/providers/Microsoft.PolicyInsights/{kind}/$metadata#{word}"
    return f"https://{call.header('host')}{place}"


def _is_about_events(call: Call) -> bool:
    return call.operation.startswith("policyEvents")
