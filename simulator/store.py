"""The one place where state changes: entities and journal together, in memory and, if wanted, in a file.

Entities are frozen values kept under (kind, key). `apply` is the only writer; when it returns, the change and its
event are in the file and visible. Reads give the values themselves.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, TypeVarTuple

import msgspec

from simulator.clock import Clock, iso
from simulator.contract import Event
from simulator.errors import BadInput
from simulator.journal import MemoryJournal
from simulator.resources.entities import ENTITIES, Entity
from simulator.resources.indexes import DUE, INDEXES
from simulator.resources.transition import Transition
from simulator.state_file import StateFile
from simulator.table import Table

_E = TypeVar("_E", bound=Entity)
_R = TypeVar("_R")
_A = TypeVarTuple("_A")
_REMEMBERED = 1024  # answers of a function that follows from entities
_read_event = msgspec.json.Decoder(Event).decode


class Store:
    """State and journal of one cloud. Used from one event loop only; who has made it closes it."""

    def __init__(self, path: Path | None, clock: Clock) -> None:
        """Open a file, or memory for None. Raises: BadInput for a file that cannot be used."""
        self.clock = clock
        self._file = StateFile(path) if path is not None else None
        self._journal: StateFile | MemoryJournal = self._file or MemoryJournal()
        try:
            self._tables = _filled_tables(self._file.entities() if self._file is not None else ())
            self.since(max(0, self.last - 1))  # when the newest event can be read, the journal is ours
        except (sqlite3.DatabaseError, msgspec.DecodeError, KeyError) as error:
            self.close()
            raise BadInput("state-file", f"it cannot be read: {error}.", place=str(path)) from error
        self._known: dict[Callable[..., Any], dict[Any, Any]] = {}  # what `follows_from` remembers
        self._news: asyncio.Event | None = None  # while somebody waits

    def close(self) -> None:
        """Close the file. Nothing is lost without: what `apply` has given is in it."""
        if self._file is not None:
            self._file.close()

    def get(self, kind: type[_E], key: str) -> _E | None:
        """Give one entity, or None."""
        return self._tables[kind].get(key)  # type: ignore[return-value] # as in `_table`, which would cost a call

    def all(self, kind: type[_E]) -> list[_E]:
        """Give all entities of a kind, by key. For one of them, or some, there is `find` or `below`."""
        return self._table(kind).all()

    def find(self, kind: type[_E], index: str, text: str) -> list[_E]:
        """Give the entities for which an index of `resources/indexes.py` gives a text, by key."""
        return list(self._table(kind).find(index, text))

    def first(self, kind: type[_E], index: str, text: str) -> _E | None:
        """Give the first of what `find` gives, or None."""
        return next(self._table(kind).find(index, text), None)

    def below(self, kind: type[_E], scope: str, after: str = "", limit: int | None = None) -> list[_E]:
        """Give the entities whose keys are `scope`, a slash and more, by key; with `limit` a page of them.

        A page begins behind a key, which is given in lower case.
        """
        return self._table(kind).below(scope, after, limit)

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
        return self._journal.last

    def apply(self, transition: Transition) -> Event:
        """Make a change and journal it, both or neither. Values are taken away first, then put."""
        event = Event(
            seq=self.last + 1, time=iso(transition.at or self.clock.now()), wall=iso(time.time()),
            kind=transition.kind, operation=transition.operation, machine=transition.machine, data=transition.data,
        )  # fmt: skip
        line = msgspec.json.encode(event)
        if self._file is not None:
            gone = [(kind.__name__, key.lower()) for kind, key in transition.delete]
            put = [(type(value).__name__, value.key.lower(), msgspec.json.encode(value)) for value in transition.put]
            self._file.write(gone, put, line)
        else:
            self._journal.add(line)
        for kind, key in transition.delete:
            self._table(kind).remove(key)
        for value in transition.put:
            self._table(type(value)).put(value)
        self._tell()
        return event

    def record(self, event: Event) -> None:
        """Journal something that changes nothing: a request, a question to the name server. It gets its number here."""
        number = self._journal.last + 1
        if event.seq != number:
            event = msgspec.structs.replace(event, seq=number)
        self._journal.add(msgspec.json.encode(event))
        self._tell()

    @property
    def events(self) -> list[Event]:
        """Give all events that are kept: each one with a file, the newest without (`simulator/journal.py`)."""
        return self.since(0)

    def since(self, seq: int) -> list[Event]:
        """Give the events after a sequence number, as far as they are kept."""
        return list(self.read(seq))

    def read(self, seq: int) -> Iterator[Event]:
        """Give the same one by one, for who needs few of them; nothing may be written meanwhile."""
        return map(_read_event, self._journal.after(seq))

    def known(self, function: Callable[..., Any], kinds: Iterable[type[Entity]]) -> dict[Any, Any]:
        """Give what is remembered of a function; a change of an entity of these kinds empties it."""
        if function not in self._known:
            self._known[function] = {}
            for kind in kinds:
                self._tables[kind].known.append(self._known[function])
        return self._known[function]

    async def wait(self, seq: int, accepts: Callable[[Event], bool], seconds: float) -> None:
        """Wait until an event that is accepted comes after a number, at most some true time."""
        deadline = time.monotonic() + seconds
        while not any(accepts(event) for event in self.read(seq)):
            seq, left = max(seq, self.last), deadline - time.monotonic()
            if left <= 0:
                return
            self._news = self._news or asyncio.Event()
            try:
                await asyncio.wait_for(self._news.wait(), left)
            except TimeoutError:
                return

    def _table(self, kind: type[_E]) -> Table[_E]:
        return self._tables[kind]  # type: ignore[return-value] # a kind's table has values of this kind

    def _tell(self) -> None:
        if self._news is not None:
            self._news.set()
            self._news = None


def follows_from(
    *kinds: type[Entity],
) -> Callable[[Callable[[Store, *_A], _R]], Callable[[Store, *_A], _R]]:
    """Let a function of a store be asked once for each of its other arguments, until an entity of these kinds changes.

    It may look at no other kinds, and what it gives is never changed. Its errors are not remembered.
    """

    def decorate(function: Callable[[Store, *_A], _R]) -> Callable[[Store, *_A], _R]:
        @wraps(function)
        def remembered(store: Store, *arguments: *_A) -> _R:
            known: dict[tuple[*_A], _R] = store.known(function, kinds)
            try:
                return known[arguments]
            except KeyError:
                pass
            found = function(store, *arguments)
            if len(known) >= _REMEMBERED:
                known.clear()
            known[arguments] = found
            return found

        return remembered

    return decorate


def _filled_tables(rows: Iterable[tuple[str, bytes]]) -> dict[type[Entity], Table[Entity]]:
    """Give what is kept, by kind. Raises: KeyError for a kind that this version does not know."""
    values: dict[type[Entity], list[Entity]] = {kind: [] for kind in ENTITIES.values()}
    for name, value in rows:
        kind = ENTITIES[name]
        values[kind].append(msgspec.json.decode(value, type=kind))
    tables = {kind: Table[Entity](INDEXES.get(kind, {}), DUE.get(kind)) for kind in values}
    for kind, table in tables.items():
        table.fill(values[kind])
    return tables
