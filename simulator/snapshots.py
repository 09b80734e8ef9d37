"""A cloud's whole state as one JSON document, to keep and to go back to.

The journal is no part of it: what has happened stays, and going back is one more event. Lab time is part of it as far
as it can be: it never goes back, but it moves on to the moment of a snapshot that lies ahead.
"""

from __future__ import annotations

import math
from typing import Any

import msgspec

from simulator.clock import iso
from simulator.contract import Snapshot
from simulator.errors import BadInput
from simulator.resources.entities import ENTITIES, Entity, Secret, Subscription
from simulator.resources.transition import Transition
from simulator.store import Store

FORMAT = 1


def take(store: Store) -> Snapshot:
    """Give the state of a cloud, secrets included."""
    now = store.clock.now()
    entities = values_by_kind(store)
    return Snapshot(arclab_snapshot=FORMAT, taken=iso(now), lab_time_s=now, last=store.last, entities=entities)


def values_by_kind(store: Store, without: tuple[type[Entity], ...] = ()) -> dict[str, list[Any]]:
    """Give the values of a cloud by the names of their kinds, some kinds left out."""
    entities: dict[str, list[Any]] = {}
    for value in store.everything():
        if not isinstance(value, without):
            entities.setdefault(type(value).__name__, []).append(value)
    return entities


def decode(entities: dict[str, list[Any]]) -> list[Entity]:
    """Give the values that `values_by_kind` has given, also after JSON. Raises: BadInput with a mistake's place."""
    return [value for name, items in entities.items() for value in _decoded(name, items)]


def restore(store: Store, snapshot: Snapshot) -> None:
    """Let a cloud have the state of a snapshot and nothing else, at once.

    Raises: BadInput for a snapshot that cannot be used; nothing has changed then.
    """
    if snapshot.arclab_snapshot != FORMAT:
        raise BadInput("snapshot", f"its format is {snapshot.arclab_snapshot}; this version reads {FORMAT}.")
    values = decode(snapshot.entities)
    if not any(isinstance(value, Subscription) and value.is_home for value in values):
        raise BadInput("snapshot", "it has no subscription that is the case's own.")
    if not any(isinstance(value, Secret) and value.key == "identity-issuer" for value in values):
        raise BadInput("snapshot", "it has no key of the identity service.")
    ahead_s = math.ceil(snapshot.lab_time_s - store.clock.now())
    if ahead_s > 0:
        store.clock.advance(ahead_s)
        data = {"advance_s": ahead_s, "offset_s": store.clock.offset_s}
        store.apply(Transition("clock.advance", kind="clock", data=data))
    replace_all(store, "state.restore", values, {"taken": snapshot.taken, "last": snapshot.last})


def replace_all(store: Store, operation: str, values: list[Entity], data: dict[str, Any]) -> None:
    """Take everything away and put `values`, in one transition."""
    held = reversed(store.everything())  # a table is emptied fastest from its end
    gone = tuple((type(value), value.key) for value in held)
    store.apply(Transition(operation, tuple(values), gone, data=data))


def _decoded(name: str, items: list[Any]) -> list[Entity]:
    """Give the entities of one kind. Raises: BadInput with the place of the mistake."""
    if name not in ENTITIES:
        raise BadInput("snapshot", f"'{name}' is no kind of entity; it may come from a newer version.")
    try:
        found = [msgspec.convert(item, ENTITIES[name]) for item in items]
    except msgspec.ValidationError as error:
        raise BadInput("snapshot", f"entities.{name} cannot be used: {error}.") from error
    keys = [value.key.lower() for value in found]
    twice = next((key for key in keys if keys.count(key) > 1), "") if len(set(keys)) < len(keys) else ""
    if twice:
        raise BadInput("snapshot", f"entities.{name} has two values of the key '{twice}'.")
    return found
