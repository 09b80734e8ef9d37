"""What an agent is asked to do, by family: what it works on, what it is told, what its report changes.

A family is the first word of an operation's action, and a line here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from simulator.resources import extensions, operations, patches, run_commands
from simulator.resources.entities import Entity, Extension, Machine, Operation, RunCommand
from simulator.resources.operations import Report
from simulator.resources.transition import Transition


class Family(NamedTuple):
    """One family. `kind` is what its operations work on: the entity that their `resource` names.

    `told` gives the members of the wire's operation, `is_open` whether a report still counts, `reported` the operation
    and its entity after one, where None means that the entity is gone; `shown` is the entity as ARM shows it, where the
    operation gives that.
    """

    kind: type[Entity]
    told: Callable[[Operation, Any], dict[str, Any]]
    is_open: Callable[[Operation, Any], bool]
    reported: Callable[[Operation, Any, Report, float], tuple[Operation, Entity | None]]
    shown: Callable[[Any], dict[str, Any]] | None


FAMILIES: dict[str, Family] = {
    "extensions": Family(Extension, extensions.told, operations.is_running, extensions.reported, extensions.shown),
    "runCommands": Family(
        RunCommand, run_commands.told, run_commands.is_open, run_commands.reported, run_commands.shown
    ),
    "patches": Family(Machine, patches.told, operations.is_running, patches.reported, None),
}


def family_of(operation: Operation) -> Family:
    """Give an operation's family. Raises: KeyError for an operation that no agent carries out."""
    return FAMILIES[operation.action.partition(".")[0]]


def after_report(operation: Operation, entity: Entity | None, report: Report, now: float) -> Transition | None:
    """Give what a report changes; None for one that counts no more, as it is late or a repetition.

    Raises: ApiError 400 for a result that cannot be.
    """
    family = family_of(operation)
    if not (family.is_open(operation, entity) if entity else operations.is_running(operation)):
        return None
    after, changed = operations.ended(operation, report, now), None
    if entity is not None:
        after, changed = family.reported(operation, entity, report, now)
    put = (after, changed) if changed else (after,)
    delete = ((family.kind, operation.resource),) if changed is None else ()
    word = "report" if report.status == "transitioning" else "end"
    data = {"status": after.status}
    return Transition(f"{operation.action}.{word}", put, delete, machine=operation.machine, data=data)
