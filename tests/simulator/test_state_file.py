"""A state file takes a change whole or not at all; what a store makes of it is in test_store.py."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

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
