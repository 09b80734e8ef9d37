"""`/subscriptions/{s}/resourcegroups`: resource groups. Source: what SDK and CLI send."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from starlette.responses import Response

from simulator.authorization import permits
from simulator.call import Call
from simulator.errors import ApiError
from simulator.resources.entities import Machine, Operation, ResourceGroup
from simulator.resources.request_body import location_of, text_of
from simulator.resources.tags import tags_of
from simulator.resources.transition import Transition
from simulator.services.arm.answers import accepted_at, with_body, without_body
from simulator.services.arm.by_id import gone_with
from simulator.services.arm.locks import refuse_locked
from simulator.services.arm.names import Parts
from simulator.services.arm.odata import Filter, top
from simulator.services.arm.operations import abandoned, begun, need_operation
from simulator.services.arm.subscriptions import subscription_id
from simulator.services.arm.tags import passes
from simulator.store import Store, follows_from
from simulator.tenancy import subscription_in

_READ = "Microsoft.Resources/subscriptions/resourceGroups/read"
_DELETE = "Microsoft.Resources/subscriptions/resourceGroups/delete"
_NAME = re.compile(r"[\w().-]{0,89}[\w()-]")
_TAKES_S = 1.0  # Assumed: so that a client asks at least twice


def need_group(store: Store, parts: Parts) -> ResourceGroup:
    """Give the group of a path. Raises: ApiError 404 `ResourceGroupNotFound`."""
    group = _find(store, parts)
    if group is None:
        raise ApiError(404, "ResourceGroupNotFound", f"Resource group '{parts['group']}' could not be found.")
    return group


def list_all(store: Store, call: Call, parts: Parts) -> Response:
    """List the groups of a subscription that the caller may read; `$filter` on `tagName`, `tagValue`; `$top`."""
    wanted, most = Filter(call.query("$filter")), top(call.query("$top"))
    subscription = subscription_id(store, parts)
    sees_all = permits(store, call.caller, _READ, subscription)
    if sees_all and wanted.is_empty and most is None:
        return with_body(call, {"value": _all_shown(store, subscription)})
    found = [
        group
        for group in store.below(ResourceGroup, subscription)
        if passes(wanted, {"name": group.name, "location": group.location}, group.tags)
        and (sees_all or permits(store, call.caller, _READ, group.key))
    ]
    return with_body(call, {"value": [shown(group) for group in found[:most]]})


@follows_from(ResourceGroup)
def _all_shown(store: Store, subscription: str) -> msgspec.Raw:
    """Give every group of a subscription in one JSON list."""
    return msgspec.Raw(msgspec.json.encode([shown(group) for group in store.below(ResourceGroup, subscription)]))


def get(store: Store, call: Call, parts: Parts) -> Response:
    """Give one group."""
    return with_body(call, shown(need_group(store, parts)))


def check(store: Store, call: Call, parts: Parts) -> Response:
    """Say by 204 or 404 whether a group is there."""
    return without_body(call, 204 if _find(store, parts) else 404)


def put(store: Store, call: Call, parts: Parts) -> Response:
    """Make (201) or change (200) a group. Raises: ApiError 400 for name, location or tags, 409 for another location."""
    before = _find(store, parts)
    body = call.json()
    location = location_of(body) or (before.location if before else "")
    _check(parts["group"], location, before)
    subscription = subscription_id(store, parts)
    group = ResourceGroup(
        key=before.key if before else f"{subscription}/resourceGroups/{parts['group']}",
        name=before.name if before else parts["group"], location=location,
        subscription_id=subscription.rpartition("/")[2], tags=tags_of(body), managed_by=text_of(body, "managedBy"),
    )  # fmt: skip
    store.apply(Transition("groups.put", (group,)))
    return with_body(call, shown(group), 200 if before else 201)


def _check(name: str, location: str, before: ResourceGroup | None) -> None:
    """Refuse a name or a location that a group cannot have. Source: public ARM errors; the documented names."""
    if not _NAME.fullmatch(name):
        message = (
            f"The provided resource group name '{name}' is not valid: it has 1 to 90 letters, digits, '-', '.', '(', "
            "')' or '_', and no '.' at its end."
        )
        raise ApiError(400, "InvalidResourceGroup", message)
    if not location:
        raise ApiError(400, "LocationRequired", "The location property is required for this definition.")
    if before is not None and location != before.location:
        message = (
            f"Invalid resource group location '{location}'. The Resource group already exists in location "
            f"'{before.location}'."
        )
        raise ApiError(409, "InvalidResourceGroupLocation", message)


def patch(store: Store, call: Call, parts: Parts) -> Response:
    """Change a group's tags, or who looks after it. Raises: ApiError 400, 404."""
    group, body = need_group(store, parts), call.json()
    changed = msgspec.structs.replace(
        group, tags=tags_of(body) if "tags" in body else group.tags,
        managed_by=text_of(body, "managedBy") if "managedBy" in body else group.managed_by,
    )  # fmt: skip
    store.apply(Transition("groups.patch", (changed,)))
    return with_body(call, shown(changed))


def delete(store: Store, call: Call, parts: Parts) -> Response:
    """Begin to delete a group and what is in it: 202. Source: `Location` is asked until it answers 200.

    Assumed: what is in it is gone at once; the group itself is there a moment longer, also when it is deleted again.
    """
    group = need_group(store, parts)
    refuse_locked(store, _DELETE, group.key, with_below=True)
    going = msgspec.structs.replace(group, gone_at=group.gone_at or call.now + _TAKES_S)
    operation = begun(call, "groups.delete", group.key, status="Succeeded")
    operation = msgspec.structs.replace(operation, ended=going.gone_at)
    ended = [operation for machine in store.below(Machine, group.key) for operation in abandoned(store, machine)]
    _, *inside = gone_with(store, group)
    store.apply(Transition("groups.delete", (operation, going, *ended), tuple(inside)))
    return _pending(call, operation)


def deletion(store: Store, call: Call, parts: Parts) -> Response:
    """Say how a deletion goes on: 202 while the group is there, then 200. Raises: ApiError 404."""
    operation = need_operation(store, parts, "groups.delete")
    group = store.get(ResourceGroup, operation.resource)
    return _pending(call, operation) if group is not None and group.gone_at else without_body(call, 200)


def refuse_in_deletion(store: Store, parts: Parts) -> None:
    """Refuse to write in a group that is going. Raises: ApiError 409 `ResourceGroupBeingDeleted`.

    Source: public ARM errors.
    """
    group = _find(store, parts)
    if group is not None and group.gone_at:
        message = f"The resource group '{group.name}' is in deprovisioning state and cannot perform this operation."
        raise ApiError(409, "ResourceGroupBeingDeleted", message)


def _pending(call: Call, operation: Operation) -> Response:
    return accepted_at(call, operation, f"/subscriptions/{subscription_in(operation.resource)}/operationresults")


def _find(store: Store, parts: Parts) -> ResourceGroup | None:
    return store.get(ResourceGroup, f"/subscriptions/{parts['subscription']}/resourceGroups/{parts['group']}")


def shown(group: ResourceGroup) -> dict[str, Any]:
    """Give a group as ARM shows it."""
    body: dict[str, Any] = {"id": group.key, "name": group.name, "type": "Microsoft.Resources/resourceGroups"}
    if group.managed_by:
        body["managedBy"] = group.managed_by
    state = "Deleting" if group.gone_at else "Succeeded"
    return {**body, "location": group.location, "tags": group.tags, "properties": {"provisioningState": state}}
