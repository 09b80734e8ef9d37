"""What a resource lies in or on: a subscription, a group, another resource."""

from __future__ import annotations

from typing import NamedTuple

from simulator.errors import ApiError
from simulator.services.arm.by_id import find_by_id
from simulator.services.arm.groups import need_group
from simulator.services.arm.names import Parts
from simulator.store import Store
from simulator.tenancy import need_subscription


class Place(NamedTuple):
    """Where a resource lies: an ARM id in canonical casing, and the region of what has it."""

    id: str
    location: str


def need_place(store: Store, parts: Parts) -> Place:
    """Give the scope, group or subscription that the parts of a path name, in this order.

    Raises: ApiError 404 `SubscriptionNotFound`, `ResourceGroupNotFound`, `ResourceNotFound`, looked for in this order;
    `InvalidResourceType` for a scope outside any subscription.
    """
    scope = parts.get("scope", "")
    if "subscription" not in parts:
        raise ApiError(404, "InvalidResourceType", f"The scope '{scope}' is not known.")
    subscription = need_subscription(store, parts["subscription"])
    if "group" not in parts and "/providers/" not in scope.lower():
        return Place(f"/subscriptions/{subscription.key}", subscription.location)
    if "group" in parts:
        group = need_group(store, parts)
        if "/providers/" not in scope.lower():
            return Place(group.key, group.location)
    found = find_by_id(store, scope)
    if found is None:
        raise not_found(scope)
    return Place(found.key, found.location)


def no_parent(name: str) -> ApiError:
    """Give the refusal of something that lies in what is not there. Source: public ARM errors."""
    message = f"Can not perform requested operation on nested resource. Parent resource '{name}' not found."
    return ApiError(404, "ParentResourceNotFound", message)


def not_found(resource_id: str) -> ApiError:
    """Give the refusal for a resource that is not there. Source: ARM's text, which names type, name and group."""
    before, _, path = resource_id.rpartition("/providers/")
    namespace, *segments = path.split("/")
    named = "/".join((namespace, *segments[0::2], *segments[1::2]))
    words = before.split("/")
    group = words[4] if len(words) > 4 else "<null>"
    return ApiError(
        404,
        "ResourceNotFound",
        f"The Resource '{named}' under resource group '{group}' was not found. For more details please go to "
        "https://aka.ms/ARMResourceNotFoundFix",
    )
