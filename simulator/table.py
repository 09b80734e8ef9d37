"""The entities of one kind in memory: by key, in the order of keys, by index, and by the moment they are due.

Nothing here looks at all entities for one: a lookup costs the same among a thousand as among a hundred thousand.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, TypeVar

from simulator.resources.entities import Entity

_E = TypeVar("_E", bound=Entity)


class Table(Generic[_E]):
    """Entities under their keys, whose case does not matter. Lists come in the order of keys."""

    def __init__(self, indexes: dict[str, Callable[[Any], str]], due_at: Callable[[Any], float | None] | None) -> None:
        self._values: dict[str, _E] = {}
        self._keys: list[str] = []  # sorted
        self._indexes: dict[str, tuple[Callable[[Any], str], dict[str, list[str]]]] = {
            name: (text_of, {}) for name, text_of in indexes.items()
        }
        self.known: list[dict[Any, Any]] = []  # what somebody remembers of the values; a change empties it
        self._due_at = due_at
        self._agenda: list[tuple[float, str]] = []  # a heap; entries that differ from `_turns` are left-overs
        self._turns: dict[str, float] = {}  # when a key is looked at next: not after the moment its value is due

    def fill(self, values: Iterable[_E]) -> None:
        """Put many values into a table that is empty."""
        self._values = {value.key.lower(): value for value in values}
        self._keys = sorted(self._values)
        for key in self._keys:
            self._enter(key, None, self._values[key])

    def get(self, key: str) -> _E | None:
        """Give one value, or None."""
        return self._values.get(key.lower())

    def put(self, value: _E) -> None:
        """Put a value, in the place of the one that has its key."""
        key = value.key.lower()
        before = self._values.get(key)
        if before is None:
            insort(self._keys, key)
        self._values[key] = value
        self._enter(key, before, value)

    def remove(self, key: str) -> None:
        """Take a value away, if it is there."""
        key = key.lower()
        before = self._values.pop(key, None)
        if before is not None:
            del self._keys[bisect_left(self._keys, key)]
            self._enter(key, before, None)

    def all(self) -> list[_E]:
        """Give every value."""
        return list(map(self._values.__getitem__, self._keys))

    def below(self, scope: str, after: str, limit: int | None) -> list[_E]:
        """Give values whose keys are `scope`, a slash and more; at most `limit`, those behind a key in lower case."""
        scope = scope.lower()
        first = max(bisect_left(self._keys, f"{scope}/"), bisect_right(self._keys, after))
        end = bisect_left(self._keys, f"{scope}0")  # "0" comes after "/"
        end = end if limit is None else min(first + limit, end)
        return list(map(self._values.__getitem__, self._keys[first:end]))

    def find(self, index: str, text: str) -> Iterator[_E]:
        """Give the values for which a declared index gives this text. Raises: KeyError for an index that is not."""
        return (self._values[key] for key in self._indexes[index][1].get(text, ()))

    def next_due(self, now: float) -> _E | None:
        """Give a value that is due, the earliest first; it stays the next one until it changes or is settled."""
        while self._agenda and self._agenda[0][0] <= now:
            turn, key = self._agenda[0]
            moment = self._moment(self._values.get(key)) if self._turns.get(key) == turn else None
            if moment is None:
                heapq.heappop(self._agenda)
            elif moment > turn:
                heapq.heapreplace(self._agenda, (moment, key))
                self._turns[key] = moment
            else:
                return self._values[key]
        return None

    def settle(self, key: str) -> None:
        """Let a value be due no more until it is put again."""
        self._turns.pop(key.lower(), None)

    def _enter(self, key: str, before: _E | None, after: _E | None) -> None:
        """Bring indexes, agenda and what is remembered to what a value is now."""
        for known in self.known:
            known.clear()
        for text_of, keys in self._indexes.values():
            old, new = (text_of(value) if value is not None else "" for value in (before, after))
            if old != new:
                _leave(keys, old, key)
                if new:
                    insort(keys.setdefault(new, []), key)
        moment = self._moment(after)
        if moment is None:
            self._turns.pop(key, None)
        elif moment < self._turns.get(key, float("inf")):  # else it has its turn, and is put off then
            self._turns[key] = moment
            heapq.heappush(self._agenda, (moment, key))

    def _moment(self, value: _E | None) -> float | None:
        return self._due_at(value) if self._due_at is not None and value is not None else None


def _leave(keys: dict[str, list[str]], text: str, key: str) -> None:
    if text:
        held = keys[text]
        del held[bisect_left(held, key)]
        if not held:
            del keys[text]
