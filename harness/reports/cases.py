"""The cases of a run directory as reports want them: summary, record, and the first thing that went wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import msgspec

from harness.errors import UsageError
from harness.model.record import SEVERITY, CaseRecord, CaseSummary, Observation, Outcome, Place, StepRecord, Verdict
from harness.record import read_case
from harness.reports.run_json import split_identifier
from harness.reports.text import seen_text, value_text


@dataclass(frozen=True)
class ReportCase:
    """One case. `record` is None where the case left none that can be read."""

    summary: CaseSummary
    record: CaseRecord | None
    folder: Path

    @property
    def axes(self) -> str:
        """Give the values of the axes other than the distro, as the id has them; empty where there are none."""
        return split_identifier(self.summary.id, [self.summary.distro])[2]


@dataclass(frozen=True)
class Finding:
    """The first thing that kept a case from passing. Where no expectation is to blame, `subject` is empty."""

    step: str  # "step 3: upgrade"
    place: Place | None
    subject: str
    expected: str
    seen: str
    message: str

    @property
    def line(self) -> str:
        """Give all of it as one text: `step · place · subject: expected, saw`."""
        what = f"{self.subject}: expected {self.expected}, saw {self.seen}" if self.subject else self.message
        return " · ".join(filter(None, (self.step, str(self.place or ""), what)))


def load_cases(directory: Path, summaries: Iterable[CaseSummary]) -> list[ReportCase]:
    """Read the record of each case of a run."""
    return [_load(directory / summary.folder, summary) for summary in summaries]


def _load(folder: Path, summary: CaseSummary) -> ReportCase:
    try:
        return ReportCase(summary, read_case(folder), folder)
    except UsageError:
        return ReportCase(summary, None, folder)


def first_finding(case: ReportCase) -> Finding:
    """Give the first thing that is not a pass: an expectation, else a step's own message, else the case's reason."""
    for step in case.record.steps if case.record else ():
        for verdict in step.verdicts:
            if verdict.outcome != "pass":
                return _of_verdict(step, verdict)
        if step.outcome != "pass":
            return Finding(_step_name(step), step.place, "", "", "", step.message or case.summary.reason)
    return Finding("", None, "", "", "", case.summary.reason or "no reason is recorded")


def _of_verdict(step: StepRecord, verdict: Verdict) -> Finding:
    return Finding(
        step=_step_name(step),
        place=verdict.place or step.place,
        subject=verdict.subject,
        expected=value_text(verdict.expected),
        seen=seen_text(_asked_for_first(verdict)),
        message=verdict.message,
    )


def _asked_for_first(verdict: Verdict) -> Observation:
    """Give what was seen, of a mapping the expected entries before all others: lines are cut, and `show` has thirty."""
    expected, seen = verdict.expected, verdict.actual
    if not (isinstance(expected, dict) and isinstance(seen.value, dict)):
        return seen
    asked_for = {key: seen.value[key] for key in expected if key in seen.value}
    return msgspec.structs.replace(seen, value=asked_for | seen.value)


def _step_name(step: StepRecord) -> str:
    return f"step {step.index}: {step.title}"


def by_severity(cases: Iterable[ReportCase]) -> list[ReportCase]:
    """Give the cases with the worst first, by id where equal."""
    return sorted(cases, key=lambda case: (SEVERITY.index(case.summary.outcome), case.summary.id))


def count_outcomes(cases: Iterable[ReportCase]) -> dict[Outcome, int]:
    """Count the cases of each outcome; all four are there."""
    outcomes = [case.summary.outcome for case in cases]
    return {outcome: outcomes.count(outcome) for outcome in ("pass", "fail", "error", "skip")}


def scenario_key(case: ReportCase) -> str:
    """Name the scenario by its file: the path below the last folder `scenarios`, without suffix, with dots.

    A case without a record gives the scenario part of its id.
    """
    if case.record is None:
        return split_identifier(case.summary.id, [case.summary.distro])[0]
    parts = PurePosixPath(case.record.scenario_file).with_suffix("").parts
    below = len(parts) - parts[::-1].index("scenarios") if "scenarios" in parts[:-1] else len(parts) - 1
    return ".".join(parts[below:])
