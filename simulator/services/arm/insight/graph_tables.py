"""The tables that Resource Graph can be asked for: rows made of the state as a query reads them.

What is dear to make, such as `properties`, is made when a query looks at it. Source: the columns and the tables of
Resource Graph's reference; types, groups and regions are in lower case there, ids are as they are.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from functools import partial
from operator import attrgetter
from typing import Any, NamedTuple

from simulator.kusto import Lazy, Source
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
    return {name: Source(COLUMNS, partial(_rows, makers, views)) for name, makers in _TABLES.items()}


def _rows(makers: tuple[_Maker, ...], views: list[View]) -> Iterator[Row]:
    for view in views:
        for kind, make in makers:
            rows = make(view, kind.lower())
            is_whole = not kind or view.may_read(kind, view.scope)
            yield from rows if is_whole else (row for row in rows if view.may_read(kind, row["id"]))


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
    for machine in view.store.below(Machine, view.scope):
        yield Lazy(machine, quick, lambda it: {**_NOTHING, **shown(it)})


def _fact(name: str, machine: Machine) -> Any:
    """Give a member of a machine's properties that the agent tells and a client may set."""
    return machine.properties.get(name, machine.facts.get(name))


def _agent_version(machine: Machine) -> Any:
    return machine.facts.get("agentVersion", "") if machine.last_heartbeat else None


def _extensions(view: View, kind: str) -> Iterator[Row]:
    quick: Makers = {**_quick(view, kind), "name": attrgetter("name"), "location": attrgetter("location")}
    for extension in view.store.below(Extension, view.scope):
        yield Lazy(extension, quick, lambda it: {**_NOTHING, **extension_rules.shown(it)})


def _plain(table: str, view: View, _: str) -> Iterator[Row]:
    """Give the resources whose types are rows of a table of types, as far as they stand in a table of Resource Graph.

    Each type is looked at for itself. Source: the tables by providers.
    """
    quick: Makers = {**_quick(view, ""), "type": lambda it: it.type.lower(), "name": attrgetter("name"),
                     "location": attrgetter("location")}  # fmt: skip
    for resource in view.store.below(Resource, view.scope):
        if _PLAIN_TABLES.get(resource.type.partition("/")[0], "resources") != table:
            continue
        if view.may_read(resource.type, resource.key):
            yield Lazy(resource, quick, lambda it: {**_NOTHING, **shown_resource(view.store, it)})


def _subscriptions(view: View, kind: str) -> Iterator[Row]:
    body = shown_subscription(view.subscription)
    properties = {name: body[name] for name in _CONTAINER_PROPERTIES}
    name = view.subscription.name
    yield {**_NOTHING, **_placed(view, body["id"]), "type": kind, "name": name, "properties": properties}


def _groups(view: View, kind: str) -> Iterator[Row]:
    for group in view.store.below(ResourceGroup, view.scope):
        yield {**_NOTHING, **shown_group(group), **_placed(view, group.key), "type": kind}


def _health(view: View, kind: str) -> Iterator[Row]:
    for machine in view.store.below(Machine, view.scope):
        body = shown_health(machine, view.now)
        yield {**_NOTHING, **body, **_placed(view, body["id"]), "type": kind}


def _advice(view: View, kind: str) -> Iterator[Row]:
    newest = advisor.newest_release(view.now)
    for machine in advisor.outdated(view.store, view.subscription.key, newest):
        body = advisor.shown(view.store, machine, newest, view.now)
        yield {**_NOTHING, **body, **_placed(view, body["id"]), "type": kind}


def _policy_states(view: View, kind: str) -> Iterator[Row]:
    for row in policy_states.rows_of(view.store, view.scope):
        name = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{row['policyAssignmentId']}|{row['resourceId']}"))
        key = f"{row['resourceId']}/providers/Microsoft.PolicyInsights/policyStates/{name}"
        properties = {column: value for column, value in row.items() if not column.startswith("@")}
        yield {**_NOTHING, **_placed(view, key), "name": name, "type": kind, "properties": properties}


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
