"""`S/resources` and `G/resources`: resources of all types in one list.

Source: OpenAPI of Microsoft.Resources 2024-07-01; what CLI and SDK send.
"""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from simulator.authorization import permits
from simulator.call import Call
from simulator.clock import arm_time
from simulator.errors import ApiError
from simulator.resources.entities import Extension, RunCommand
from simulator.resources.providers import canonical_namespace, find_type, type_of
from simulator.services.arm.by_id import KINDS, AnyResource
from simulator.services.arm.groups import need_group
from simulator.services.arm.names import Parts
from simulator.services.arm.odata import Filter, top
from simulator.services.arm.pages import by_key, paged
from simulator.services.arm.subscriptions import subscription_id
from simulator.services.arm.tags import passes
from simulator.store import Store

_EXPANDS = ("createdtime", "changedtime", "provisioningstate")


def list_all(store: Store, call: Call, parts: Parts) -> Response:
    """List what the caller may read of the resources in a group or a subscription, in pages; see `_values` for filters.

    Only types with a location and tags are listed. Raises: ApiError 400 for `$filter`, `$top` or `$expand`, 404.
    """
    scope = need_group(store, parts).key if "group" in parts else subscription_id(store, parts)
    wanted, most, expanded = Filter(call.query("$filter")), top(call.query("$top")), _expanded(call.query("$expand"))
    found: list[tuple[str, AnyResource]] = []
    for item in sorted((item for kind in KINDS for item in store.below(kind, scope)), key=by_key):
        kind = tracked_type(item.key)
        is_found = kind and passes(wanted, _values(kind, item), item.tags)
        if is_found and permits(store, call.caller, f"{kind}/read", item.key):
            found.append((kind, item))
    found = found[:most]
    return paged(store, call, parts, found, key=lambda each: by_key(each[1]), show=lambda each: _shown(*each, expanded))


def tracked_type(resource_id: str) -> str:
    """Give the type of a resource by its ARM id; an empty text for types without a location and tags."""
    namespace, name = type_of(resource_id, "GET") or ("", "")
    kind = find_type(namespace, name)
    return f"{canonical_namespace(namespace)}/{kind.name}" if kind and kind.is_tracked else ""


def _values(kind: str, item: AnyResource) -> dict[str, Any]:
    return {"resourcetype": kind, "name": item.name, "location": item.location,
            "resourcegroup": item.key.split("/")[4]}  # fmt: skip


def _expanded(text: str) -> list[str]:
    words = [word.strip().lower() for word in text.split(",") if word.strip()]
    for word in words:
        if word not in _EXPANDS:
            message = f"The value '{word}' of '$expand' is not one of 'createdTime,changedTime,provisioningState'."
            raise ApiError(400, "InvalidExpandQueryParameter", message)
    return words


def _shown(kind: str, item: AnyResource, expanded: list[str]) -> dict[str, Any]:
    """Give a resource as a list of all types has it: no properties."""
    body: dict[str, Any] = {"id": item.key, "name": item.name, "type": kind, "location": item.location,
                            "tags": item.tags}  # fmt: skip
    data = None if isinstance(item, RunCommand) else item.system_data  # a run command's moments are not kept
    if "createdtime" in expanded and data:
        body["createdTime"] = arm_time(data.created)
    if "changedtime" in expanded and data:
        body["changedTime"] = arm_time(data.modified)
    if "provisioningstate" in expanded:
        body["provisioningState"] = item.state if isinstance(item, Extension | RunCommand) else "Succeeded"
    return body
