"""`{scope}/providers/Microsoft.Resources/tags/default` and `S/tagNames`: the tags of anything, and all that are in use.

Source: OpenAPI of Microsoft.Resources 2024-07-01; captured requests.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec
from starlette.responses import Response

from simulator.call import Call
from simulator.errors import ApiError
from simulator.resources.entities import ResourceGroup, Subscription
from simulator.resources.request_body import object_of
from simulator.resources.tags import refuse_many, tags_of
from simulator.resources.transition import Transition
from simulator.services.arm.answers import with_body, without_body
from simulator.services.arm.by_id import KINDS, AnyResource, find_by_id
from simulator.services.arm.names import Parts
from simulator.services.arm.scopes import need_place
from simulator.services.arm.subscriptions import subscription_id
from simulator.store import Store
from simulator.tenancy import need_subscription

_Tagged = Subscription | ResourceGroup | AnyResource


def get(store: Store, call: Call, parts: Parts) -> Response:
    """Give the tags of a subscription, a group or a resource; none are an empty object."""
    return with_body(call, _shown(_tagged(store, parts)))


def put(store: Store, call: Call, parts: Parts) -> Response:
    """Replace all tags. Raises: ApiError 400, 404."""
    return _keep(store, call, _tagged(store, parts), tags_of(object_of(call.json(), "properties")))


def patch(store: Store, call: Call, parts: Parts) -> Response:
    """Merge tags into those that are there, replace all, or delete some. Raises: ApiError 400, 404.

    Source: Delete takes away tags whose name and value are given. Names are compared without regard to case.
    """
    item, body = _tagged(store, parts), call.json()
    given, operation = tags_of(object_of(body, "properties")), str(body.get("operation") or "").lower()
    if operation == "replace":
        return _keep(store, call, item, given)
    if operation == "merge":
        names = {name.lower() for name in given}
        kept = {name: value for name, value in item.tags.items() if name.lower() not in names}
        return _keep(store, call, item, {**kept, **given})
    if operation == "delete":
        gone = {(name.lower(), value) for name, value in given.items()}
        left = {name: value for name, value in item.tags.items() if (name.lower(), value) not in gone}
        return _keep(store, call, item, left)
    message = f"The operation '{body.get('operation')}' is not one of 'Merge, Replace, Delete'."
    raise ApiError(400, "InvalidRequestContent", message)


def delete(store: Store, call: Call, parts: Parts) -> Response:
    """Take all tags away."""
    _keep(store, call, _tagged(store, parts), {})
    return without_body(call, 200)


def names(store: Store, call: Call, parts: Parts) -> Response:
    """List the names of tags in use in a subscription, each with its values, and how often."""
    subscription = subscription_id(store, parts)
    used = Counter((name, value) for tags in _all(store, subscription) for name, value in tags.items())
    values: dict[str, list[dict[str, Any]]] = {}
    for (name, value), number in sorted(used.items()):
        values.setdefault(name, []).append({
            "id": f"{subscription}/tagNames/{name}/tagValues/{value}", "tagValue": value,
            "count": {"type": "Total", "value": number},
        })  # fmt: skip
    return with_body(call, {"value": [
        {"id": f"{subscription}/tagNames/{name}", "tagName": name, "values": found,
         "count": {"type": "Total", "value": sum(one["count"]["value"] for one in found)}}
        for name, found in values.items()
    ]})  # fmt: skip


def _all(store: Store, subscription: str) -> Iterator[dict[str, str]]:
    yield from (group.tags for group in store.below(ResourceGroup, subscription))
    for kind in KINDS:
        yield from (item.tags for item in store.below(kind, subscription))


def _tagged(store: Store, parts: Parts) -> _Tagged:
    """Give what a path's scope names. Raises: ApiError 404."""
    place = need_place(store, parts).id
    found = find_by_id(store, place) or store.get(ResourceGroup, place)
    return found or need_subscription(store, parts["subscription"])


def _keep(store: Store, call: Call, item: _Tagged, tags: dict[str, str]) -> Response:
    refuse_many(tags)
    changed = msgspec.structs.replace(item, tags=tags)
    store.apply(Transition(call.operation, (changed,), machine=call.machine))
    return with_body(call, _shown(changed))


def _shown(item: _Tagged) -> dict[str, Any]:
    scope = f"/subscriptions/{item.key}" if isinstance(item, Subscription) else item.key
    return {"id": f"{scope}/providers/Microsoft.Resources/tags/default", "name": "default",
            "type": "Microsoft.Resources/tags", "properties": {"tags": item.tags}}  # fmt: skip
