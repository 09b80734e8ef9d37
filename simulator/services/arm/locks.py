"""Delete locks. They are set by `/_sim/locks`; the resource itself is not imitated."""

from __future__ import annotations

from simulator.errors import ApiError
from simulator.resources.entities import Lock
from simulator.store import Store


def refuse_locked(store: Store, scope: str, *, below: bool = False) -> None:
    """Refuse a delete where a lock is in force: on the scope, above it, or (with `below`) inside it.

    Raises: ApiError 409 `ScopeLocked`, which names the lock. Source: ARM's error.
    """
    inner = f"{scope}/".lower()
    for lock in store.all(Lock):
        held = f"{lock.key}/".lower()
        if inner.startswith(held) or (below and held.startswith(inner)):
            raise ApiError(
                409,
                "ScopeLocked",
                f"The scope '{scope}' cannot perform delete operation because following scope(s) are locked: "
                f"'{lock.key}'. Please remove the lock and try again.",
            )
