"""The summary fits a screen and names what is wrong."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from harness.model.record import Outcome
from harness.reports.run_json import write_run_json
from harness.reports.summary import print_summary

MakeRun = Callable[..., Path]
BEGIN = datetime(2026, 3, 2, 8, tzinfo=UTC)


def _printed(directory: Path) -> list[str]:
    stream = io.StringIO()
    print_summary(directory, Console(file=stream, width=100))
    return stream.getvalue().splitlines()


def test_names_step_place_expected_and_seen(run_directory: Path) -> None:
    """Each case that did not pass has its first finding."""
    what = "machine.services: expected {himdsd: active}, saw {himdsd: failed}"
    lines = _printed(run_directory)

    assert lines[4:6] == [
        "✗ fail  upgrade-stays-connected.debian-12.previous  48.2 s",
        f"    scenarios/upgrade/stays-connected.yaml:27:19  step 3: upgrade  {what}",
    ]


def test_lost_and_skipped_cases_are_named(run_directory: Path) -> None:
    """Nothing that is no pass goes without a reason."""
    text = "\n".join(_printed(run_directory))

    assert "! error upgrade-stays-connected.ubuntu-24.04.1.36" in text
    assert "the agent cannot follow the lab clock" in text


def test_counts_and_paths_end_it(run_directory: Path) -> None:
    """The last lines are counts, wall time and the reports."""
    lines = _printed(run_directory)

    assert lines[-4] == "5 cases: 1 passed, 1 failed, 2 broken, 1 skipped  in 61.5 s"
    assert [line.rpartition("/")[2] for line in lines[-3:]] == ["report.html", "junit.xml", "run.json"]


def test_two_hundred_failures_fit_a_screen(make_run: MakeRun) -> None:
    """Many failures are cut, and how many more there are is said."""
    outcomes: dict[str, Outcome] = dict.fromkeys((f"a-{n}.rocky-9" for n in range(200)), "fail")
    lines = _printed(make_run(outcomes, beats=1))

    assert len(lines) <= 40
    assert "  and 185 more; the report has them all" in lines


def test_markup_in_texts_is_printed_as_it_is(make_run: MakeRun) -> None:
    """Rich markup and control characters in a reason do nothing."""
    directory = make_run({"a.rocky-9": "pass"})
    (directory / "cases" / "a.rocky-9" / "case.json").unlink()
    (directory / "cases" / "a.rocky-9" / "state.txt").write_text("[bold]x[/bold]\x1b[2J\x07")
    write_run_json(directory, started=BEGIN, duration_s=1.0, versions={})

    assert _printed(directory)[1].endswith("it was at '[bold]x[/bold]␇'")


def test_all_passed_is_short(make_run: MakeRun) -> None:
    """A run without trouble is counts and paths."""
    lines = _printed(make_run({"a.rocky-9": "pass"}))

    assert len(lines) == 4
    assert lines[0] == "1 case: 1 passed  in 61.5 s"


def test_nothing_ran(make_run: MakeRun) -> None:
    """A run without cases says so."""
    assert _printed(make_run({}))[0] == "0 cases: nothing ran  in 61.5 s"
