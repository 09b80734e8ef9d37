"""Locks: what they hold, and the one that `/_sim/locks` sets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from simulator.resources.entities import Lock
from simulator.resources.role_assignments import is_in

LEVELS = ("CanNotDelete", "ReadOnly")
_OF_THE_LAB = "lab"


def lock_id(scope: str, name: str) -> str:
    """Give a lock's ARM id; the scope is an ARM id."""
    return f"{scope}/providers/Microsoft.Authorization/locks/{name}"


def of_the_lab(scope: str) -> Lock:
    """Give the delete lock that the lab's own interface sets on a scope."""
    return Lock(key=lock_id(scope, _OF_THE_LAB), scope=scope)


def holding(locks: Iterable[Lock], scope: str, *, is_delete: bool, with_below: bool = False) -> Iterator[Lock]:
    """Give the locks that hold what is to be done: on the scope, above it, and with `with_below` inside it.

    Source: CanNotDelete holds deletes, ReadOnly writes and actions as well; a lock on a scope is inherited.
    """
    for lock in locks:
        is_near = is_in(lock.scope, scope) or (with_below and is_in(scope, lock.scope))
        if is_near and (is_delete or lock.level == "ReadOnly"):
            yield lock
