"""The one place where state changes: entities and journal, in one SQLite database, in one transaction.

Entities are frozen values kept under (kind, key). `apply` is the only writer; when it returns, the change and its
event are durable (with a file) and visible. Reads give the values themselves.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec

from simulator.clock import Clock, iso
from simulator.contract import Event
from simulator.errors import BadInput
from simulator.resources.entities import ENTITIES, Entity
from simulator.resources.indexes import DUE, INDEXES
from simulator.resources.transition import Transition
from simulator.table import Table

_E = TypeVar("_E", bound=Entity)
_BUSY_S = 1.0  # how long the file may still be held by a cloud that is just ending
_SCHEMA = """
CREATE TABLE IF NOT EXISTS entities (
    kind TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (kind, key)
);
CREATE TABLE IF NOT EXISTS journal (seq INTEGER PRIMARY KEY, value BLOB NOT NULL);
"""


class Store:
    """State and journal of one cloud. Used from one event loop only; who has made it closes it.

    A file is held alone: a second cloud on it is refused.
    """

    def __init__(self, path: Path | None, clock: Clock) -> None:
        """Open a file, or memory for None. Raises: BadInput for a file that cannot be used."""
        self.clock = clock
        self._database = _opened(path)
        try:
            self._tables = _read_entities(self._database)
            rows = self._database.execute("SELECT value FROM journal ORDER BY seq")
            self.events: list[Event] = [msgspec.json.decode(row[0], type=Event) for row in rows]
        except (sqlite3.DatabaseError, msgspec.DecodeError, KeyError) as error:
            self._database.close()
            raise BadInput("state-file", f"it cannot be read: {error}.", place=str(path)) from error
        self._news = asyncio.Event()

    def close(self) -> None:
        """Close the file. Nothing is lost without: what `apply` has given is on the disk."""
        self._database.close()

    def get(self, kind: type[_E], key: str) -> _E | None:
        """Give one entity, or None."""
        return self._table(kind).get(key)

    def all(self, kind: type[_E]) -> list[_E]:
        """Give all entities of a kind, by key. For one of them, or some, there is `find` or `below`."""
        return self._table(kind).all()

    def find(self, kind: type[_E], index: str, text: str) -> list[_E]:
        """Give the entities for which an index of `resources/indexes.py` gives a text, by key."""
        return list(self._table(kind).find(index, text))

    def first(self, kind: type[_E], index: str, text: str) -> _E | None:
        """Give the first of what `find` gives, or None."""
        return next(self._table(kind).find(index, text), None)

    def below(self, kind: type[_E], scope: str, start: int = 0, limit: int | None = None) -> list[_E]:
        """Give the entities whose keys are `scope`, a slash and more, by key; a page of them with `limit`."""
        return self._table(kind).below(scope, start, limit)

    def count(self, kind: type[Entity], scope: str) -> int:
        """Give how many entities `below` gives without a limit."""
        return self._table(kind).count(scope)

    def next_due(self, kind: type[_E], now: float) -> _E | None:
        """Give the entity that `resources/indexes.py` says was due first, or None.

        It stays the next one until a change moves its moment, or `settle` is called.
        """
        return self._table(kind).next_due(now)

    def settle(self, value: Entity) -> None:
        """Let an entity be due no more until it changes; a restarted cloud looks at it again."""
        self._table(type(value)).settle(value.key)

    def everything(self) -> list[Entity]:
        """Give all entities, by kind and key."""
        return [value for kind in self._tables for value in self.all(kind)]

    @property
    def last(self) -> int:
        """Give the newest sequence number of the journal; 0 before the first event."""
        return len(self.events)

    def apply(self, transition: Transition) -> Event:
        """Make a change and journal it, both or neither. Values are taken away first, then put."""
        event = self._event(transition)
        with self._database:
            self._database.execute("BEGIN")
            for kind, key in transition.delete:
                self._database.execute("DELETE FROM entities WHERE kind = ? AND key = ?", (kind.__name__, key.lower()))
            for value in transition.put:
                row = (type(value).__name__, value.key.lower(), msgspec.json.encode(value))
                self._database.execute("INSERT OR REPLACE INTO entities VALUES (?, ?, ?)", row)
            self._insert(event)
        for kind, key in transition.delete:
            self._table(kind).remove(key)
        for value in transition.put:
            self._table(type(value)).put(value)
        self._publish(event)
        return event

    def record(self, event: Event) -> None:
        """Journal something that changes nothing: a request, a question to the name server."""
        numbered = msgspec.structs.replace(event, seq=len(self.events) + 1)
        with self._database:
            self._database.execute("BEGIN")
            self._insert(numbered)
        self._publish(numbered)

    def since(self, seq: int) -> list[Event]:
        """Give the events after a sequence number."""
        return self.events[seq:]

    async def wait(self, seq: int, accepts: Callable[[Event], bool], seconds: float) -> None:
        """Wait until an event that is accepted comes after a number, at most some true time."""
        deadline = time.monotonic() + seconds
        while not any(accepts(event) for event in self.since(seq)):
            seq, left = max(seq, self.last), deadline - time.monotonic()
            if left <= 0:
                return
            try:
                await asyncio.wait_for(self._news.wait(), left)
            except TimeoutError:
                return

    def _table(self, kind: type[_E]) -> Table[_E]:
        return self._tables[kind]  # type: ignore[return-value] # a kind's table has values of this kind

    def _event(self, transition: Transition) -> Event:
        return Event(
            seq=len(self.events) + 1, time=iso(transition.at or self.clock.now()), wall=iso(time.time()),
            kind=transition.kind, operation=transition.operation, machine=transition.machine, data=transition.data,
        )  # fmt: skip

    def _insert(self, event: Event) -> None:
        self._database.execute("INSERT INTO journal VALUES (?, ?)", (event.seq, msgspec.json.encode(event)))

    def _publish(self, event: Event) -> None:
        self.events.append(event)
        self._news.set()
        self._news = asyncio.Event()


def _opened(path: Path | None) -> sqlite3.Connection:
    try:
        database = sqlite3.connect(path or ":memory:", timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
    except sqlite3.DatabaseError as error:
        raise BadInput("state-file", f"it cannot be opened: {error}.", place=str(path)) from error
    try:
        database.execute("PRAGMA locking_mode=EXCLUSIVE")
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        database.executescript(_SCHEMA)
    except sqlite3.DatabaseError as error:
        database.close()
        what = "another cloud uses it" if "locked" in str(error) else f"this is no state file: {error}"
        raise BadInput("state-file", f"{what}.", place=str(path)) from error
    return database


def _read_entities(database: sqlite3.Connection) -> dict[type[Entity], Table[Entity]]:
    """Give what is kept, by kind. Raises: KeyError for a kind that this version does not know."""
    values: dict[type[Entity], list[Entity]] = {kind: [] for kind in ENTITIES.values()}
    for name, value in database.execute("SELECT kind, value FROM entities"):
        kind = ENTITIES[name]
        values[kind].append(msgspec.json.decode(value, type=kind))
    tables = {kind: Table[Entity](INDEXES.get(kind, {}), DUE.get(kind)) for kind in values}
    for kind, table in tables.items():
        table.fill(values[kind])
    return tables
