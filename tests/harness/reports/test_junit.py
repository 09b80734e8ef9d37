"""junit.xml can be read by every consumer, whatever machines printed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from harness.model.record import CaseRecord, CaseSummary, Observation, Place, RunRecord, StepRecord, Verdict
from harness.reports.cases import ReportCase
from harness.reports.junit import build_junit, write_junit

#: any text at all, lone surrogates and characters that XML forbids included
ANY_TEXT = st.text(st.characters(exclude_categories=()))


def _read(directory: Path) -> ET.Element:
    write_junit(directory)
    return ET.parse(directory / "junit.xml").getroot()


def test_counts_at_each_level(run_directory: Path) -> None:
    """Counts and times of the suites and of the whole are those of their test cases."""
    root = _read(run_directory)

    attributes = ("name", "tests", "failures", "errors", "skipped", "time")
    assert [[suite.get(name) for name in attributes] for suite in root] == [
        ["heartbeat.a-day-connected", "1", "0", "0", "0", "48.250"],
        ["install.specific-version", "1", "0", "0", "1", "48.250"],
        ["upgrade.stays-connected", "3", "1", "2", "0", "96.500"],
    ]
    assert [root.get(name) for name in attributes] == ["arclab", "5", "1", "2", "1", "61.500"]
    assert {suite.get("timestamp") for suite in root} == {"2026-03-02T08:00:00"}


def test_each_outcome_has_its_element(run_directory: Path) -> None:
    """A pass has no child but output; failure, error and skipped are told apart."""
    root = _read(run_directory)

    found = {str(case.get("name")): [child.tag for child in case] for case in root.iter("testcase")}
    assert found == {
        "heartbeat-a-day-connected.debian-12": ["system-out"],
        "install-specific-version.ubuntu-24.04": ["skipped", "system-out"],
        "upgrade-stays-connected.debian-12.previous": ["failure", "system-out"],
        "upgrade-stays-connected.rocky-9.1.36": ["error", "system-out"],
        "upgrade-stays-connected.ubuntu-24.04.1.36": ["error"],
    }


def test_a_failure_names_its_place(run_directory: Path) -> None:
    """The message has the step, the place in the scenario, what was expected and what was seen."""
    failure = _read(run_directory).find(".//failure")

    assert failure is not None
    assert failure.get("message") == (
        "step 3: upgrade · scenarios/upgrade/stays-connected.yaml:27:19 · "
        "machine.services: expected {himdsd: active}, saw {himdsd: failed}"
    )
    assert "120 looks in 30.1 s" in (failure.text or "")


def test_control_characters_become_visible(run_directory: Path) -> None:
    """Outputs with NUL, escape sequences and markup stay readable."""
    text = _read(run_directory).findtext(".//failure") or ""

    assert "before ␀red␈ <script>alert(1)</script> ]]> </template> &" in text


def test_versions_are_properties(run_directory: Path) -> None:
    """What took part stands in each suite."""
    suite = _read(run_directory)[0]

    properties = {item.get("name"): item.get("value") for item in suite.iter("property")}
    assert properties["arclab"] == "0.1.0"
    assert properties["images.debian-12"] == "arclab/debian-12:0a1b2c"


def test_nothing_ran(make_run: Callable[..., Path]) -> None:
    """A run without cases is a valid file as well."""
    assert _read(make_run({})).get("tests") == "0"


@given(text=ANY_TEXT)
def test_any_text_gives_parseable_xml(text: str) -> None:
    """Whatever stands in ids, reasons, messages, values and titles, the file parses and keeps one case."""
    step = StepRecord(
        index=1, kind="command", title=text, place=Place(text, 1), outcome="fail", started_lab="", ended_lab="",
        started_true="", duration_s=0.0, message=text,
        verdicts=(Verdict("fail", text, {text: text}, Observation(text, "seen", [text]), text),),
    )  # fmt: skip
    record = CaseRecord(text, text, f"scenarios/{text}.yaml", text, text, "fail", text, "", 0.0, steps=(step,))
    summary = CaseSummary(text, text, text, text, "fail", 0.0, text, "cases/x")
    run = RunRecord("fail", text, 0.0, {"k": {text: text}}, [summary])

    written = ET.tostring(build_junit(run, [ReportCase(summary, record, Path("x"))]), encoding="utf-8")

    assert len(ET.fromstring(written).findall(".//testcase")) == 1


def test_reports_do_not_change_the_records(run_directory: Path) -> None:
    """Making a report again gives the same bytes and leaves case.json alone."""
    before = {path: path.read_bytes() for path in sorted(run_directory.rglob("case.json"))}
    write_junit(run_directory)
    first = (run_directory / "junit.xml").read_bytes()
    write_junit(run_directory)

    assert (run_directory / "junit.xml").read_bytes() == first
    assert {path: path.read_bytes() for path in before} == before
    assert all(msgspec.json.decode(content) for content in before.values())
