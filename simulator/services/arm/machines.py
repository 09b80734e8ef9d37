"""`.../Microsoft.HybridCompute/machines`: connected machines. Source: recorded bodies; see docs/wire/arm.md."""

from __future__ import annotations

from functools import partial
from typing import Any

from starlette.responses import Response

from simulator.call import Call
from simulator.resources import extensions as extension_rules
from simulator.resources import machines as machine_rules
from simulator.resources import policy_moments
from simulator.resources.entities import Extension, Machine, Resource
from simulator.resources.request_body import object_of
from simulator.resources.transition import Transition
from simulator.services.arm import license_profiles
from simulator.services.arm.answers import accepted, with_body, without_body
from simulator.services.arm.authors import author_of
from simulator.services.arm.by_id import gone_with
from simulator.services.arm.expansion import wants_instance_view
from simulator.services.arm.groups import need_group
from simulator.services.arm.names import NAMESPACE, Parts
from simulator.services.arm.operations import abandoned, begun
from simulator.services.arm.pages import by_key, paged_from
from simulator.services.arm.scopes import no_parent, not_found
from simulator.store import Store
from simulator.tenancy import tenant_of

_LONG_DELETE_SINCE = "2024-09-10"  # an api-version; older ones delete at once


def find_machine(store: Store, parts: Parts) -> Machine | None:
    """Give the machine of a path, or None."""
    return store.get(Machine, machine_rules.machine_id(parts["subscription"], parts["group"], parts["machine"]))


def need_machine(store: Store, parts: Parts) -> Machine:
    """Give the machine of a path. Raises: ApiError 404 `ResourceGroupNotFound`, `ResourceNotFound`, in this order."""
    group = need_group(store, parts)
    machine = find_machine(store, parts)
    if machine is None:
        raise not_found(f"{group.key}/providers/{NAMESPACE}/machines/{parts['machine']}")
    return machine


def need_parent(store: Store, parts: Parts) -> Machine:
    """Give the machine that something lies in. Raises: ApiError 404 `ResourceGroupNotFound`, `ParentResourceNotFound`.

    Source: public ARM errors. Assumed: this provider is no exception.
    """
    need_group(store, parts)
    machine = find_machine(store, parts)
    if machine is None:
        raise no_parent(parts["machine"])
    return machine


def list_all(store: Store, call: Call, parts: Parts) -> Response:
    """List the machines of a group or a subscription, in pages; items have no `resources`."""
    scope = need_group(store, parts).key if "group" in parts else f"/subscriptions/{parts['subscription']}"
    is_expanded = wants_instance_view(call) if "group" in parts else False

    def show(machine: Machine) -> dict[str, Any]:
        return _shown(store, machine, call, is_expanded=is_expanded)

    return paged_from(store, call, parts, partial(store.below, Machine, scope), key=by_key, show=show)


def get(store: Store, call: Call, parts: Parts) -> Response:
    """Give one machine with its extensions. Raises: ApiError 400 for an unknown `$expand`, 404."""
    machine = need_machine(store, parts)
    return with_body(call, _shown(store, machine, call, is_expanded=wants_instance_view(call), has_resources=True))


def put(store: Store, call: Call, parts: Parts) -> Response:
    """Make or change a machine, by PUT and PATCH; 200 for both. Raises: ApiError 400, 404 (PATCH only), 409.

    Source: the answer has no `resources`; it says `Creating` for a new machine and `Updating` for a new identity; both
    end by themselves.
    Assumed: they have ended when the machine is asked for again.
    """
    group = need_group(store, parts)
    is_expanded = wants_instance_view(call)
    is_patch = call.method == "PATCH"
    before = need_machine(store, parts) if is_patch else find_machine(store, parts)
    body, author = call.json(), author_of(store, call)
    if before is None:
        key = machine_rules.machine_id(group.subscription_id, group.name, parts["machine"])
        machine = machine_rules.created(key, body, subscription=group.subscription_id, group=group.name,
                                        name=parts["machine"], author=author, now=call.now)  # fmt: skip
        state = "Creating"
    else:
        machine = machine_rules.updated(before, body, is_patch=is_patch, author=author, now=call.now)
        state = "Succeeded" if machine.identity == before.identity else "Updating"
    call.machine = machine.key
    put_too = policy_moments.scans_of(machine, store.find(Resource, "type", policy_moments.ASSIGNMENTS), call.now)
    store.apply(Transition(call.operation, (machine, *put_too), machine=machine.key))
    return with_body(call, _shown(store, machine, call, is_expanded=is_expanded, state=state))


def reconnect(store: Store, call: Call, parts: Parts) -> Response:
    """Give a machine another vmId or key. Raises: ApiError 400, 404.

    Source: the SDK of 2019-12-12, the last that has it. Assumed: all else stays.
    """
    before, given = need_machine(store, parts), object_of(call.json(), "properties")
    named = {"properties": {name: given.get(name) for name in ("vmId", "clientPublicKey")}}
    machine = machine_rules.updated(before, named, is_patch=True, author=author_of(store, call), now=call.now)
    store.apply(Transition(call.operation, (machine,), machine=machine.key))
    return with_body(call, _shown(store, machine, call, is_expanded=False))


def delete(store: Store, call: Call, parts: Parts) -> Response:
    """Delete a machine and its extensions: 202 and done at the first poll; 204 for what is not there.

    Source: versions until 2024-07-10 answer 200, and their SDKs take nothing else; a recorded 2026-06-16-preview
    answers 202. Assumed: where between them it has changed.
    """
    need_group(store, parts)
    machine = find_machine(store, parts)
    if machine is None:
        return without_body(call, 204)
    operation = begun(call, "machines.delete", machine.key, status="Succeeded")
    is_long = call.query("api-version") >= _LONG_DELETE_SINCE
    put_too = (*((operation,) if is_long else ()), *abandoned(store, machine))
    store.apply(Transition("machines.delete", put_too, gone_with(store, machine), machine=machine.key))
    return accepted(call, operation, machine.location) if is_long else without_body(call, 200)


def _shown(
    store: Store,
    machine: Machine,
    call: Call,
    *,
    is_expanded: bool,
    has_resources: bool = False,
    state: str = "Succeeded",
) -> dict[str, Any]:
    """Give a machine. Source: `extensions` of the OpenAPI. Assumed: it is the instance view that `$expand` adds."""
    mine = store.find(Extension, "machine", machine.key) if is_expanded or has_resources else []
    tenant = tenant_of(store, machine.subscription_id)
    body = machine_rules.shown(machine, mine if has_resources else None, tenant, call.now, state=state)
    body["properties"]["licenseProfile"] |= license_profiles.seen_at(store, machine)
    if is_expanded:
        body["properties"]["extensions"] = [extension_rules.instance_view(extension) for extension in mine]
    return body
