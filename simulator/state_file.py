"""A state file: entities and journal of a cloud in one SQLite database. What is written is there after a kill -9.

Each write is with the kernel when it returns. The disk is not waited for, which would take most of a request's time: a
host that loses its power may lose the last moments, but not the file.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path

from simulator.errors import BadInput

_BUSY_S = 1.0  # how long the file may still be held by a cloud that is just ending
_SCHEMA = """
CREATE TABLE IF NOT EXISTS entities (
    kind TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (kind, key)
);
CREATE TABLE IF NOT EXISTS journal (seq INTEGER PRIMARY KEY, value BLOB NOT NULL);
"""


class StateFile:
    """An open file, held alone: a second cloud on it is refused. Values and events are JSON."""

    def __init__(self, path: Path) -> None:
        """Open a file, made where it is missing. Raises: BadInput for one that cannot be used."""
        self._database = _opened(path)
        try:
            self.last: int = self._database.execute("SELECT coalesce(max(seq), 0) FROM journal").fetchone()[0]
        except sqlite3.DatabaseError as error:
            self._database.close()
            raise BadInput("state-file", f"it cannot be read: {error}.", place=str(path)) from error

    def close(self) -> None:
        """Close the file. Nothing is lost without."""
        self._database.close()

    def entities(self) -> Iterable[tuple[str, bytes]]:
        """Give kind and value of each entity. Raises: sqlite3.DatabaseError."""
        return self._database.execute("SELECT kind, value FROM entities")

    def add(self, event: bytes) -> None:
        """Append an event that changes nothing."""
        self.write((), (), event)

    def write(self, gone: Iterable[tuple[str, str]], put: Iterable[tuple[str, str, bytes]], event: bytes) -> None:
        """Take away (kind, key), put (kind, key, value) and append an event: all of it or nothing."""
        with self._database:
            self._database.execute("BEGIN")
            for row in gone:
                self._database.execute("DELETE FROM entities WHERE kind = ? AND key = ?", row)
            for entity in put:
                self._database.execute("INSERT OR REPLACE INTO entities VALUES (?, ?, ?)", entity)
            self._database.execute("INSERT INTO journal VALUES (?, ?)", (self.last + 1, event))
        self.last += 1

    def after(self, seq: int) -> Iterable[bytes]:
        """Give the events after a number. Raises: sqlite3.DatabaseError."""
        rows = self._database.execute("SELECT value FROM journal WHERE seq > ? ORDER BY seq", (seq,))
        return (row[0] for row in rows)


def make_folder_of(path: Path) -> None:
    """Make the folder that a state file is to be in. Raises: BadInput where that cannot be."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput("state-file", f"its folder cannot be made: {error.strerror}.", place=str(path)) from error


def _opened(path: Path) -> sqlite3.Connection:
    try:
        database = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
    except sqlite3.DatabaseError as error:
        raise BadInput("state-file", f"it cannot be opened: {error}.", place=str(path)) from error
    try:
        database.execute("PRAGMA locking_mode=EXCLUSIVE")
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=NORMAL")
        database.executescript(_SCHEMA)
    except sqlite3.DatabaseError as error:
        database.close()
        what = "another cloud uses it" if "locked" in str(error) else f"this is no state file: {error}"
        raise BadInput("state-file", f"{what}.", place=str(path)) from error
    return database
