"""junit.xml: one suite for each scenario, one test case for each case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from harness.model.record import RunRecord, StepRecord
from harness.record import write_whole
from harness.reports.cases import ReportCase, count_outcomes, first_finding, load_cases, scenario_key
from harness.reports.run_json import read_run
from harness.reports.text import clipped, duration_text, one_line, seen_text, value_text, visible

JUNIT_FILE = "junit.xml"
_SHOWN = 2000  # characters of one message
_OUTPUT_SHOWN = 4000  # characters of a failed command's output


def write_junit(directory: Path) -> None:
    """Write `junit.xml`. Raises: UsageError without a readable run.json."""
    run = read_run(directory)
    root = build_junit(run, load_cases(directory, run.cases))
    ET.indent(root)
    write_whole(directory / JUNIT_FILE, ET.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n")


def build_junit(run: RunRecord, cases: list[ReportCase]) -> ET.Element:
    """Give the tree `testsuites > testsuite > testcase`; counts and times stand at each level."""
    root = ET.Element("testsuites", {"name": "arclab", **_counts(cases)})
    root.set("time", f"{run.duration_s:.3f}")  # cases run side by side, so their sum is more than the run took
    names = {case.summary.scenario: scenario_key(case) for case in cases if case.record is not None}
    suites: dict[str, list[ReportCase]] = {}
    for case in cases:
        suites.setdefault(names.get(case.summary.scenario) or scenario_key(case), []).append(case)
    for name, members in sorted(suites.items()):
        facts = {"name": visible(name), "timestamp": _seconds(run.started), **_counts(members)}
        suite = ET.SubElement(root, "testsuite", facts)
        properties = ET.SubElement(suite, "properties")
        for key, value in _flat("", run.versions):
            ET.SubElement(properties, "property", name=visible(key), value=visible(value))
        for case in members:
            _add_case(suite, name, case)
    return root


def _counts(cases: list[ReportCase]) -> dict[str, str]:
    counts = count_outcomes(cases)
    return {
        "tests": str(len(cases)),
        "failures": str(counts["fail"]),
        "errors": str(counts["error"]),
        "skipped": str(counts["skip"]),
        "time": f"{sum(case.summary.duration_s for case in cases):.3f}",
    }


def _seconds(started: str) -> str:
    """Give the time as the format wants it: no fraction, no zone; it is UTC."""
    return visible(started)[:19]


def _flat(prefix: str, value: Any) -> Iterator[tuple[str, str]]:
    """Give each single value with its path: `images.debian-12`."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _flat(f"{prefix}.{key}" if prefix else str(key), item)
    elif isinstance(value, list):
        for number, item in enumerate(value, start=1):
            yield from _flat(f"{prefix}.{number}", item)
    else:
        yield prefix, value_text(value)


def _add_case(suite: ET.Element, classname: str, case: ReportCase) -> None:
    summary = case.summary
    element = ET.SubElement(
        suite, "testcase", classname=visible(classname), name=visible(summary.id), time=f"{summary.duration_s:.3f}"
    )
    if summary.outcome == "skip":
        ET.SubElement(element, "skipped", message=one_line(summary.reason or "skipped", _SHOWN))
    elif summary.outcome in ("fail", "error"):
        finding = first_finding(case)
        tag = "failure" if summary.outcome == "fail" else "error"
        trouble = ET.SubElement(element, tag, type=visible(finding.subject or summary.outcome))
        trouble.set("message", one_line(finding.line, _SHOWN))
        trouble.text = visible("\n".join(_details(case)))
    if case.record is not None:
        lines = (line for step in case.record.steps for line in _step_lines(step))
        ET.SubElement(element, "system-out").text = visible("\n".join([*lines, f"files: {summary.folder}"]))


def _details(case: ReportCase) -> Iterable[str]:
    yield clipped(case.summary.reason, _SHOWN)
    for step in case.record.steps if case.record else ():
        wrong = [verdict for verdict in step.verdicts if verdict.outcome != "pass"]
        for verdict in wrong:
            yield f"{verdict.place or step.place}: {verdict.subject}"
            yield f"  expected  {clipped(value_text(verdict.expected), _SHOWN)}"
            yield f"  seen      {clipped(seen_text(verdict.actual), _SHOWN)}"
            yield f"  {verdict.looks} looks in {duration_text(verdict.waited_s)}"
        if step.outcome in ("fail", "error"):
            for command in step.commands:
                if command.exit != 0:
                    yield f"$ {command.shown}\n{clipped(command.stdout + command.stderr, _OUTPUT_SHOWN)}"


def _step_lines(step: StepRecord) -> Iterable[str]:
    yield f"{step.outcome:5} {step.index:2}  {step.title}  ({duration_text(step.duration_s)}, {step.place})"
    for command in step.commands:
        ended = "no end in time" if command.exit is None else f"exit {command.exit}"
        yield f"          $ {one_line(command.shown, 160)}  ({ended}, {duration_text(command.duration_s)})"
