"""What a lock refuses. The locks themselves are resources: `access/locks.py`."""

from __future__ import annotations

from simulator.errors import ApiError
from simulator.resources import locks as lock_rules
from simulator.resources.entities import Lock
from simulator.store import Store

_READ = "/read"
_DELETE = "/delete"
_LOCKS = "microsoft.authorization/locks/"


def refuse_locked(store: Store, action: str, scope: str, *, with_below: bool = False) -> None:
    """Refuse an action on a scope where a lock holds it: on the scope, above it, or (`with_below`) inside it.

    Locks do not hold locks. Raises: ApiError 409 `ScopeLocked`, which names the locked scopes. Source: ARM's error.
    """
    action = action.lower()
    if action.endswith(_READ) or action.startswith(_LOCKS) or not (locks := store.all(Lock)):
        return
    is_delete = action.endswith(_DELETE)
    held = lock_rules.holding(locks, scope, is_delete=is_delete, with_below=with_below)
    scopes = ",".join(dict.fromkeys(lock.scope for lock in held))
    if scopes:
        raise ApiError(
            409,
            "ScopeLocked",
            f"The scope '{scope}' cannot perform {'delete' if is_delete else 'write'} operation because following "
            f"scope(s) are locked: '{scopes}'. Please remove the lock and try again.",
        )
