"""The whole library passes, and what it leaves behind is complete, agrees with itself and holds no secret."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import Arclab, Finished

pytestmark = pytest.mark.engine
_CASE_FILES = ("case.json", "journal.jsonl", "machine-journal.jsonl", "timeline.json")
_SECRET = re.compile(rb"s~[A-Za-z0-9_-]{32}")
_LOADED = re.compile(r"""(?:src|href|action|data)\s*=\s*["']?\s*(?:https?:)?//|url\(\s*["']?(?:https?:)?//|@import""")


@pytest.fixture(scope="module")
def planned(make_arclab: Callable[[], Arclab]) -> list[str]:
    """Give the ids of the cases that the library has, as `arclab plan` lists them."""
    done = make_arclab()("plan", "--json")
    return [case["id"] for case in json.loads(done.stdout)]


@pytest.fixture(scope="module")
def library(make_arclab: Callable[[], Arclab]) -> Finished:
    """Run the whole library once; nothing of it may be left when the tests begin to read."""
    program = make_arclab()
    finished = program.run()
    program.close()
    return finished


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def test_every_planned_case_passes(library: Finished, planned: list[str]) -> None:
    """`arclab run` runs what `arclab plan` lists, and exits with 0."""
    assert library.exit == 0, library.stdout + library.evidence
    assert dict.fromkeys(planned, "pass") == library.outcomes
    assert f"{len(planned)} cases: {len(planned)} passed" in library.stdout


def test_the_terminal_shows_each_case_once(library: Finished, planned: list[str]) -> None:
    """Without a terminal the progress is one plain line for each case."""
    shown = re.findall(r"✓ pass +\d+/(\d+)  (\S+)  [\d.]+ s", library.stderr)

    assert sorted(planned) == sorted(identifier for _, identifier in shown)
    assert {total for total, _ in shown} == {str(len(planned))}
    assert "Traceback" not in library.stderr


def test_run_json_says_what_ran_on_what(library: Finished) -> None:
    """Readers of run.json need no other file to tell cases, outcomes and versions."""
    run = library.run
    wanted = {"id", "scenario", "distro", "agent_version", "outcome", "duration_s", "reason", "folder"}

    assert (run["outcome"], run["versions"]["candidates"]) == ("pass", [])
    assert {"arclab", "python", "engine", "images", "image_digests", "candidates"} == run["versions"].keys()
    assert run["versions"]["image_digests"].keys() == run["versions"]["images"].keys()
    assert {case["distro"] for case in run["cases"]} | {"cloud"} == run["versions"]["images"].keys()
    assert [case for case in run["cases"] if case.keys() != wanted] == []
    assert [case["id"] for case in run["cases"] if not (case["scenario"] and case["agent_version"])] == []
    assert max(case["duration_s"] for case in run["cases"]) < run["duration_s"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", run["started"])


def test_junit_agrees_with_run_json(library: Finished) -> None:
    """CI systems count what run.json counts."""
    root = ET.parse(library.directory / "junit.xml").getroot()
    names = [element.get("name") for element in root.iter("testcase")]
    suites = Counter(len(suite.findall("testcase")) == int(suite.get("tests", "")) for suite in root.iter("testsuite"))

    assert sorted(library.outcomes) == sorted(map(str, names))
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == (str(len(names)), "0", "0")
    assert suites == {True: len(suites) and len(list(root.iter("testsuite")))}


def test_the_page_needs_no_other_file(library: Finished, planned: list[str]) -> None:
    """report.html can be mailed: it names every case and loads nothing."""
    page = (library.directory / "report.html").read_text(encoding="utf-8")

    assert [identifier for identifier in planned if identifier not in page] == []
    assert _LOADED.findall(page) == []


def test_each_case_has_a_whole_folder(library: Finished, planned: list[str]) -> None:
    """Record, both journals, timeline and logs are there, every line of them is JSON, and nothing is said to miss."""
    folders = [library.directory / "cases" / identifier for identifier in planned]
    incomplete = [str(f / name) for f in folders for name in _CASE_FILES if not (f / name).stat().st_size]
    lines = [line for f in folders for name in _CASE_FILES[1:3] for line in (f / name).read_bytes().splitlines()]

    assert incomplete == []
    assert {type(json.loads(line)) for line in lines} == {dict}
    without_logs = [f.name for f in folders if not any(_files(f / "logs"))]
    fleets = [identifier for identifier in planned if identifier.startswith("onboarding-fleet.")]
    assert sorted(without_logs) == sorted(fleets)  # the one machine at the end is that on which nothing is done
    assert list(library.directory.rglob("collect-errors.txt")) == []
    assert list(library.directory.rglob("state.txt")) == []
    assert [f.name for f in folders if library.case(f.name)["id"] != f.name] == []


def test_the_cloud_never_broke(library: Finished) -> None:
    """A mistake of the simulated cloud is a 500 in its journal."""
    journals = library.directory.glob("cases/*/journal.jsonl")
    events = [json.loads(line) for path in journals for line in path.read_bytes().splitlines()]
    broken = [event for event in events if event.get("status") == 500]

    assert len(events) > 1000
    assert broken == []


def test_no_secret_is_in_any_file(library: Finished) -> None:
    """Secrets of principals are masked everywhere, also in the machine's journal and in copied logs."""
    contents = {path: path.read_bytes() for path in _files(library.directory)}
    shown = b"".join(content for path, content in contents.items() if path.name == "case.json")

    assert [str(path) for path, content in contents.items() if _SECRET.search(content)] == []
    assert b"********" in shown


def test_no_question_was_unexpected(library: Finished, planned: list[str]) -> None:
    """The documented commands ask what the lab knows to answer, and nothing else."""
    cases = [library.case(identifier) for identifier in planned]
    commands = [command for case in cases for step in case["steps"] for command in step.get("commands", [])]
    asked = [question for command in commands for question in command.get("asked", [])]

    assert len(asked) > len(planned)
    assert [question for question in asked if "(unexpected)" in question] == []
