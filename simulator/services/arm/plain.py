"""The five operations of every type that is a row: list, get, put, patch and delete.

Source: what ARM asks of all resource providers. See docs/wire/arm.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import msgspec
from starlette.responses import Response

from simulator.call import Call
from simulator.errors import ApiError
from simulator.resources import system_data
from simulator.resources.entities import Operation, Resource
from simulator.resources.plain import kept, patched
from simulator.resources.request_body import location_of, refuse_move
from simulator.resources.system_data import SystemData
from simulator.resources.tags import tags_of
from simulator.resources.transition import Transition
from simulator.services.arm.answers import accepted, accepted_at, polling_headers, with_body, without_body
from simulator.services.arm.authors import author_of
from simulator.services.arm.by_id import find_by_id, gone_with
from simulator.services.arm.names import NAMESPACE, Parts
from simulator.services.arm.operations import begun
from simulator.services.arm.pages import by_key, paged
from simulator.services.arm.plain_type import PlainType
from simulator.services.arm.route_tree import Route
from simulator.services.arm.scopes import Place, need_place, no_parent, not_found
from simulator.store import Store
from simulator.tenancy import subscription_in

_GROUP = "/subscriptions/{subscription}/resourcegroups/{group}"
_BASES = {"group": _GROUP, "subscription": "/subscriptions/{subscription}", "scope": "{scope}"}


def routes_of(row: PlainType) -> Iterator[Route]:
    """Give the routes of a type, each with the action that its caller needs."""
    *parents, (last, _) = row.segments
    inner = f"/providers/{row.namespace}" + "".join(f"/{word}/{{{part}}}" for word, part in parents) + f"/{last}"
    bases = row.listed_in if row.within == "group" and not parents else (row.within,)
    if "list" in row.verbs:
        for base in bases:
            yield Route("GET", _BASES[base] + inner, f"{row.word}.list", f"{row.name}/read", partial(list_all, row))
    path = f"{_BASES[row.within]}{inner}/{{name}}"
    verbs = (("get", get, "read"), ("put", put, "write"), ("patch", patch, "write"), ("delete", delete, "delete"))
    for verb, handler, action in verbs:
        if verb in row.verbs:
            yield Route(verb.upper(), path, f"{row.word}.{verb}", f"{row.name}/{action}", partial(handler, row))


def shown(row: PlainType, store: Store, resource: Resource) -> dict[str, Any]:
    """Give a resource as ARM shows it: only members that it has."""
    state = {"provisioningState": row.state} if row.state else {}
    body: dict[str, Any] = {"id": resource.key, "name": resource.name, "type": row.name}
    if row.is_tracked and resource.location:
        body["location"] = resource.location
    if resource.tags:
        body["tags"] = resource.tags
    body |= {**resource.members, "properties": {**state, **row.view(store, resource)}}
    if row.has_system_data:
        body["systemData"] = system_data.shown(resource.system_data)
    return body


def list_all(row: PlainType, store: Store, call: Call, parts: Parts) -> Response:
    """List the resources of a type in or on what the path names, in pages."""
    parent = _parent(row, store, parts).id
    inside = f"{parent}/{row.word}/" if row.is_child else f"{parent}/"
    near = store.below(Resource, inside[:-1]) if row.is_child else store.find(Resource, "type", row.name)
    found = [r for r in near if r.type == row.name and r.key.lower().startswith(inside.lower())]
    return paged(store, call, parts, found, key=by_key, show=partial(shown, row, store))


def get(row: PlainType, store: Store, call: Call, parts: Parts) -> Response:
    """Give one resource. Raises: ApiError 404."""
    return with_body(call, shown(row, store, need(row, store, parts)))


def put(row: PlainType, store: Store, call: Call, parts: Parts) -> Response:
    """Make or replace a resource. Raises: ApiError 400 for name and body, 404, 409."""
    parent, name = _parent(row, store, parts), parts["name"]
    before = store.get(Resource, _key(row, parent.id, name))
    if before is None and not (name.lower() == row.only if row.only else row.names.fullmatch(name)):
        raise ApiError(400, "InvalidResourceName", f"The resource name '{name}' is not valid.")
    key = before.key if before else _key(row, parent.id, row.only or name)
    resource = made(row, store, call, Place(key, parent.location), before)
    return _keep(row, store, call, resource, row.statuses.updated if before else row.statuses.created)


def patch(row: PlainType, store: Store, call: Call, parts: Parts) -> Response:
    """Change a resource: tags as a whole, properties member by member. Raises: ApiError 400, 404, 409."""
    before = need(row, store, parts)
    body = call.json()
    properties = patched(before.properties, row.patch, row.shape, body) if row.patch is not None else before.properties
    resource = msgspec.structs.replace(
        before, properties=properties, members={**before.members, **_members(row, body)},
        tags=tags_of(body) if row.is_tracked and "tags" in body else before.tags,
        system_data=_stamped(store, call, before),
    )  # fmt: skip
    return _keep(row, store, call, row.complete(store, resource, before), row.statuses.patched)


def delete(row: PlainType, store: Store, call: Call, parts: Parts) -> Response:
    """Delete a resource with everything in and on it; 204 for what is not there. Raises: ApiError 400, 404, 409."""
    resource = store.get(Resource, _key(row, _parent(row, store, parts).id, parts["name"]))
    if resource is None:
        return without_body(call, 204)
    row.check_delete(store, call, resource)
    operation = begun(call, call.operation, resource.key, status="Succeeded")
    is_long = row.statuses.deleted == 202
    gone = shown(row, store, resource) if row.shows_deleted else None
    store.apply(
        Transition(call.operation, (operation,) if is_long else (), gone_with(store, resource), machine=call.machine)
    )
    if is_long:
        return _accepted(row, call, operation, resource.location)
    return with_body(call, gone) if gone is not None else without_body(call, row.statuses.deleted)


def need(row: PlainType, store: Store, parts: Parts) -> Resource:
    """Give the resource of a path. Raises: ApiError 404: for its group, its parent or itself, in this order."""
    key = _key(row, _parent(row, store, parts).id, parts["name"])
    found = store.get(Resource, key)
    if found is None:
        raise not_found(key)
    return found


def made(row: PlainType, store: Store, call: Call, place: Place, before: Resource | None) -> Resource:
    """Give what a PUT makes: the resource with an id, where its parent lies; nothing is stored.

    Raises: ApiError 400, 409.
    """
    body = call.json()
    location = location_of(body) if row.is_tracked else place.location
    if row.is_tracked and not location and before is None:
        raise ApiError(400, "LocationRequired", "The location property is required for this definition.")
    if before is not None:
        refuse_move(before.name, before.location, location)
    wanted = Resource(
        key=place.id, type=row.name, name=place.id.rpartition("/")[2],
        location=location or (before.location if before else ""), tags=tags_of(body) if row.is_tracked else {},
        properties=kept(row.shape, body), members=_members(row, body), system_data=_stamped(store, call, before),
    )  # fmt: skip
    return row.complete(store, wanted, before)


def _members(row: PlainType, body: dict[str, Any]) -> dict[str, Any]:
    return {name: body[name] for name in row.members if body.get(name) is not None}


def _stamped(store: Store, call: Call, before: Resource | None) -> SystemData:
    author = author_of(store, call)
    return system_data.changed(before.system_data, author, call.now) if before else system_data.made(author, call.now)


def _keep(row: PlainType, store: Store, call: Call, resource: Resource, status: int) -> Response:
    """Put a resource into the store and answer, with a long operation where its type has one."""
    is_long = status == 202 or (status == 201 and row.is_long)
    body = shown(row, store, resource)
    operation = begun(call, call.operation, resource.key, status="Succeeded", shows=body if row.has_result else None)
    started: tuple[Operation, ...] = (operation,) if is_long else ()
    store.apply(Transition(call.operation, (resource, *started), machine=call.machine))
    if status == 202:
        return _accepted(row, call, operation, resource.location)
    if not is_long:
        return with_body(call, body, status)
    first = {**body, "properties": {**body["properties"], "provisioningState": row.first_state}}
    return with_body(call, first, status, polling_headers(call, operation, resource.location))


def _accepted(row: PlainType, call: Call, operation: Operation, location: str) -> Response:
    """Give a 202 whose addresses lie below the type's own provider. Assumed: other providers have one address alone."""
    if row.namespace == NAMESPACE:
        return accepted(call, operation, location)
    base = f"/subscriptions/{subscription_in(operation.resource)}/providers/{row.namespace}/locations/{location}"
    return accepted_at(call, operation, f"{base}/operationResults")


def _parent(row: PlainType, store: Store, parts: Parts) -> Place:
    """Give what a resource lies in or on. Raises: ApiError 404."""
    place = need_place(store, parts)
    parents = row.segments[:-1]
    if not parents:
        return place
    path = "".join(f"/{word}/{parts[part]}" for word, part in parents)
    found = find_by_id(store, f"{place.id}/providers/{row.namespace}{path}")
    if found is None:
        raise no_parent("/".join(parts[part] for _, part in parents))
    return Place(found.key, found.location)


def _key(row: PlainType, parent: str, name: str) -> str:
    """Give a resource's ARM id."""
    return f"{parent}/{row.word}/{name}" if row.is_child else f"{parent}/providers/{row.namespace}/{row.word}/{name}"
