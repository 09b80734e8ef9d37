"""Each family of agent work is a line; a report changes the operation and what it works on, in one transition."""

from __future__ import annotations

import msgspec
import pytest

from simulator.resources.agent_work import FAMILIES, after_report, family_of
from simulator.resources.entities import ENTITIES, Extension, Operation
from simulator.resources.operations import Report

NOW = 1_767_225_600.0
EXTENSION = Extension(
    key="/m/extensions/e", machine="/m", name="e", location="eastus", publisher="P", type="T", version="1.0"
)
REMOVAL = Operation(key="o", status="InProgress", started=NOW, resource=EXTENSION.key, action="extensions.uninstall",
                    machine="/m")  # fmt: skip


@pytest.mark.parametrize("name", FAMILIES)
def test_families_work_on_entities(name: str) -> None:
    """What a family works on can be kept."""
    assert FAMILIES[name].kind in ENTITIES.values()


def test_what_is_gone_is_deleted() -> None:
    """A good removal deletes the entity with the end of its operation."""
    transition = after_report(REMOVAL, EXTENSION, Report("succeeded"), NOW)
    assert transition is not None

    assert (transition.operation, transition.machine) == ("extensions.uninstall.end", "/m")
    assert [type(value) for value in transition.put] == [Operation]
    assert (transition.delete, transition.data) == (((Extension, EXTENSION.key),), {"status": "Succeeded"})


def test_a_failed_removal_keeps_it() -> None:
    """The entity is put again, as failed."""
    transition = after_report(REMOVAL, EXTENSION, Report("failed", "1"), NOW)
    assert transition is not None

    assert ([type(value) for value in transition.put], transition.delete) == ([Operation, Extension], ())


def test_an_operation_whose_entity_is_gone_just_ends() -> None:
    """The report may come late."""
    transition = after_report(REMOVAL, None, Report("failed", message="late"), NOW)
    assert transition is not None
    operation = transition.put[0]

    assert isinstance(operation, Operation)
    assert (len(transition.put), operation.status, operation.code) == (1, "Failed", "1")


@pytest.mark.parametrize("entity", [EXTENSION, None])
def test_only_the_first_end_counts(entity: Extension | None) -> None:
    """A report of an operation that has ended changes nothing, nor is it journaled."""
    over = msgspec.structs.replace(REMOVAL, status="Canceled")

    assert after_report(over, entity, Report("succeeded"), NOW) is None


def test_the_clouds_own_operations_have_no_family() -> None:
    """No agent deletes a machine."""
    with pytest.raises(KeyError):
        family_of(Operation(key="o", status="Succeeded", started=NOW, resource="/m", action="machines.delete"))
