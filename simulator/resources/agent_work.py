"""What an agent is asked to do, by family: what it works on, what it is told, what its report changes.

A family is the first word of an operation's action, and a line here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from simulator.resources import extensions, operations
from simulator.resources.entities import Entity, Extension, Operation
from simulator.resources.operations import Report
from simulator.resources.transition import Transition


class Family(NamedTuple):
    """One family. `kind` is what its operations work on: the entity that their `resource` names.

    `told` gives the members of the wire's operation, `reported` the operation and its entity after a report, where
    None means that the entity is gone; `shown` is the entity as ARM shows it.
    """

    kind: type[Entity]
    told: Callable[[Operation, Any], dict[str, Any]]
    reported: Callable[[Operation, Any, Report, float], tuple[Operation, Entity | None]]
    shown: Callable[[Any], dict[str, Any]]


FAMILIES: dict[str, Family] = {
    "extensions": Family(Extension, extensions.told, extensions.reported, extensions.shown),
}


def family_of(operation: Operation) -> Family:
    """Give an operation's family. Raises: KeyError for an operation that no agent carries out."""
    return FAMILIES[operation.action.partition(".")[0]]


def after_report(operation: Operation, entity: Entity | None, report: Report, now: float, word: str) -> Transition:
    """Give what a report changes; `word` ends the name of the event. The entity may be gone already."""
    family = family_of(operation)
    if entity is None:
        after, changed = operations.ended(operation, report, now), None
    else:
        after, changed = family.reported(operation, entity, report, now)
    put = (after, changed) if changed else (after,)
    delete = ((family.kind, operation.resource),) if changed is None else ()
    return Transition(
        f"{operation.action}.{word}", put, delete, machine=operation.machine, data={"status": after.status}
    )
