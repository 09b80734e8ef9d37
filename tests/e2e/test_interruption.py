"""Whatever ends a run in its middle, nothing of it is left, and what had been found is reported.

A run has one quick case and slow ones; it is ended while a slow one is at its command.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import Arclab, Started

pytestmark = pytest.mark.engine

_CASE = """scenario: the command '{command}'
matrix: {{distro: [debian-12]}}
given: {{repository: none}}
steps:
  - command: {command}
"""
_SOON_S = 60.0


@pytest.fixture
def in_mid_run(arclab: Arclab, request: pytest.FixtureRequest) -> Started:
    """Give a run of two workers whose first case has passed, whose next two hang, and whose last has not begun.

    The parameter is what starts the program.
    """
    arclab.wrapper = getattr(request, "param", ())
    arclab.write("a.yaml", _CASE.format(command="/bin/true"))
    arclab.write("d.yaml", _CASE.format(command="/bin/true"))
    for name in "bc":
        arclab.write(f"{name}.yaml", _CASE.format(command="sleep 200"))
    run = arclab.start_run(*(f"{name}.yaml" for name in "abcd"), "-n", "2")
    _await(run, "a.debian-12/case.json")
    for name in "bc":
        _await(run, f"{name}.debian-12/state.txt", "command")
    assert len(arclab.left()) > 4
    return run


def _await(run: Started, name: str, text: str = "") -> None:
    path = run.directory / "cases" / name
    assert run.awaits(lambda: path.exists() and text in path.read_text(), _SOON_S), f"{name} was not there in time"


@pytest.mark.parametrize(
    ("in_mid_run", "number"),
    [((), signal.SIGINT), (("env", "--ignore-signal=INT"), signal.SIGTERM)],
    ids=["Ctrl-C", "SIGTERM in the background"],
    indirect=["in_mid_run"],
)
def test_a_signal_ends_a_run_in_good_order(arclab: Arclab, in_mid_run: Started, number: signal.Signals) -> None:
    """Exit 130; what had ended is reported as it was, all else as not finished or not run; nothing is left."""
    in_mid_run.process.send_signal(number)

    done = in_mid_run.finish(30)
    reasons = {case["id"]: case["reason"] for case in done.run["cases"]}

    assert done.exit == 130, done.stderr
    assert arclab.left() == []
    assert done.outcomes == {f"{name}.debian-12": "pass" if name == "a" else "skip" for name in "abcd"}
    assert {reasons["b.debian-12"], reasons["c.debian-12"]} == {"not finished: the run was interrupted"}
    assert reasons["d.debian-12"] == "not run: the run was interrupted"
    assert "1 passed, 3 skipped" in done.stdout
    assert {"report.html", "junit.xml"} <= {path.name for path in done.directory.iterdir()}
    assert "Traceback" not in done.stderr


def test_the_cases_end_when_their_controller_is_killed(arclab: Arclab, in_mid_run: Started) -> None:
    """Within 30 s after kill -9 no process, container, network or folder of the run is there."""
    pytest_pid = in_mid_run.pytest()
    in_mid_run.process.kill()

    in_mid_run.finish()

    assert in_mid_run.awaits(lambda: not arclab.left() and not Path(f"/proc/{pytest_pid}").exists(), 30), arclab.left()


def test_the_next_run_sweeps_what_a_killed_one_left(arclab: Arclab, in_mid_run: Started) -> None:
    """When every process of a run is killed at once, the next run's beginning removes what they left."""
    pytest_pid = in_mid_run.pytest()
    os.kill(in_mid_run.process.pid, signal.SIGKILL)
    os.killpg(pytest_pid, signal.SIGKILL)
    in_mid_run.finish()

    done = arclab.run("a.yaml", directory="next")

    assert done.exit == 0, done.stderr
    assert arclab.left() == []


def test_killed_workers_cost_their_cases_only(arclab: Arclab, in_mid_run: Started) -> None:
    """The case of a worker that dies is an error that says what it was doing; others take over, nothing is left."""
    for worker in in_mid_run.workers():
        os.kill(worker, signal.SIGKILL)

    done = in_mid_run.finish()
    reasons = {case["reason"] for case in done.run["cases"] if case["outcome"] == "error"}

    assert done.exit == 2, done.stderr
    assert done.outcomes == {
        "a.debian-12": "pass",
        "b.debian-12": "error",
        "c.debian-12": "error",
        "d.debian-12": "pass",
    }
    assert reasons == {"the worker died before the case ended; it was at 'command'"}
    assert arclab.left() == []
