"""Policies at work: what becomes due is looked at, what has to exist is deployed, as a client would deploy it.

Source: the documented triggers (`resources/policy_moments.py`); what is not there is deployed when a machine was made
or changed, and by remediation, not by the daily cycle; the assignment's identity deploys it, with the roles that it
was given. Assumed: policies look at connected machines only; `deny` only tells who does not comply; `modify` changes a
machine when it deploys would, and not the request that makes or changes it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from simulator.authorization import need_right
from simulator.errors import ApiError
from simulator.policy.definitions import Rule, rule_of
from simulator.policy.expressions import ExpressionError
from simulator.resources import extensions as extension_rules
from simulator.resources import machines as machine_rules
from simulator.resources.entities import Entity, Extension, Machine, PolicyScan, PolicyState, Resource
from simulator.resources.plain import principal_of
from simulator.resources.policy_moments import ASSIGNMENTS, EVALUATED, covers, scans_of, scope_of
from simulator.resources.system_data import Author
from simulator.resources.transition import Transition
from simulator.services.arm import extensions
from simulator.services.arm.insight.policy_definitions import find
from simulator.services.arm.locks import refuse_locked
from simulator.store import Store
from simulator.tenancy import tenant_of

MACHINES = "Microsoft.HybridCompute/machines"
_EXTENSIONS = f"{MACHINES}/extensions"
_WRITE_DEPLOYMENTS, _WRITE_EXTENSIONS = "Microsoft.Resources/deployments/write", f"{_EXTENSIONS}/write"
_WRITE_MACHINES = f"{MACHINES}/write"
DEPLOYS, _MODIFIES = "deployifnotexists", "modify"
_BROKEN = (ExpressionError, AttributeError, TypeError, RecursionError)  # what a rule of a client can be


class Deployment(NamedTuple):
    """What became of a deployment: the id of what was deployed, or why it was not."""

    resource: str
    problem: str = ""


def settle(store: Store) -> None:
    """Look at everything that is due by lab time."""
    now = store.clock.now()
    while (assignment := store.next_due(Resource, now)) is not None:
        evaluate(store, assignment, now)
    while (scan := store.next_due(PolicyScan, now)) is not None:
        _scan(store, scan, now)


def evaluate(store: Store, assignment: Resource, now: float) -> None:
    """Look at everything that an assignment is about, and keep how it complies."""
    rule = _rule_of(store, assignment)
    held = {state.key.lower(): state for state in store.find(PolicyState, "assignment", assignment.key)}
    states = [state for machine in _machines_of(store, assignment)
              if (state := _state(store, assignment, rule, machine, now)) is not None]  # fmt: skip
    kept = {state.key.lower() for state in states}
    gone: list[tuple[type[Entity], str]] = [(PolicyState, key) for key in held if key not in kept]
    looked = msgspec.structs.replace(assignment, properties={**assignment.properties, EVALUATED: now})
    data = {"assignment": assignment.key, "resources": len(states)}
    store.apply(Transition("policy.evaluate", (looked, *states), tuple(gone), data=data))


def deploy(store: Store, assignment: Resource, machine: Machine, now: float) -> Deployment:
    """Deploy what an assignment wants to exist on a machine; an event says what became of it.

    Source: the assignment's identity needs roles of its own, for the deployment in the machine's group and for what is
    deployed; locks hold it as they hold others.
    """
    rule = _rule_of(store, assignment)
    try:
        wanted = rule.deployed(shown(store, machine, now)) if rule is not None else []
        found = [one for one in wanted if one["type"].lower() == _EXTENSIONS.lower()]
        if not found:
            raise ExpressionError("The deployment has no extension of a machine.")
        name = found[0]["name"].rpartition("/")[2]
        who, place = principal_of(assignment), f"{machine.key}/extensions/{name}"
        group = machine.key.rpartition("/providers/")[0]
        need_right(store, who, _WRITE_DEPLOYMENTS, f"{group}/providers/Microsoft.Resources/deployments/{name}")
        need_right(store, who, _WRITE_EXTENSIONS, place)
        refuse_locked(store, _WRITE_EXTENSIONS, place)
        author = Author(who, "ManagedIdentity")
        operation = extensions.start(store, machine, name, found[0], author=author, now=now)
        outcome = Deployment(operation.resource)
    except (ApiError, KeyError, *_BROKEN) as error:
        outcome = Deployment("", error.message if isinstance(error, ApiError) else str(error))
    data = {"assignment": assignment.key, "resource": outcome.resource}
    data |= {"problem": outcome.problem} if outcome.problem else {}
    store.apply(Transition("policy.deploy", machine=machine.key, data=data))
    return outcome


def modify(store: Store, assignment: Resource, machine: Machine, now: float) -> None:
    """Change a machine as an assignment wants it; an event says if that could not be done."""
    rule = _rule_of(store, assignment)
    problem = ""
    changed: list[Entity] = []
    try:
        body = rule.modified(shown(store, machine, now), f"{MACHINES}/") if rule is not None else {}
        who = principal_of(assignment)
        need_right(store, who, _WRITE_MACHINES, machine.key)
        refuse_locked(store, _WRITE_MACHINES, machine.key)
        author = Author(who, "ManagedIdentity")
        after = machine_rules.updated(machine, body, is_patch=True, author=author, now=now)
        changed = [after, *scans_of(after, [assignment], now)]
    except (ApiError, KeyError, *_BROKEN) as error:
        problem = error.message if isinstance(error, ApiError) else str(error)
    data = {"assignment": assignment.key, **({"problem": problem} if problem else {})}
    store.apply(Transition("policy.modify", tuple(changed), machine=machine.key, data=data))


def shown(store: Store, machine: Machine, now: float) -> dict[str, Any]:
    """Give a machine as rules see it."""
    return machine_rules.shown(machine, None, tenant_of(store, machine.subscription_id), now)


def _scan(store: Store, scan: PolicyScan, now: float) -> None:
    """Look at one machine by all assignments, and deploy what it lacks; one that is gone needs nothing."""
    machine = store.get(Machine, scan.key)
    if machine is None:
        store.apply(Transition("policy.scan", delete=((PolicyScan, scan.key),), machine=scan.key))
        return
    lacking: list[tuple[Resource, str]] = []
    states = []
    for assignment in store.find(Resource, "type", ASSIGNMENTS):
        is_mine = covers(assignment, scan.key)
        state = _state(store, assignment, _rule_of(store, assignment), machine, now) if is_mine else None
        states += [state] if state is not None else []
        if state is not None and _is_enforced(assignment) and not state.is_compliant:
            lacking.append((assignment, state.effect))
    store.apply(Transition("policy.scan", tuple(states), ((PolicyScan, scan.key),), machine=scan.key))
    for assignment, effect in lacking:
        if effect == DEPLOYS:
            deploy(store, assignment, machine, now)
        elif effect == _MODIFIES:
            modify(store, assignment, store.get(Machine, scan.key) or machine, now)


def _is_enforced(assignment: Resource) -> bool:
    return bool(assignment.properties["enforcementMode"] == "Default")


def _state(store: Store, assignment: Resource, rule: Rule | None, machine: Machine, now: float) -> PolicyState | None:
    """Give how a machine complies; None when the rule is not about it, or cannot be run."""
    if rule is None or rule.effect == "disabled" or not rule.may_be_about(MACHINES):
        return None
    try:
        is_met = rule.is_about(shown(store, machine, now))
        if rule.looks_for_related and not is_met:
            return None
        is_compliant = _has_related(store, rule, machine) if rule.looks_for_related else not is_met
    except _BROKEN:
        return None
    key = f"{assignment.key}/states{machine.key}"
    before = store.get(PolicyState, key)
    since = before.since if before is not None and before.is_compliant == is_compliant else now
    return PolicyState(
        key=key, assignment=assignment.key, definition=assignment.properties["policyDefinitionId"],
        resource=machine.key, effect=rule.effect, is_compliant=is_compliant, since=since, evaluated=now,
    )  # fmt: skip


def _has_related(store: Store, rule: Rule, machine: Machine) -> bool:
    return any(rule.exists(extension_rules.shown(one)) for one in store.find(Extension, "machine", machine.key))


def _machines_of(store: Store, assignment: Resource) -> list[Machine]:
    scope = scope_of(assignment)
    alone = store.get(Machine, scope)
    every = [alone] if alone is not None else store.below(Machine, scope)
    return [machine for machine in every if covers(assignment, machine.key)]


def _rule_of(store: Store, assignment: Resource) -> Rule | None:
    """Give an assignment's rule; None when its definition is gone or cannot be run with its parameters."""
    definition = find(store, assignment.properties["policyDefinitionId"])
    try:
        return rule_of(definition["properties"], assignment.properties["parameters"]) if definition else None
    except _BROKEN:
        return None
