"""Resources of all kinds by their ARM ids: the one that has an id, and those that go away with it."""

from __future__ import annotations

from simulator.resources.entities import (
    Entity,
    Extension,
    GuestReport,
    Lock,
    Machine,
    PolicyState,
    Resource,
    RoleAssignment,
    RunCommand,
    Suppression,
)
from simulator.store import Store

#: Kinds that lie in groups or on other resources, and whose keys are ARM ids.
AnyResource = Machine | Extension | RunCommand | Resource
KINDS: tuple[type[AnyResource], ...] = (Machine, Extension, RunCommand, Resource)


def find_by_id(store: Store, resource_id: str) -> AnyResource | None:
    """Give the resource with an ARM id in any case, or None."""
    for kind in KINDS:
        found = store.get(kind, resource_id)
        if found is not None:
            return found
    return None


def gone_with(store: Store, entity: Entity) -> tuple[tuple[type[Entity], str], ...]:
    """Give kind and key of an entity, whose key is an ARM id, and of everything inside or on it: what goes with it."""
    kinds = (*KINDS, Suppression, Lock, RoleAssignment, PolicyState, GuestReport)
    found = (item for kind in kinds for item in store.below(kind, entity.key))
    return tuple((type(item), item.key) for item in (entity, *found))
