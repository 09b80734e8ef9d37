"""A table finds what a look at every value would find, and looks at few of them."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.resources.entities import Alert, Entity
from simulator.table import Table


class Note(Entity, frozen=True):
    """A value with something to be found by, and a moment."""

    text: str = ""
    moment: float | None = None


def make_table() -> Table[Note]:
    """Give an empty table of notes."""
    return Table({"text": lambda note: note.text}, lambda note: note.moment)


_NOTES = st.builds(
    Note,
    key=st.sampled_from(["/a", "/A", "/a/b", "/a/b/c", "/a/c", "/ab", "/a0", "/b"]),
    text=st.sampled_from(["", "x", "y"]),
    moment=st.none() | st.integers(0, 5).map(float),
)


@given(st.lists(_NOTES | _NOTES.map(lambda note: note.key)))
def test_a_table_is_its_values(steps: list[Note | str]) -> None:
    """After any changes, lists, scopes and indexes give what comparing every value gives, in the order of keys."""
    table, model = make_table(), dict[str, Note]()
    for step in steps:
        if isinstance(step, Note):
            table.put(step)
            model[step.key.lower()] = step
        else:
            table.remove(step)
            model.pop(step.lower(), None)
    every = [note for _, note in sorted(model.items())]
    inside = [note for note in every if note.key.lower().startswith("/a/")]

    assert table.all() == every
    assert table.below("/A", "", None) == inside
    assert table.below("/a", "/a/b", 1) == [note for note in inside if note.key.lower() > "/a/b"][:1]
    assert list(table.find("text", "x")) == [note for note in every if note.text == "x"]
    assert list(table.find("text", "")) == []


@given(st.lists(_NOTES), st.integers(0, 5))
def test_what_is_due_comes_once_in_order(notes: list[Note], now: int) -> None:
    """Settling one after the other gives every value that is due, the earliest first, and no other."""
    table = make_table()
    for note in notes:
        table.put(note)
    found: list[Note] = []
    while (next_one := table.next_due(now)) is not None:
        table.settle(next_one.key)
        found.append(next_one)
    due = [note for note in table.all() if note.moment is not None and note.moment <= now]

    assert {note.key for note in found} == {note.key for note in due}
    assert [note.moment for note in found] == sorted(note.moment or 0.0 for note in due)


def test_a_value_is_due_until_it_is_settled() -> None:
    """Who fails while settling finds it again; who has settled it finds it after its next change."""
    table, note = make_table(), Note(key="a", moment=1.0)
    table.put(note)

    assert (table.next_due(0.9), table.next_due(1), table.next_due(1)) == (None, note, note)

    table.settle("A")

    assert table.next_due(1) is None

    table.put(note)

    assert table.next_due(1) == note


def test_a_moment_that_moves_on_costs_one_place() -> None:
    """A value that is put off again and again waits in one place of the agenda, not in one for each time."""
    table = make_table()
    for moment in range(1, 100):
        table.put(Note(key="a", moment=float(moment)))

    assert (table.next_due(98), table.next_due(99)) == (None, Note(key="a", moment=99.0))
    assert len(table._agenda) == 1


def test_what_is_not_due_is_not_looked_at() -> None:
    """A look at the clock costs nothing for a thousand values whose time has not come."""
    looks: list[str] = []

    def moment_of(note: Note) -> float | None:
        looks.append(note.key)
        return note.moment

    table = Table[Note]({}, moment_of)
    table.fill(Note(key=f"{number}", moment=1000.0 + number) for number in range(1000))
    looks.clear()

    assert (table.next_due(999), looks) == (None, [])
    assert (table.next_due(1000), looks) == (Note(key="0", moment=1000.0), ["0"])


def test_a_filled_table_is_as_if_each_value_were_put() -> None:
    """Reading a state file leaves nothing out of the indexes and the agenda."""
    table = make_table()
    table.fill([Note(key="B", text="x", moment=2.0), Note(key="a", text="x")])

    assert [note.key for note in table.find("text", "x")] == ["a", "B"]
    assert table.next_due(2) == Note(key="B", text="x", moment=2.0)


def test_an_index_that_is_not_declared_is_a_mistake() -> None:
    """A misspelt index is an error, not an empty answer."""
    with pytest.raises(KeyError):
        list(make_table().find("txt", "x"))


def test_a_kind_without_moments_is_never_due() -> None:
    """Most kinds have no time of their own."""
    table = Table[Alert]({}, None)
    table.put(msgspec.convert({"key": "a", "machine": "m", "fired": 0.0}, Alert))

    assert table.next_due(float("inf")) is None
