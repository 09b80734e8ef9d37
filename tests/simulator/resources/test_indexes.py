"""Each index and each moment is of a kind that the store keeps, and can be taken of every value of it."""

from __future__ import annotations

import msgspec
import pytest

from simulator.resources.entities import ENTITIES, Entity
from simulator.resources.indexes import DUE, INDEXES

_PLACES = [(kind, index) for kind, indexes in INDEXES.items() for index in indexes]


def make(kind: type[Entity]) -> Entity:
    """Give a value with the defaults of its kind and an example of each other field."""
    samples: dict[type, object] = {str: "text", float: 1.5, int: 7, bool: True}
    required = {field.name: samples.get(field.type, {}) for field in msgspec.structs.fields(kind) if field.required}
    return msgspec.convert(required, kind)


def test_only_kinds_that_are_kept_are_indexed() -> None:
    """No line outlives its kind."""
    assert {*INDEXES, *DUE} <= set(ENTITIES.values())


@pytest.mark.parametrize(("kind", "index"), _PLACES, ids=lambda place: getattr(place, "__name__", place))
def test_an_index_gives_a_text(kind: type[Entity], index: str) -> None:
    """Every value has a text to be found by, if only an empty one."""
    assert isinstance(INDEXES[kind][index](make(kind)), str)


@pytest.mark.parametrize("kind", DUE, ids=lambda kind: kind.__name__)
def test_a_moment_is_a_number_or_nothing(kind: type[Entity]) -> None:
    """Every value is due at some time or never."""
    assert isinstance(DUE[kind](make(kind)), float | None)
