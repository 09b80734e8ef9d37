"""The parts of a run's control that need no engine."""

from __future__ import annotations

import errno
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from rich.console import Console

from harness import controller
from harness.controller import RunOptions
from harness.distros import load_distros
from harness.errors import LabError, UsageError
from harness.scenario.decode import decode_scenario
from harness.scenario.document import Document
from harness.settings import Settings
from simulator.contract import PackageIndex

_SCENARIO = decode_scenario(
    Document("s.yaml", "scenario: a\ntags: [t]\nmatrix: {distro: [rhel-9, debian-12]}\nsteps: [install]\n"), name="s"
)


@pytest.mark.parametrize(
    ("options", "distros"),
    [
        (RunOptions(paths=()), ["debian-12", "rhel-9"]),
        (RunOptions(paths=(), distros=("rhel-9",)), ["rhel-9"]),
        (RunOptions(paths=(), distros=("apt",), tags=("t",)), ["debian-12"]),
    ],
    ids=["all", "one", "family"],
)
def test_prepares_only_the_distros_that_have_cases(options: RunOptions, distros: list[str]) -> None:
    """No image is built for nothing."""
    assert [distro.id for distro in controller._distros_of([_SCENARIO], load_distros(), options)] == distros


def test_a_selection_of_nothing_is_refused() -> None:
    """A run of no case would be green for no reason."""
    with pytest.raises(UsageError, match="no case is left"):
        controller._distros_of([_SCENARIO], load_distros(), RunOptions(paths=(), versions=("1.66",)))


@pytest.mark.parametrize(
    ("options", "status", "ordinary"),
    [
        (RunOptions(paths=()), 1, True),
        (RunOptions(paths=(), fail_fast=True), 2, False),
        (RunOptions(paths=(), workers=2), 2, False),
        (RunOptions(paths=(), workers=2, fail_fast=True), 2, True),
        (RunOptions(paths=(), workers=2, fail_fast=True), 3, False),
    ],
    ids=["failed", "interrupted alone", "interrupted", "stopped by -x", "internal error"],
)
def test_tells_a_finished_pytest_from_a_broken_one(options: RunOptions, status: int, ordinary: bool) -> None:
    """Workers that stop at the first failure end like Ctrl-C and are not broken."""
    assert ordinary == (status in controller._ordinary_statuses(options))


@pytest.fixture
def pytest_ends_with(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Let a program that prints and fails stand in for pytest; gives the run directory."""
    popen = subprocess.Popen
    program = [sys.executable, "-c", "print('INTERNALERROR> why'); raise SystemExit(3)"]
    monkeypatch.setattr(subprocess, "Popen", lambda _, **options: popen(program, **options))
    (tmp_path / "cases").mkdir()
    return tmp_path


@pytest.mark.process
def test_a_broken_pytest_is_an_error_with_its_last_words(pytest_ends_with: Path) -> None:
    """No verdict is made up when the cases were not run."""
    console = Console(quiet=True)

    with pytest.raises(LabError, match="pytest ended with status 3") as caught:
        controller._run_pytest(RunOptions(paths=()), pytest_ends_with, console)

    assert caught.value.hint == "INTERNALERROR> why"


@pytest.mark.process
def test_stopping_ends_everything_that_pytest_started() -> None:
    """Workers are in the process group, and hear Ctrl-C with it."""
    program = "import time; print(1, flush=True); time.sleep(60)"
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    )
    assert process.stdout
    process.stdout.readline()

    controller._stop(process)
    process.stdout.close()

    assert process.returncode is not None


@pytest.mark.process
def test_a_second_interrupt_kills_what_does_not_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever presses Ctrl-C twice does not wait for the end of a hung worker, and leaves none behind."""
    program = "import signal, time; signal.signal(2, signal.SIG_IGN); print(1, flush=True); time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout
    process.stdout.readline()
    wait = process.wait
    interrupts = iter([KeyboardInterrupt()])

    def interrupted(timeout: float) -> int:
        for interrupt in interrupts:
            raise interrupt
        return wait(timeout)

    monkeypatch.setattr(process, "wait", interrupted)
    controller._stop(process)
    process.stdout.close()

    assert process.returncode == -signal.SIGKILL


def test_a_folder_that_cannot_keep_the_inputs_is_left_empty(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The same command does its work when the cause is gone; what was prepared, with its keys, does not stay."""
    (tmp_path / "s.yaml").write_text("scenario: a\ngiven: {repository: none}\nsteps: [{command: 'true'}]\n")
    report = tmp_path / "report"

    def prepare(*_: object, directory: Path, **__: object) -> object:
        (directory / "prepared").mkdir()
        return SimpleNamespace(index=PackageIndex([]), distros=load_distros())

    def keep_inputs(directory: Path, *_: object, **__: object) -> None:
        (directory / "inputs").mkdir()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(controller, "prepare", prepare)
    monkeypatch.setattr(controller, "keep_inputs", keep_inputs)
    with pytest.raises(OSError, match="No space"):
        controller.run(RunOptions((tmp_path / "s.yaml",), report=report), Settings.from_environment({}), Console())

    assert list(report.iterdir()) == []
