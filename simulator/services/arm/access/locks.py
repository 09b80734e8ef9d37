"""`{scope}/providers/Microsoft.Authorization/locks`: locks on subscriptions, groups and resources.

Source: the REST reference of management locks, 2016-09-01 and 2020-05-01.
"""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from starlette.responses import Response

from simulator.call import Call
from simulator.errors import ApiError
from simulator.resources import system_data
from simulator.resources.entities import Lock
from simulator.resources.locks import LEVELS, lock_id
from simulator.resources.request_body import object_of
from simulator.resources.role_assignments import is_in
from simulator.resources.transition import Transition
from simulator.services.arm.answers import with_body, without_body
from simulator.services.arm.authors import author_of
from simulator.services.arm.names import Parts
from simulator.services.arm.odata import Filter
from simulator.services.arm.scopes import need_place
from simulator.store import Store

_NAME = re.compile(r"[^<>%&:\\?/\x00-\x1f]{1,260}")  # Source: the REST reference: not these signs, at most 260


def list_all(store: Store, call: Call, parts: Parts) -> Response:
    """List the locks of a scope: those on it, above it and below it; `atScope()` leaves out those below."""
    scope, wanted = need_place(store, parts).id, Filter(call.query("$filter"))
    found = []
    for lock in store.all(Lock):
        is_above = is_in(lock.scope, scope)
        is_near = is_above or is_in(scope, lock.scope)
        if is_near and wanted.matches({"name": lock.key.rpartition("/")[2]}, {"atscope": partial(bool, is_above)}):
            found.append(_shown(lock))
    return with_body(call, {"value": found})


def get(store: Store, call: Call, parts: Parts) -> Response:
    """Give one lock. Raises: ApiError 404 `LockNotFound`."""
    lock = _find(store, parts)
    if lock is None:
        message = f"The lock '{parts['name']}' could not be found."
        raise ApiError(404, "LockNotFound", message)
    return with_body(call, _shown(lock))


def put(store: Store, call: Call, parts: Parts) -> Response:
    """Make (201) or change (200) a lock. Raises: ApiError 400 for name, level or body, 404 for the scope."""
    scope, before = need_place(store, parts).id, _find(store, parts)
    if not _NAME.fullmatch(parts["name"]):
        raise ApiError(400, "InvalidLockName", f"The lock name '{parts['name']}' is not valid.")
    properties = object_of(call.json(), "properties")
    level = next((known for known in LEVELS if known.lower() == str(properties.get("level")).lower()), "")
    if not level:
        message = f"The lock level '{properties.get('level')}' is not valid. It is one of '{', '.join(LEVELS)}'."
        raise ApiError(400, "InvalidLockLevel", message)
    owners = properties.get("owners") or []
    if not isinstance(owners, list) or not all(isinstance(owner, dict) for owner in owners):
        raise ApiError(400, "InvalidRequestContent", "The property 'owners' must be a list of objects.")
    author = author_of(store, call)
    data = system_data.changed(before.system_data, author, call.now) if before else system_data.made(author, call.now)
    lock = Lock(key=before.key if before else lock_id(scope, parts["name"]), scope=scope, level=level,
                notes=str(properties.get("notes") or ""), system_data=data,
                owners=tuple(str(owner.get("applicationId", "")) for owner in owners))  # fmt: skip
    store.apply(Transition("locks.put", (lock,), machine=call.machine))
    return with_body(call, _shown(lock), 200 if before else 201)


def delete(store: Store, call: Call, parts: Parts) -> Response:
    """Take a lock off; 204 for one that is not there."""
    lock = _find(store, parts)
    if lock is None:
        return without_body(call, 204)
    store.apply(Transition("locks.delete", delete=((Lock, lock.key),), machine=call.machine))
    return without_body(call, 200)


def _find(store: Store, parts: Parts) -> Lock | None:
    return store.get(Lock, lock_id(need_place(store, parts).id, parts["name"]))


def _shown(lock: Lock) -> dict[str, Any]:
    """Give a lock as ARM shows it. Source: OpenAPI 2020-05-01."""
    properties: dict[str, Any] = {"level": lock.level}
    if lock.notes:
        properties["notes"] = lock.notes
    if lock.owners:
        properties["owners"] = [{"applicationId": owner} for owner in lock.owners]
    return {"id": lock.key, "name": lock.key.rpartition("/")[2], "type": "Microsoft.Authorization/locks",
            "properties": properties, "systemData": system_data.shown(lock.system_data)}  # fmt: skip
