"""Fold what repeats in a timeline: a day has 288 heartbeats, and each is several requests."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from statistics import median

from harness.model.record import TimelineEntry

Key = tuple[str, str, str, str]
_VARIES = re.compile(r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b|\b[0-9a-fA-F]{16,}\b|\d+(?:[.:]\d+)*")
_KEPT = re.compile(r"→ \d{3}$")  # an HTTP status tells rows apart
_LEAST_REPEATS = 5
_LEAST_ROWS = 10
_LEVELS = ("info", "warning", "error")


@dataclass(frozen=True)
class FoldedKind:
    """Rows that differ in numbers and ids only. `every_s` is the usual lab time between two, 0 for fewer than two."""

    example: TimelineEntry
    count: int
    last_lab: str
    every_s: float


@dataclass(frozen=True)
class Fold:
    """Consecutive rows that repeat, most frequent kind first."""

    first: TimelineEntry
    last: TimelineEntry
    rows: int
    kinds: tuple[FoldedKind, ...]

    @property
    def level(self) -> str:
        """Give the worst level of its rows."""
        return max((kind.example.level for kind in self.kinds), key=_LEVELS.index)

    @property
    def sources(self) -> list[str]:
        """Give the sources of its rows."""
        return sorted({kind.example.source for kind in self.kinds})

    @property
    def lead(self) -> FoldedKind:
        """Give the kind to name the fold by: heartbeats if there are any."""
        beats = (kind for kind in self.kinds if kind.example.text.startswith("heartbeat"))
        return next(beats, self.kinds[0])


def fold(entries: Sequence[TimelineEntry]) -> list[TimelineEntry | Fold]:
    """Fold each long streak of rows that repeat between two steps or commands; all other rows stay as they are."""
    rows: list[TimelineEntry | Fold] = []
    stretch: list[TimelineEntry] = []
    for entry in entries:
        if entry.source in ("step", "command"):
            rows.extend(_fold_stretch(stretch))
            rows.append(entry)
            stretch = []
        else:
            stretch.append(entry)
    return [*rows, *_fold_stretch(stretch)]


def _fold_stretch(entries: list[TimelineEntry]) -> Iterable[TimelineEntry | Fold]:
    keyed = [(_key(entry), entry) for entry in entries]
    counts = Counter(key for key, _ in keyed)
    streak: list[tuple[Key, TimelineEntry]] = []
    for key, entry in keyed:
        if counts[key] >= _LEAST_REPEATS:
            streak.append((key, entry))
            continue
        yield from _close(streak)
        streak = []
        yield entry
    yield from _close(streak)


def _close(streak: list[tuple[Key, TimelineEntry]]) -> Iterable[TimelineEntry | Fold]:
    if len(streak) < _LEAST_ROWS:
        return [entry for _, entry in streak]
    groups: dict[Key, list[TimelineEntry]] = {}
    for key, entry in streak:
        groups.setdefault(key, []).append(entry)
    kinds = sorted((_kind(group) for group in groups.values()), key=lambda kind: -kind.count)
    return [Fold(streak[0][1], streak[-1][1], len(streak), tuple(kinds))]


def _kind(group: list[TimelineEntry]) -> FoldedKind:
    moments = [datetime.fromisoformat(entry.lab).timestamp() for entry in group]
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    return FoldedKind(group[0], len(group), group[-1].lab, median(gaps) if gaps else 0.0)


def _key(entry: TimelineEntry) -> Key:
    status = _KEPT.search(entry.text)
    varies = _VARIES.sub("#", entry.text)
    return entry.source, entry.level, entry.machine, f"{varies}{status[0] if status else ''}"
