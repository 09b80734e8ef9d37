"""The end of a run on one screen: what did not pass and why, counts, and where the reports are."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.text import Text

from harness.model.record import Outcome
from harness.reports.cases import ReportCase, by_severity, count_outcomes, first_finding, load_cases
from harness.reports.html import HTML_FILE
from harness.reports.junit import JUNIT_FILE
from harness.reports.run_json import RUN_FILE, read_run
from harness.reports.text import MARKS, WORDS, counted, duration_text, one_line

STYLES: dict[Outcome, str] = {"pass": "green", "fail": "red", "error": "yellow", "skip": "dim"}
_MOST_CASES = 15  # two lines each, so that all fits 40 lines
_VALUE_SHOWN = 70


def print_summary(directory: Path, console: Console) -> None:
    """Print it. Raises: UsageError without a readable run.json."""
    run = read_run(directory)
    cases = load_cases(directory, run.cases)
    wrong = [case for case in by_severity(cases) if case.summary.outcome != "pass"]
    for case in wrong[:_MOST_CASES]:
        _say(console, _head(case))
        _say(console, Text(f"    {_why(case)}"))
    if len(wrong) > _MOST_CASES:
        _say(console, Text(f"  and {len(wrong) - _MOST_CASES} more; the report has them all", style="dim"))
    if wrong:
        console.print()
    counts = count_outcomes(cases)
    line = Text(f"{counted(len(cases), 'case')}: ")
    shown = [Text(f"{counts[name]} {WORDS[name]}", style=STYLES[name]) for name in counts if counts[name]]
    line.append_text(Text(", ").join(shown) if shown else Text("nothing ran", style="yellow"))
    _say(console, line.append(f"  in {duration_text(run.duration_s)}"))
    for name in (HTML_FILE, JUNIT_FILE, RUN_FILE):
        _say(console, Text(f"  {_near(directory / name)}"))


def _say(console: Console, text: Text) -> None:
    console.print(text, highlight=False, soft_wrap=True)


def _head(case: ReportCase) -> Text:
    summary = case.summary
    line = Text(f"{MARKS[summary.outcome]} {summary.outcome:5} ", style=STYLES[summary.outcome])
    line.append(one_line(summary.id, 200), style="bold")
    return line.append(f"  {duration_text(summary.duration_s)}", style="dim")


def _why(case: ReportCase) -> str:
    finding = first_finding(case)
    words = [str(finding.place or ""), one_line(finding.step, _VALUE_SHOWN)]
    if finding.subject:
        expected, seen = one_line(finding.expected, _VALUE_SHOWN), one_line(finding.seen, _VALUE_SHOWN)
        words.append(f"{finding.subject}: expected {expected}, saw {seen}")
    else:
        words.append(one_line(finding.message, 2 * _VALUE_SHOWN))
    return "  ".join(filter(None, words))


def _near(path: Path) -> str:
    """Give a path as one would type it here."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
