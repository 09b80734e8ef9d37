"""Who calls, as `systemData` and other records of ARM name them."""

from __future__ import annotations

from simulator.call import Call
from simulator.resources.entities import Machine, Principal
from simulator.resources.system_data import Author
from simulator.store import Store


def author_of(store: Store, call: Call) -> Author:
    """Give the caller by the object id of the token. Source: users appear by their upn in recorded bodies.

    Assumed: applications by their client id, machines by their identity's object id.
    """
    person = store.get(Principal, call.caller)
    if person is not None:
        return Author(person.upn, "User") if person.upn else Author(person.client_id or person.key)
    is_machine = store.first(Machine, "principal_id", call.caller) is not None
    return Author(call.caller, "ManagedIdentity" if is_machine else "Application")
