"""A product that does otherwise than a scenario expects fails, with its reason and place, and no error hides it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import Arclab

pytestmark = pytest.mark.engine

_WRONG = """scenario: another release than the installed one is expected
matrix: {distro: [debian-12]}
steps:
  - install: {version: 1.28}
    expect:
      within: 1s
      machine: {version: 1.50}
"""
_RIGHT = """scenario: nothing is expected
matrix: {distro: [debian-12]}
given: {repository: none}
steps:
  - command: "true"
"""
_HANGS = """scenario: a command fails and another asks what nobody foresaw
matrix: {distro: [debian-12]}
given: {repository: none}
steps:
  - command: exit 3
    expect:
      command: {exit: nonzero}
  - command: cat /nonexistent
"""


def test_a_wrong_expectation_fails_with_its_place(arclab: Arclab) -> None:
    """Exit 1; run.json, junit.xml and the summary name the observation, what was seen, file, line and column."""
    arclab.write("wrong.yaml", _WRONG)
    arclab.write("right.yaml", _RIGHT)

    done = arclab.run("wrong.yaml", "right.yaml")
    failed = next(case for case in done.run["cases"] if case["outcome"] == "fail")
    element = ET.parse(done.directory / "junit.xml").getroot().find(".//failure")

    assert (done.exit, done.run["outcome"]) == (1, "fail"), done.stderr
    assert done.outcomes == {"wrong.debian-12": "fail", "right.debian-12": "pass"}
    assert failed["reason"].startswith("wrong.yaml:7:17: step 3 'install 1.28': machine.version ")
    assert "1.28." in failed["reason"]
    assert "wrong.yaml:7:17  step 3: install 1.28  machine.version: expected 1.50, saw 1.28" in done.stdout
    assert "2 cases: 1 passed, 1 failed" in done.stdout
    assert element is not None
    assert element.get("type") == "machine.version"


def test_reports_can_be_made_again(arclab: Arclab) -> None:
    """`arclab report` gives the same verdict from the run's folder alone, without an engine."""
    arclab.write("fails.yaml", _HANGS)
    done = arclab.run("fails.yaml")
    page = (done.directory / "report.html").read_bytes()
    (done.directory / "report.html").unlink()

    again = arclab("report", "report", DOCKER_HOST="unix:///nonexistent")

    assert (done.exit, again.exit) == (1, 1), done.stderr
    assert again.stdout == done.stdout
    assert (done.directory / "report.html").read_bytes() == page
    assert "fails.yaml:8:5" in done.stdout
    assert json.loads((done.directory / "cases/fails.debian-12/timeline.json").read_text())


def test_what_a_user_set_up_for_pytest_does_not_matter(arclab: Arclab) -> None:
    """Options and plugins for the tests of another project stay out of a run."""
    arclab.write("right.yaml", _RIGHT)

    done = arclab.run("right.yaml", "-n", "2", PYTEST_ADDOPTS="--no-such-option", PYTEST_PLUGINS="no_such_plugin")

    assert done.exit == 0, done.stderr
