"""`.../Microsoft.HybridCompute/machines`: connected machines. Source: recorded bodies; see docs/wire/arm.md."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from simulator.call import Call
from simulator.errors import ApiError
from simulator.resources import machines as machine_rules
from simulator.resources.entities import Entity, Extension, Machine, Subscription
from simulator.resources.transition import Transition
from simulator.services.arm.answers import accepted, with_body, without_body
from simulator.services.arm.groups import need_group
from simulator.services.arm.locks import refuse_locked
from simulator.services.arm.names import NAMESPACE, Parts
from simulator.services.arm.operations import abandoned, begun
from simulator.services.arm.providers import need_registered
from simulator.services.arm.subscriptions import need_subscription
from simulator.store import Store


def find_machine(store: Store, parts: Parts) -> Machine | None:
    """Give the machine of a path, or None."""
    return store.get(Machine, machine_rules.machine_id(parts["subscription"], parts["group"], parts["machine"]))


def need_machine(store: Store, parts: Parts) -> Machine:
    """Give the machine of a path. Raises: ApiError 404 `ResourceGroupNotFound`, `ResourceNotFound`, in this order."""
    need_group(store, parts)
    machine = find_machine(store, parts)
    if machine is None:
        raise ApiError(
            404,
            "ResourceNotFound",
            f"The Resource '{NAMESPACE}/machines/{parts['machine']}' under resource group '{parts['group']}' was "
            "not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix",
        )
    return machine


def list_all(store: Store, call: Call, parts: Parts) -> Response:
    """List the machines of a group or a subscription, in pages; items have no `resources`."""
    scope = need_group(store, parts).key if "group" in parts else f"/subscriptions/{parts['subscription']}"
    subscription = need_subscription(store, parts["subscription"])
    token = call.query("$skiptoken")
    start = int(token) if token.isdecimal() else 0
    end = start + subscription.page_size
    found = store.below(Machine, scope, start, subscription.page_size)
    value = [machine_rules.shown(machine, None, subscription.tenant_id, call.now) for machine in found]
    body: dict[str, Any] = {"value": value}
    if end < store.count(Machine, scope):
        base = f"https://{call.request.headers.get('host', call.host)}{quote(call.request.url.path)}"
        body["nextLink"] = f"{base}?api-version={call.query('api-version')}&%24skiptoken={end}"
    return with_body(call, body)


def get(store: Store, call: Call, parts: Parts) -> Response:
    """Give one machine with its extensions."""
    return with_body(call, _shown(store, need_machine(store, parts), call.now))


def put(store: Store, call: Call, parts: Parts) -> Response:
    """Make or change a machine, by PUT and PATCH; 200 for both. Raises: ApiError 400, 404 (PATCH only), 409."""
    group = need_group(store, parts)
    need_registered(store)
    is_patch = call.request.method == "PATCH"
    before = need_machine(store, parts) if is_patch else find_machine(store, parts)
    body = call.json()
    if before is None:
        key = machine_rules.machine_id(group.subscription_id, group.name, parts["machine"])
        machine = machine_rules.created(key, body, subscription=group.subscription_id, group=group.name,
                                        name=parts["machine"], caller=call.caller, now=call.now)  # fmt: skip
    else:
        machine = machine_rules.updated(before, body, replace_tags=not is_patch)
    call.machine = machine.key
    store.apply(Transition(call.operation, (machine,), machine=machine.key))
    return with_body(call, _shown(store, machine, call.now))


def delete(store: Store, call: Call, parts: Parts) -> Response:
    """Delete a machine and its extensions: 202 and done at the first poll; 204 for what is not there."""
    need_group(store, parts)
    machine = find_machine(store, parts)
    if machine is None:
        return without_body(call, 204)
    refuse_locked(store, machine.key)
    operation = begun(call, "machines.delete", machine.key, status="Succeeded")
    children = tuple((Extension, extension.key) for extension in store.find(Extension, "machine", machine.key))
    gone: tuple[tuple[type[Entity], str], ...] = ((Machine, machine.key), *children)
    put_too = (operation, *abandoned(store, machine))
    store.apply(Transition("machines.delete", put_too, gone, machine=machine.key))
    return accepted(call, operation, machine.location)


def _shown(store: Store, machine: Machine, now: float) -> dict[str, Any]:
    mine = store.find(Extension, "machine", machine.key)
    tenant = store.all(Subscription)[0].tenant_id
    return machine_rules.shown(machine, mine, tenant, now)
