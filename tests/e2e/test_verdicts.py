"""A product that does otherwise than a scenario expects fails, with its reason and place, and no error hides it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import Arclab, Finished

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
_FAILS = """scenario: a command fails and another asks what nobody foresaw
matrix: {distro: [debian-12]}
given: {repository: none}
steps:
  - command: exit 3
    expect:
      command: {exit: nonzero}
  - command: cat /nonexistent
"""


@pytest.fixture(scope="module")
def arclab(make_arclab: Callable[[], Arclab]) -> Arclab:
    """Give a program whose user has set up pytest for the tests of another project."""
    program = make_arclab()
    program.environment |= {"PYTEST_ADDOPTS": "--no-such-option", "PYTEST_PLUGINS": "no_such_plugin"}
    for name, text in {"wrong": _WRONG, "right": _RIGHT, "fails": _FAILS}.items():
        program.write(f"{name}.yaml", text)
    return program


@pytest.fixture(scope="module")
def done(arclab: Arclab) -> Finished:
    """Run a case that passes, one with a wrong expectation, and one whose command fails."""
    return arclab.run("wrong.yaml", "right.yaml", "fails.yaml")


def test_outcomes_are_of_the_product(done: Finished) -> None:
    """Exit 1 and outcome `fail`, never `error`; a user's own settings of pytest change nothing."""
    wanted = {"wrong.debian-12": "fail", "right.debian-12": "pass", "fails.debian-12": "fail"}

    assert (done.exit, done.run["outcome"], done.outcomes) == (1, "fail", wanted), done.stderr
    assert "3 cases: 1 passed, 2 failed" in done.stdout


def test_a_wrong_expectation_has_its_place(done: Finished) -> None:
    """run.json, junit.xml and the summary name the observation, what was seen, file, line and column."""
    reason = next(case["reason"] for case in done.run["cases"] if case["id"] == "wrong.debian-12")
    types = [element.get("type") for element in ET.parse(done.directory / "junit.xml").getroot().iter("failure")]

    assert reason.startswith("wrong.yaml:7:17: step 3 'install 1.28': machine.version ")
    assert "'1.28." in reason
    assert "wrong.yaml:7:17  step 3: install 1.28  machine.version: expected 1.50, saw 1.28" in done.stdout
    assert sorted(map(str, types)) == ["command.exit", "machine.version"]


def test_an_unexpected_exit_has_its_place(done: Finished) -> None:
    """A step that expects nothing expects that its command succeeds."""
    assert "fails.yaml:8:5  step 2: command cat /nonexistent  command.exit: expected 0, saw 1" in done.stdout


def test_reports_can_be_made_again(arclab: Arclab, done: Finished) -> None:
    """`arclab report` gives the same verdict from the run's folder alone, without an engine."""
    page = (done.directory / "report.html").read_bytes()
    (done.directory / "report.html").unlink()

    again = arclab("report", "report", DOCKER_HOST="unix:///nonexistent")

    assert (again.exit, again.stdout) == (done.exit, done.stdout)
    assert (done.directory / "report.html").read_bytes() == page


def test_a_bundle_repeats_the_run_and_its_failures(arclab: Arclab, done: Finished) -> None:
    """The archive alone is enough: the scenarios' files may have gone or changed."""
    archive = arclab.folder / "proof.tar.gz"
    packed = arclab("bundle", str(done.directory), "--out", str(archive))
    arclab.write("wrong.yaml", _RIGHT)

    replayed = arclab("replay", str(archive))

    assert packed.exit == 0, packed.stderr
    assert replayed.exit == 0, replayed.stdout + replayed.stderr
    assert "3 verdicts: the same" in replayed.stdout
