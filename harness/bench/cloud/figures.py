"""What the measurements say. Pure: nothing here starts or asks anything."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence

import msgspec

from harness.bench.cloud.dialects import Operation
from harness.bench.figures import Ratio

#: What is measured, in the order of the tables; `empty` is what the others are compared with, and moto the cloud.
SUBJECTS = ("empty", "moto", "group", "group+tls", "machine")


class Measurement(msgspec.Struct, frozen=True):
    """One sample: a subject, asked for one operation over a number of connections."""

    round: int
    operation: Operation
    connections: int
    subject: str
    per_second: float
    p50_ms: float
    p99_ms: float
    spent_us: float  # processor time of the server for one answer
    failed: int


class Figure(msgspec.Struct, frozen=True):
    """All samples of a subject at one place. Numbers are medians; ratios are made within rounds."""

    operation: Operation
    connections: int
    subject: str
    per_second: float
    p50_ms: float
    p99_ms: float
    spent_us: float
    failed: int
    to_moto: Ratio | None  # throughput
    to_empty: Ratio | None
    p99_to_moto: Ratio | None
    spent_to_empty: Ratio | None  # the empty handler's processor time as a multiple of the subject's


def summarize(measurements: Iterable[Measurement]) -> list[Figure]:
    """Give the figures in the order in which they were first measured, subjects in the order of `SUBJECTS`."""
    grouped: dict[tuple[Operation, int], dict[str, list[Measurement]]] = {}
    for found in measurements:
        grouped.setdefault((found.operation, found.connections), {}).setdefault(found.subject, []).append(found)
    return [
        _figure(by_subject[subject], by_subject)
        for by_subject in grouped.values()
        for subject in SUBJECTS
        if subject in by_subject
    ]


def spread(values: Sequence[float]) -> Ratio:
    """Give the middle, the lowest and the highest of some values."""
    return Ratio(statistics.median(values), min(values), max(values))


def _figure(own: list[Measurement], others: dict[str, list[Measurement]]) -> Figure:
    first = own[0]
    empty, moto = others.get("empty", []), others.get("moto", [])
    return Figure(
        operation=first.operation, connections=first.connections, subject=first.subject,
        per_second=_median(own, "per_second"), p50_ms=_median(own, "p50_ms"), p99_ms=_median(own, "p99_ms"),
        spent_us=_median(own, "spent_us"), failed=sum(found.failed for found in own),
        to_moto=_ratio(own, moto, "per_second"), to_empty=_ratio(own, empty, "per_second"),
        p99_to_moto=_ratio(own, moto, "p99_ms"), spent_to_empty=_ratio(empty, own, "spent_us"),
    )  # fmt: skip


def _median(measurements: Sequence[Measurement], name: str) -> float:
    return float(statistics.median(getattr(found, name) for found in measurements))


def _ratio(own: Iterable[Measurement], others: Iterable[Measurement], name: str) -> Ratio | None:
    """Compare round by round; a round counts when both had it and the other one got anything done."""
    by_round = {found.round: getattr(found, name) for found in others}
    ratios = [getattr(found, name) / by_round[found.round] for found in own if by_round.get(found.round, 0.0) > 0]
    return spread(ratios) if ratios else None
