"""Ratios are made within rounds, and each subject is compared with those that were asked for the same."""

from __future__ import annotations

from harness.bench.cloud.dialects import Operation
from harness.bench.cloud.figures import Measurement, summarize
from harness.bench.figures import Ratio


def sample(
    subject: str, per_second: float, *, number: int = 0, operation: Operation = "get", spent_us: float = 10.0
) -> Measurement:
    """Give a measurement; its p99 is a hundred by its throughput."""
    return Measurement(number, operation, 8, subject, per_second, 1.0, 100 / per_second, spent_us, 1)


def test_ratios_are_of_the_same_round() -> None:
    """A round in which the host was busy has a ratio of its own; the middle of the rounds counts."""
    figures = summarize([
        sample("empty", 100, spent_us=4.0), sample("group", 50), sample("moto", 2),
        sample("group", 10, number=1), sample("moto", 1, number=1), sample("empty", 40, number=1, spent_us=5.0),
        sample("group", 30, number=2), sample("empty", 40, number=2, spent_us=6.0),
    ])  # fmt: skip
    group = next(figure for figure in figures if figure.subject == "group")

    assert [figure.subject for figure in figures] == ["empty", "moto", "group"]
    assert (group.per_second, group.failed) == (30, 3)
    assert group.to_empty == Ratio(0.5, 0.25, 0.75)
    assert group.to_moto == Ratio(17.5, 10, 25)
    assert group.p99_to_moto == Ratio(0.07, 0.04, 0.1)
    assert group.spent_to_empty == Ratio(0.5, 0.4, 0.6)


def test_operations_are_not_mixed() -> None:
    """A list is not compared with a get."""
    figures = summarize([sample("empty", 100), sample("group", 10, operation="list")])

    assert [(figure.operation, figure.to_empty) for figure in figures] == [("get", Ratio(1, 1, 1)), ("list", None)]
