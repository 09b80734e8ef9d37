"""What cannot work is refused with a sentence, a place and a way out; nothing is started and nothing is left."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import Arclab, Finished

pytestmark = pytest.mark.engine

_SCENARIO = """scenario: a scenario
matrix: {distro: [debian-12]}
given: {repository: none}
steps:
  - command: "true"
"""


def _assert_refused(done: Finished, exit_code: int) -> None:
    assert done.exit == exit_code, done.stderr
    assert "Traceback" not in done.stderr
    assert "Running" not in done.stderr
    assert done.stdout == ""
    assert [path.name for path in done.directory.glob("*")] == []


@pytest.mark.parametrize(
    ("text", "problem", "hint"),
    [
        ("steps: [instal]", "s.yaml:4:9: unknown step 'instal'", "did you mean 'install'?"),
        ("steps: [install: {vresion: 1.28}]", "s.yaml:4:19: .*'vresion'", "did you mean 'version'?"),
        ("steps: [install: {version: 1.28, version: 1.50}]", "s.yaml:4:34: .*'version' stands twice", "line 4"),
        ("steps: [reboot: 1]", "s.yaml:4:17: expected `object`, got `int`", ""),
        ("given: {machines: a}\nsteps: [reboot]", "s.yaml:4:19: ", ""),
        ("steps: [install: {version: 1.29}]", "s.yaml:4:9: no repository has the version '1.29'", "did you mean '1.2"),
        ("steps: [reboot", "s.yaml:5:1: this is not YAML", ""),
    ],
    ids=["step", "key", "duplicate", "type of step", "type of value", "version", "yaml"],
)
def test_a_scenario_with_a_mistake(arclab: Arclab, text: str, problem: str, hint: str) -> None:
    """File, line and column come first, then what is wrong and what may have been meant."""
    arclab.write("s.yaml", f"scenario: a scenario\nmatrix:\n  distro: [debian-12]\n{text}\n")

    done = arclab.run("s.yaml")

    _assert_refused(done, 5)
    assert re.search(f"^arclab: {problem}", done.stderr, re.MULTILINE), done.stderr
    assert hint in done.stderr


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--distro", "debain-12"], "no distro, family or set 'debain-12'.*\nhint: did you mean 'debian-12'"),
        (["--version", "1.99"], "no case is left"),
        (["--candidate", "none.deb"], "none.deb: there is no such file"),
        (["-n", "many"], "neither 'auto' nor a number"),
        (["nowhere.yaml"], "nowhere.yaml: "),
        (["--no-such-option"], "no-such-option"),
    ],
    ids=["distro", "version", "candidate", "number", "path", "option"],
)
def test_words_that_cannot_be_meant(arclab: Arclab, words: list[str], problem: str) -> None:
    """Exit 5, and what was typed is in the message."""
    arclab.write("s.yaml", _SCENARIO)

    done = arclab.run("s.yaml", *words)

    assert done.exit == 5, done.stderr
    assert re.search(problem, done.stderr + done.stdout, re.DOTALL), done.stderr
    assert not any(done.directory.glob("*"))


def test_a_folder_of_another_run_is_not_mixed(arclab: Arclab) -> None:
    """What lies in the report folder stays as it is."""
    arclab.write("s.yaml", _SCENARIO)
    kept = arclab.write("report/run.json", "{}")

    done = arclab.run("s.yaml")

    assert done.exit == 5
    assert "report: the report folder is not empty." in done.stderr
    assert kept.read_text() == "{}"


@pytest.mark.parametrize("words", [["run", "s.yaml"], ["engine", "up"], ["images", "build"]], ids=" ".join)
def test_no_engine(arclab: Arclab, words: list[str]) -> None:
    """Exit 2 and what to do; the engine that was asked for is named."""
    arclab.write("s.yaml", _SCENARIO)

    done = arclab(*words, DOCKER_HOST="unix:///nonexistent")

    assert (done.exit, done.stdout) == (2, "")
    assert "DOCKER_HOST is 'unix:///nonexistent', and no engine answers there." in done.stderr
    assert "\nhint: Start it, or unset it." in done.stderr


def test_a_registry_that_cannot_be_reached(arclab: Arclab) -> None:
    """Exit 2; the image and its registry are named, and how another is chosen."""
    arclab.write("s.yaml", _SCENARIO.replace("debian-12", "rocky-9"))

    done = arclab.run("s.yaml", ARCLAB_IMAGE_SOURCE="pull", ARCLAB_REGISTRY_MIRROR="127.0.0.1:1")

    _assert_refused(done, 2)
    assert "127.0.0.1:1/" in done.stderr
    assert "ARCLAB_REGISTRY_MIRROR names another" in done.stderr


def test_a_reader_that_stops_early(arclab: Arclab) -> None:
    """`arclab plan | head -1` ends without a word."""
    done = subprocess.run(
        ["bash", "-c", 'set -o pipefail; "$0" plan --json | head -c 1', str(arclab.program)],
        cwd=arclab.folder, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (done.stdout, done.stderr) == ("[", "")
