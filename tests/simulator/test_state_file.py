"""A state file takes a change whole or not at all; what a store makes of it is in test_store.py."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from simulator.state_file import StateFile


@pytest.fixture
def state(tmp_path: Path) -> Iterator[StateFile]:
    """Give an open file."""
    file = StateFile(tmp_path / "state")
    yield file
    file.close()


def test_what_is_written_is_there(state: StateFile, tmp_path: Path) -> None:
    """Values replace one another by kind and key; events follow one another."""
    state.write((), (("Lock", "a", b"1"), ("Lock", "b", b"2")), b"first")
    state.write((("Lock", "a"),), (("Lock", "b", b"3"),), b"second")
    state.add(b"third")
    state.close()
    again = StateFile(tmp_path / "state")

    assert (list(again.entities()), again.last) == ([("Lock", b"3")], 3)
    assert list(again.after(1)) == [b"second", b"third"]
    again.close()


def test_a_write_that_fails_leaves_nothing(state: StateFile) -> None:
    """Neither values nor numbers move when one part cannot be written."""
    with pytest.raises(sqlite3.Error):
        state.write((), (("Lock", "a", b"1"), ("Lock", "b", object())), b"event")  # type: ignore[arg-type]

    assert (list(state.entities()), list(state.after(0)), state.last) == ([], [], 0)

    state.add(b"next")

    assert state.last == 1


def _left_behind(folder: Path, writes: int) -> tuple[bytes, bytes]:
    """Give a database and its log as a killed process leaves them, after so many writes; the log has all of them."""
    file = StateFile(folder / "killed")
    for number in range(1, writes + 1):
        file.write((), (("Lock", "a", b"%d" % number),), b"%d" % number)
    left = (folder / "killed").read_bytes(), (folder / "killed-wal").read_bytes()
    file.close()
    return left


@given(data=some.data(), writes=some.integers(1, 6), is_cut=some.booleans())
@settings(max_examples=settings().max_examples // 2)
def test_a_torn_end_is_ignored(
    tmp_path_factory: pytest.TempPathFactory, data: some.DataObject, writes: int, is_cut: bool
) -> None:
    """A log that ends in the middle of a write, or whose end is damaged, counts up to the write before: all of each."""
    folder = tmp_path_factory.mktemp("torn")
    database, log = _left_behind(folder, writes)
    place = data.draw(some.integers(0, len(log) - 1))
    torn = log[:place] if is_cut else log[:place] + bytes([log[place] ^ 0xFF]) + log[place + 1 :]
    (folder / "state").write_bytes(database)
    (folder / "state-wal").write_bytes(torn)
    state = StateFile(folder / "state")
    kept = [int(event) for event in state.after(0)]
    values = [int(value) for _, value in state.entities()]
    state.close()

    assert kept == list(range(1, len(kept) + 1))
    assert values == kept[-1:]
    assert len(kept) < writes
