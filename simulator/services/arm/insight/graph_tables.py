"""The tables that Resource Graph can be asked for: rows made of the state as a query reads them.

The rows are of the entities that were there when a query began. What is dear to make, such as `properties`, is made
when a query looks at it, of the state at that moment. Source: the columns and the tables of Resource Graph's reference;
types, groups and regions are in lower case there, ids are as they are.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from operator import attrgetter
from typing import Any, NamedTuple

from simulator.kusto import Lazy, Source, in_batches
from simulator.resources import extensions as extension_rules
from simulator.resources import machines as machine_rules
from simulator.resources.entities import Extension, Machine, Resource, ResourceGroup, Subscription
from simulator.services.arm.groups import shown as shown_group
from simulator.services.arm.insight import advisor, policy_states
from simulator.services.arm.insight.health import shown as shown_health
from simulator.services.arm.plain_types import shown_resource
from simulator.services.arm.subscriptions import shown as shown_subscription
from simulator.store import Store

Row = dict[str, Any]
Makers = dict[str, Callable[[Any], Any]]
_TEXTS = ("id", "name", "type", "tenantId", "kind", "location", "resourceGroup", "subscriptionId", "managedBy")
_BAGS = ("sku", "plan", "properties", "tags", "identity", "zones", "extendedLocation")
_NOTHING: Row = {**dict.fromkeys(_TEXTS, ""), **dict.fromkeys(_BAGS)}
_PLAIN_TABLES = {"Microsoft.Authorization": "policyresources", "Microsoft.PolicyInsights": "policyresources",
                 "Microsoft.GuestConfiguration": "guestconfigurationresources"}  # fmt: skip
_CONTAINER_PROPERTIES = ("state", "subscriptionPolicies", "managedByTenants")
_FACTS = ("osName", "osType", "osSku", "osVersion")

COLUMNS = {**dict.fromkeys(_TEXTS, "string"), **dict.fromkeys(_BAGS, "dynamic")}


class View(NamedTuple):
    """What a query sees: a store at a lab time, one subscription, and the types that the caller may read."""

    store: Store
    now: float
    subscription: Subscription
    may_read: Callable[[str, str], bool]  # a type, and an ARM id

    @property
    def scope(self) -> str:
        """Give the subscription's ARM id."""
        return f"/subscriptions/{self.subscription.key}"


def tables_of(views: list[View]) -> dict[str, Source]:
    """Give the tables over some subscriptions, by name."""
    return {name: Source(COLUMNS, partial(_batches, makers, views)) for name, makers in _TABLES.items()}


def _batches(makers: tuple[_Maker, ...], views: list[View]) -> Iterator[list[Row]]:
    """Take what there is at once; the rows of it are made as they are needed."""
    return itertools.chain.from_iterable([
        _readable(kind, in_batches(make(view, kind.lower())), view) for view in views for kind, make in makers
    ])  # fmt: skip


def _readable(kind: str, batches: Iterator[list[Row]], view: View) -> Iterator[list[Row]]:
    if not kind or view.may_read(kind, view.scope):
        return batches
    return ([row for row in batch if view.may_read(kind, row["id"])] for batch in batches)


def _machines(view: View, kind: str) -> Iterator[Row]:
    tenant = view.subscription.tenant_id

    def shown(machine: Machine) -> Row:
        return machine_rules.shown(machine, None, tenant, view.now)

    members: Makers = {
        "status": lambda machine: machine_rules.status_of(machine, view.now), "agentVersion": _agent_version,
        **{name: partial(_fact, name) for name in _FACTS},
    }  # fmt: skip
    quick: Makers = {
        **_quick(view, kind), "name": attrgetter("name"), "location": attrgetter("location"),
        "kind": attrgetter("kind"), "tags": attrgetter("tags"),
        "properties": lambda machine: Lazy(machine, members, lambda it: shown(it)["properties"]),
    }  # fmt: skip
    return (Lazy(machine, quick, lambda it: {**_NOTHING, **shown(it)})
            for machine in view.store.below(Machine, view.scope))  # fmt: skip


def _fact(name: str, machine: Machine) -> Any:
    """Give a member of a machine's properties that the agent tells and a client may set."""
    return machine.properties.get(name, machine.facts.get(name))


def _agent_version(machine: Machine) -> Any:
    return machine.facts.get("agentVersion", "") if machine.last_heartbeat else None


def _extensions(view: View, kind: str) -> Iterator[Row]:
    quick: Makers = {**_quick(view, kind), "name": attrgetter("name"), "location": attrgetter("location")}
    return (Lazy(extension, quick, lambda it: {**_NOTHING, **extension_rules.shown(it)})
            for extension in view.store.below(Extension, view.scope))  # fmt: skip


def _plain(table: str, view: View, _: str) -> Iterator[Row]:
    """Give the resources whose types are rows of a table of types, as far as they stand in a table of Resource Graph.

    Each type is looked at for itself. Source: the tables by providers.
    """
    quick: Makers = {**_quick(view, ""), "type": lambda it: it.type.lower(), "name": attrgetter("name"),
                     "location": attrgetter("location")}  # fmt: skip
    return (Lazy(resource, quick, lambda it: {**_NOTHING, **shown_resource(view.store, it)})
            for resource in view.store.below(Resource, view.scope)
            if _PLAIN_TABLES.get(resource.type.partition("/")[0], "resources") == table
            and view.may_read(resource.type, resource.key))  # fmt: skip


def _subscriptions(view: View, kind: str) -> Iterator[Row]:
    body = shown_subscription(view.subscription)
    properties = {name: body[name] for name in _CONTAINER_PROPERTIES}
    name = view.subscription.name
    yield {**_NOTHING, **_placed(view, body["id"]), "type": kind, "name": name, "properties": properties}


def _groups(view: View, kind: str) -> Iterator[Row]:
    return ({**_NOTHING, **shown_group(group), **_placed(view, group.key), "type": kind}
            for group in view.store.below(ResourceGroup, view.scope))  # fmt: skip


def _health(view: View, kind: str) -> Iterator[Row]:
    bodies = (shown_health(machine, view.now) for machine in view.store.below(Machine, view.scope))
    return ({**_NOTHING, **body, **_placed(view, body["id"]), "type": kind} for body in bodies)


def _advice(view: View, kind: str) -> Iterator[Row]:
    newest = advisor.newest_release(view.now)
    bodies = (advisor.shown(view.store, machine, newest, view.now)
              for machine in advisor.outdated(view.store, view.subscription.key, newest))  # fmt: skip
    return ({**_NOTHING, **body, **_placed(view, body["id"]), "type": kind} for body in bodies)


def _policy_states(view: View, kind: str) -> Iterator[Row]:
    def row_of(state: Row) -> Row:
        name = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{state['policyAssignmentId']}|{state['resourceId']}"))
        key = f"{state['resourceId']}/providers/Microsoft.PolicyInsights/policyStates/{name}"
        properties = {column: value for column, value in state.items() if not column.startswith("@")}
        return {**_NOTHING, **_placed(view, key), "name": name, "type": kind, "properties": properties}

    return map(row_of, policy_states.rows_of(view.store, view.scope))


def _quick(view: View, kind: str) -> Makers:
    """Give what makes the columns that follow from an entity's key."""
    tenant, subscription = view.subscription.tenant_id, view.subscription.key
    return {"id": attrgetter("key"), "type": lambda _: kind, "tenantId": lambda _: tenant,
            "subscriptionId": lambda _: subscription, "resourceGroup": lambda entity: _group(entity.key)}  # fmt: skip


def _placed(view: View, resource_id: str) -> Row:
    """Give the columns that follow from an ARM id."""
    return {"id": resource_id, "tenantId": view.subscription.tenant_id, "subscriptionId": view.subscription.key,
            "resourceGroup": _group(resource_id)}  # fmt: skip


def _group(resource_id: str) -> str:
    words = resource_id.split("/", 5)
    return words[4].lower() if len(words) > 4 else ""


_Maker = tuple[str, Callable[[View, str], Iterator[Row]]]
_TABLES: dict[str, tuple[_Maker, ...]] = {
    "resources": (
        ("Microsoft.HybridCompute/machines", _machines),
        ("Microsoft.HybridCompute/machines/extensions", _extensions),
        ("", partial(_plain, "resources")),
    ),
    "resourcecontainers": (
        ("Microsoft.Resources/subscriptions", _subscriptions),
        ("Microsoft.Resources/subscriptions/resourceGroups", _groups),
    ),
    "healthresources": (("Microsoft.ResourceHealth/availabilityStatuses", _health),),
    "policyresources": (
        ("Microsoft.PolicyInsights/policyStates", _policy_states),
        ("", partial(_plain, "policyresources")),
    ),
    "guestconfigurationresources": (("", partial(_plain, "guestconfigurationresources")),),
    "advisorresources": (("Microsoft.Advisor/recommendations", _advice),),
}
