"""`Microsoft.PolicyInsights/remediations`: deploy for existing machines what an assignment wants.

Source: the API of remediations. Assumed: all deployments begin at once, and a second PUT begins anew.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta
from starlette.responses import Response

from simulator.call import Call
from simulator.clock import arm_time
from simulator.errors import ApiError
from simulator.resources.entities import Extension, Machine, PolicyState, Resource
from simulator.resources.policy_moments import ASSIGNMENTS, scope_of
from simulator.resources.role_assignments import is_in
from simulator.resources.transition import Transition
from simulator.services.arm.answers import with_body
from simulator.services.arm.insight import policy_cycle
from simulator.services.arm.names import Parts
from simulator.services.arm.plain import made, need, shown
from simulator.services.arm.plain_type import PlainType
from simulator.services.arm.scopes import Place, need_place
from simulator.store import Store

NAME = "Microsoft.PolicyInsights/remediations"
_DEPLOYMENTS = "deployments"  # a property that is never shown: what was begun
_MOST = 500  # Source: what a remediation takes on when it does not say


class Filters(msgspec.Struct):
    """Which machines it is about."""

    locations: list[str] = []


class Remediation(msgspec.Struct, rename="camel"):
    """What a client may write of a remediation."""

    policy_assignment_id: str
    policy_definition_reference_id: str = ""
    resource_discovery_mode: Literal["ExistingNonCompliant", "ReEvaluateCompliance"] = "ExistingNonCompliant"
    filters: Filters = msgspec.field(default_factory=Filters)
    resource_count: Annotated[int, Meta(ge=1, le=50000)] = _MOST


def put(store: Store, call: Call, parts: Parts) -> Response:
    """Begin a remediation: 201, or 200 when there was one. Raises: ApiError 400, 404."""
    place = need_place(store, parts)
    key = f"{place.id}/providers/{NAME}/{parts['name']}"
    before = store.get(Resource, key)
    resource = made(REMEDIATIONS, store, call, Place(before.key if before else key, place.location), before)
    wanted = resource.properties
    assignment = store.get(Resource, wanted["policyAssignmentId"])
    if assignment is None or assignment.type != ASSIGNMENTS or not _is_near(scope_of(assignment), place.id):
        message = f"The policy assignment '{wanted['policyAssignmentId']}' could not be found."
        raise ApiError(404, "PolicyAssignmentNotFound", message)
    if wanted["resourceDiscoveryMode"] == "ReEvaluateCompliance":
        policy_cycle.evaluate(store, assignment, call.now)
    begun = [_begun(store, assignment, machine, call.now) for machine in _lacking(store, assignment, place, wanted)]
    after = msgspec.structs.replace(resource, properties={**wanted, _DEPLOYMENTS: begun})
    store.apply(Transition(call.operation, (after,)))
    return with_body(call, shown(REMEDIATIONS, store, after), 200 if before else 201)


def list_deployments(store: Store, call: Call, parts: Parts) -> Response:
    """List what a remediation deploys. Raises: ApiError 404."""
    resource = need(REMEDIATIONS, store, parts)
    value = [
        {"remediatedResourceId": one["machine"], "deploymentId": one["resource"],
         "status": _status(store, one), "resourceLocation": one["location"],
         "createdOn": arm_time(resource.system_data.modified), "lastUpdatedOn": arm_time(call.now),
         **({"error": {"code": "DeploymentFailed", "message": one["problem"]}} if one["problem"] else {})}
        for one in resource.properties[_DEPLOYMENTS]
    ]  # fmt: skip
    return with_body(call, {"value": value})


def _is_near(scope: str, place: str) -> bool:
    return is_in(scope, place) or is_in(place, scope)


def _lacking(store: Store, assignment: Resource, place: Place, wanted: dict[str, Any]) -> list[Machine]:
    """Give the machines in a place that do not comply and can be helped, as many as are wanted."""
    found = []
    for state in store.find(PolicyState, "assignment", assignment.key):
        machine = store.get(Machine, state.resource)
        is_here = f"{state.resource}/".lower().startswith(f"{place.id}/".lower())
        if machine is None or state.is_compliant or state.effect != policy_cycle.DEPLOYS or not is_here:
            continue
        if not wanted["filters"]["locations"] or machine.location in wanted["filters"]["locations"]:
            found.append(machine)
    return found[: wanted["resourceCount"]]


def _begun(store: Store, assignment: Resource, machine: Machine, now: float) -> dict[str, str]:
    outcome = policy_cycle.deploy(store, assignment, machine, now)
    return {"machine": machine.key, "location": machine.location, "resource": outcome.resource,
            "problem": outcome.problem}  # fmt: skip


def _status(store: Store, deployment: dict[str, str]) -> str:
    """Give how a deployment stands: as the extension that it deploys."""
    extension = store.get(Extension, deployment["resource"]) if not deployment["problem"] else None
    state = extension.state if extension is not None else "Failed"
    return state if state in ("Succeeded", "Failed") else "Running"


def _view(store: Store, resource: Resource) -> dict[str, Any]:
    """Add what has become of it."""
    kept = {name: value for name, value in resource.properties.items() if name != _DEPLOYMENTS}
    states = [_status(store, one) for one in resource.properties[_DEPLOYMENTS]]
    state = "Running" if "Running" in states else "Failed" if "Failed" in states else "Succeeded"
    counts = {"totalDeployments": len(states), "successfulDeployments": states.count("Succeeded"),
              "failedDeployments": states.count("Failed")}  # fmt: skip
    return {"provisioningState": state, "createdOn": arm_time(resource.system_data.created),
            "lastUpdatedOn": arm_time(resource.system_data.modified), **kept, "deploymentStatus": counts}  # fmt: skip


REMEDIATIONS = PlainType(
    name=NAME,
    within="scope",
    verbs=("list", "get", "delete"),
    is_tracked=False,
    shape=Remediation,
    state="",
    shows_deleted=True,
    view=_view,
)
