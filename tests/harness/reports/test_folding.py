"""Folding joins what repeats and hides nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

from harness.model.record import TimelineEntry
from harness.reports.folding import Fold, fold


def _at(number: int, text: str, source: Literal["step", "cloud", "machine"] = "cloud",
        level: Literal["info", "error"] = "info") -> TimelineEntry:  # fmt: skip
    moment = (datetime(2026, 3, 2, tzinfo=UTC) + timedelta(seconds=number * 300)).isoformat()
    return TimelineEntry(moment, moment, source, text, level=level)


def _rows(entries: list[TimelineEntry]) -> list[str | int]:
    return [row.rows if isinstance(row, Fold) else row.text for row in fold(entries)]


def test_a_day_of_heartbeats_is_one_fold() -> None:
    """Rows that differ in numbers only are one; the fold knows count, interval and last moment."""
    entries = [_at(n, text) for n in range(288) for text in ("heartbeat accepted", f"POST /machine/{n} → 200")]

    (found,) = fold(entries)

    assert isinstance(found, Fold)
    assert (found.rows, found.lead.count, found.lead.every_s) == (576, 288, 300.0)
    assert found.last == entries[-1]


def test_a_rare_row_stays_and_splits() -> None:
    """What happens once among heartbeats is seen at its place."""
    entries = [_at(n, "heartbeat accepted") for n in range(40)]
    entries.insert(20, _at(20, "alert: fired"))

    assert _rows(entries) == [20, "alert: fired", 20]


def test_an_answer_that_differs_is_rare() -> None:
    """A status is no number like others: one 503 among 200s is not folded."""
    entries = [_at(n, f"POST /machine/{n} → {503 if n == 7 else 200}") for n in range(30)]

    assert _rows(entries) == ["POST /machine/0 → 200", *[f"POST /machine/{n} → 200" for n in range(1, 7)],
                              "POST /machine/7 → 503", 22]  # fmt: skip


def test_repeated_errors_fold_as_errors() -> None:
    """A fold has the worst level of its rows."""
    (found,) = fold([_at(n, f"try {n}", level="error" if n % 2 else "info") for n in range(20)])

    assert isinstance(found, Fold)
    assert found.level == "error"


def test_steps_are_never_folded() -> None:
    """Steps divide the timeline."""
    entries = [_at(n, "step", "step") for n in range(20)]

    assert _rows(entries) == ["step"] * 20


def test_few_rows_stay() -> None:
    """A short repetition is shown row by row."""
    assert _rows([_at(n, f"row {n}") for n in range(6)]) == [f"row {n}" for n in range(6)]
