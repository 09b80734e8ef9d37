"""`/subscriptions/{s}/resourcegroups`: resource groups. Source: what SDK and CLI send."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from simulator.call import Call
from simulator.errors import ApiError
from simulator.resources.entities import Machine, ResourceGroup
from simulator.resources.request_body import location_of, tags_of
from simulator.resources.transition import Transition
from simulator.services.arm.answers import with_body, without_body
from simulator.services.arm.by_id import gone_with
from simulator.services.arm.locks import refuse_locked
from simulator.services.arm.names import Parts
from simulator.services.arm.operations import abandoned
from simulator.services.arm.subscriptions import subscription_id
from simulator.store import Store


def need_group(store: Store, parts: Parts) -> ResourceGroup:
    """Give the group of a path. Raises: ApiError 404 `ResourceGroupNotFound`."""
    group = _find(store, parts)
    if group is None:
        raise ApiError(404, "ResourceGroupNotFound", f"Resource group '{parts['group']}' could not be found.")
    return group


def list_all(store: Store, call: Call, parts: Parts) -> Response:
    """List a subscription's groups."""
    mine = parts["subscription"].lower()
    found = [group for group in store.all(ResourceGroup) if group.subscription_id.lower() == mine]
    return with_body(call, {"value": [shown(group) for group in found]})


def get(store: Store, call: Call, parts: Parts) -> Response:
    """Give one group."""
    return with_body(call, shown(need_group(store, parts)))


def check(store: Store, call: Call, parts: Parts) -> Response:
    """Say by 204 or 404 whether a group is there."""
    return without_body(call, 204 if _find(store, parts) else 404)


def put(store: Store, call: Call, parts: Parts) -> Response:
    """Make (201) or change (200) a group. Raises: ApiError 400 without a location."""
    before = _find(store, parts)
    body = call.json()
    location = location_of(body) or (before.location if before else "")
    if not location:
        raise ApiError(400, "LocationRequired", "The location property is required for this definition.")
    subscription = subscription_id(store, parts)
    group = ResourceGroup(
        key=before.key if before else f"{subscription}/resourceGroups/{parts['group']}",
        name=before.name if before else parts["group"], location=location,
        subscription_id=subscription.rpartition("/")[2], tags=tags_of(body),
    )  # fmt: skip
    store.apply(Transition("groups.put", (group,)))
    return with_body(call, shown(group), 200 if before else 201)


def delete(store: Store, call: Call, parts: Parts) -> Response:
    """Delete a group and what is in it. Assumed: at once, with 200; the real one is a long operation."""
    group = need_group(store, parts)
    refuse_locked(store, "Microsoft.Resources/subscriptions/resourceGroups/delete", group.key, with_below=True)
    ended = tuple(operation for machine in store.below(Machine, group.key) for operation in abandoned(store, machine))
    store.apply(Transition("groups.delete", ended, gone_with(store, group)))
    return without_body(call, 200)


def _find(store: Store, parts: Parts) -> ResourceGroup | None:
    return store.get(ResourceGroup, f"/subscriptions/{parts['subscription']}/resourceGroups/{parts['group']}")


def shown(group: ResourceGroup) -> dict[str, Any]:
    """Give a group as ARM shows it."""
    return {
        "id": group.key, "name": group.name, "type": "Microsoft.Resources/resourceGroups", "location": group.location,
        "tags": group.tags, "properties": {"provisioningState": "Succeeded"},
    }  # fmt: skip
