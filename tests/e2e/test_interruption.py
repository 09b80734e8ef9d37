"""Whatever ends a run in its middle, nothing of it is left, and what had been found is reported.

A run has one quick case and slow ones; it is ended while a slow one is at its command.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
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
_SOON_S = 180.0


@dataclass(frozen=True)
class Run:
    """A run in its middle, and the program whose it is."""

    arclab: Arclab
    started: Started


@pytest.fixture(scope="module")
def runs(make_arclab: Callable[[], Arclab]) -> dict[str, Run]:
    """Give a run of two workers for each end that is tried, all begun at the same time.

    A run's first case has passed, the next two hang, and the last has not begun.
    """
    begun = {end: _begin(make_arclab(), end) for end in ("ctrl-c", "sigterm", "controller", "everything", "workers")}
    for run in begun.values():
        _await(run.started, "a.debian-12/case.json")
        for name in "bc":
            _await(run.started, f"{name}.debian-12/state.txt", "command")
    return begun


def _begin(arclab: Arclab, end: str) -> Run:
    if end == "sigterm":
        arclab.wrapper = ("env", "--ignore-signal=INT")  # as a shell's background jobs have it
    for name, command in {"a": "/bin/true", "b": "sleep 500", "c": "sleep 500", "d": "/bin/true"}.items():
        arclab.write(f"{name}.yaml", _CASE.format(command=command))
    return Run(arclab, arclab.start_run(*(f"{name}.yaml" for name in "abcd"), "-n", "2"))


def _await(run: Started, name: str, text: str = "") -> None:
    path = run.directory / "cases" / name
    assert run.awaits(lambda: path.exists() and text in path.read_text(), _SOON_S), f"{name} was not there in time"


@pytest.mark.parametrize(("end", "number"), [("ctrl-c", signal.SIGINT), ("sigterm", signal.SIGTERM)])
def test_a_signal_ends_a_run_in_good_order(runs: dict[str, Run], end: str, number: signal.Signals) -> None:
    """Exit 130, soon; what had ended is reported as it was, all else as not finished or not run; nothing is left."""
    run = runs[end]
    assert len(run.arclab.left()) > 4

    run.started.process.send_signal(number)
    done = run.started.finish(60)
    reasons = {case["id"]: case["reason"] for case in done.run["cases"]}

    assert done.exit == 130, done.stderr
    assert run.arclab.left() == []
    assert done.outcomes == {f"{name}.debian-12": "pass" if name == "a" else "skip" for name in "abcd"}
    assert {reasons["b.debian-12"], reasons["c.debian-12"]} == {"not finished: the run was interrupted"}
    assert reasons["d.debian-12"] == "not run: the run was interrupted"
    assert "1 passed, 3 skipped" in done.stdout
    assert {"report.html", "junit.xml"} <= {path.name for path in done.directory.iterdir()}
    assert (done.directory / "cases/b.debian-12/machine-journal.jsonl").stat().st_size > 0
    assert "Traceback" not in done.stderr


def test_the_cases_end_when_their_controller_is_killed(runs: dict[str, Run]) -> None:
    """Within a minute after kill -9 no process, container, network or folder of the run is there."""
    run = runs["controller"]
    pytest_pid = run.started.pytest()
    run.started.process.kill()

    run.started.finish()

    ended = run.started.awaits(lambda: not run.arclab.left() and not Path(f"/proc/{pytest_pid}").exists(), 60)
    assert ended, run.arclab.left()


def test_the_next_run_sweeps_what_a_killed_one_left(runs: dict[str, Run]) -> None:
    """When every process of a run is killed at once, the next run's beginning removes what they left."""
    run = runs["everything"]
    pytest_pid = run.started.pytest()
    os.kill(run.started.process.pid, signal.SIGKILL)
    os.killpg(pytest_pid, signal.SIGKILL)
    run.started.finish()

    done = run.arclab.run("a.yaml", "-n", "1", directory="next")

    assert done.exit == 0, done.stderr
    assert run.arclab.left() == []


def test_killed_workers_cost_their_cases_only(runs: dict[str, Run]) -> None:
    """The case of a worker that dies is an error that says what it was doing; others take over, nothing is left."""
    run = runs["workers"]
    for worker in run.started.workers():
        os.kill(worker, signal.SIGKILL)

    done = run.started.finish()
    reasons = {case["reason"] for case in done.run["cases"] if case["outcome"] == "error"}

    assert done.exit == 2, done.stderr
    assert done.outcomes == {
        "a.debian-12": "pass", "b.debian-12": "error", "c.debian-12": "error", "d.debian-12": "pass",
    }  # fmt: skip
    assert reasons == {"the worker died before the case ended; it was at 'command'"}
    assert run.arclab.left() == []
