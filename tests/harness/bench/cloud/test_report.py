"""The report shows each figure, fits a terminal, and says what was reached."""

from __future__ import annotations

import io

import msgspec
import pytest
from rich.console import Console

from harness.bench.cloud.figures import Measurement, summarize
from harness.bench.cloud.fleet import Fleet
from harness.bench.cloud.report import as_json, print_report, verdict_line
from harness.bench.figures import Ratio

MEASUREMENTS = [
    Measurement(0, "create", 64, subject, per_second, 1.0, p99_ms, 100.0, 0)
    for subject, per_second, p99_ms in (
        ("empty", 20000.0, 5.0), ("moto", 300.0, 400.0), ("group", 9000.0, 9.0), ("group+tls", 5000.0, 20.0),
    )
]  # fmt: skip
FLEET = Fleet(100_000, 7654.0, 333.3, 5000.0, 123.0, 4.0, 5.0, 6.0, 78.0, 9.0)
SPREAD = Ratio(0.5, 0.4, 0.6)


def shown(measurements: list[Measurement], fleets: list[Fleet]) -> str:
    """Give what is printed on a terminal of 80 columns."""
    out = io.StringIO()
    print_report(Console(file=out, width=80), summarize(measurements), fleets, SPREAD, SPREAD)
    return out.getvalue()


def test_every_figure_is_shown() -> None:
    """Nothing is cut off; ratios have their spread."""
    text = shown(MEASUREMENTS, [FLEET])

    assert "…" not in text
    assert "30 (30-30)" in text
    assert "0.45 (0.45-0.45)" in text
    assert "100,000" in text


def test_what_was_not_measured_is_not_shown() -> None:
    """Without calls and fleets there is the start alone."""
    assert "moto" not in shown([], [])
    assert "ready: 0.50 (0.40-0.60) s" in shown([], [])


@pytest.mark.parametrize(
    ("per_second", "p99_ms", "expected"),
    [(9000.0, 9.0, "in 1 of 1 places, a lower p99 in 1 of 1; 0.4 of the empty handler's in 1 of 1; 0 answers"),
     (5999.0, 500.0, "in 0 of 1 places, a lower p99 in 0 of 1; 0.4 of the empty handler's in 0 of 1; 0 answers")],
)  # fmt: skip
def test_the_verdict_is_about_groups_over_plain_http(per_second: float, p99_ms: float, expected: str) -> None:
    """It counts the places where the cloud is what it is meant to be."""
    measurements = [*MEASUREMENTS[:2], Measurement(0, "create", 64, "group", per_second, 1.0, p99_ms, 1.0, 0)]

    assert expected in verdict_line(summarize(measurements))


def test_the_json_has_everything() -> None:
    """Programs find figures, fleets, every measurement and the circumstances."""
    content = msgspec.json.decode(as_json(summarize(MEASUREMENTS), MEASUREMENTS, [FLEET], {"processors": 2}))

    assert (content["processors"], len(content["figures"]), len(content["measurements"])) == (2, 4, 4)
    assert content["fleets"][0]["machines"] == 100_000
