"""Cases as reports want them."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.model.record import CaseRecord, CaseSummary, Observation, Place, StepRecord, Verdict
from harness.reports.cases import ReportCase, by_severity, count_outcomes, first_finding, load_cases, scenario_key
from harness.reports.run_json import read_run

MOMENT = "2026-03-02T08:00:00.000000Z"


def _case(file: str = "scenarios/a/b.yaml", *steps: StepRecord) -> ReportCase:
    summary = CaseSummary("a-b.rocky-9.1.36", "t", "rocky-9", "1.36", "error", 1.0, "the reason", "cases/x")
    record = CaseRecord(
        summary.id, "t", file, "rocky-9", "1.36", "error", "the reason", MOMENT, 1.0, steps=steps
    )  # fmt: skip
    return ReportCase(summary, record, Path("x"))


@pytest.mark.parametrize(
    ("file", "key"),
    [
        ("scenarios/upgrade/in-place.yaml", "upgrade.in-place"),
        ("/opt/lib/data/scenarios/upgrade/in-place.yaml", "upgrade.in-place"),
        ("/opt/my/in-place.yaml", "in-place"),
        ("scenarios.yaml", "scenarios"),
    ],
)
def test_scenario_key(file: str, key: str) -> None:
    """A scenario is named by its path below the scenarios, wherever they are installed."""
    assert scenario_key(_case(file)) == key


def test_axes_are_what_follows_the_distro() -> None:
    """The values of other axes may have dots."""
    assert _case().axes == "1.36"


def test_a_step_without_verdicts_has_its_message() -> None:
    """A step that broke is found by its message, and its place is the step's."""
    place = Place("a.yaml", 3)
    step = StepRecord(1, "install", "install", place, "error", MOMENT, MOMENT, MOMENT, 1.0, message="no disk")

    finding = first_finding(_case("a.yaml", step))

    assert (finding.step, finding.place, finding.subject, finding.message) == ("step 1: install", place, "", "no disk")


def test_of_a_mapping_the_expected_entries_come_first() -> None:
    """A line is cut at its end; what was asked for is what a reader looks for."""
    seen = Observation("machine.show", "seen", {"resourceName": "box-1", "status": "Expired"})
    verdict = Verdict("fail", "machine.show", {"status": "Connected", "vmId": "1"}, seen)
    step = StepRecord(1, "a", "a", Place("a.yaml", 3), "fail", MOMENT, MOMENT, MOMENT, 1.0, verdicts=(verdict,))

    finding = first_finding(_case("a.yaml", step))

    assert finding.seen == "{status: Expired, resourceName: box-1}"


def test_a_case_without_steps_has_its_reason() -> None:
    """A case that broke before its first step is found by its reason."""
    assert first_finding(_case()).line == "the reason"


def test_worst_first(run_directory: Path) -> None:
    """Errors come before failures, these before passes; the counts name all outcomes."""
    cases = load_cases(run_directory, read_run(run_directory).cases)

    assert [case.summary.outcome for case in by_severity(cases)] == ["error", "error", "fail", "pass", "skip"]
    assert count_outcomes(cases) == {"pass": 1, "fail": 1, "error": 2, "skip": 1}
