"""The ways to run one lifecycle: arclab in worker processes, and a shell script."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO

import msgspec

from harness.bench.figures import Lifecycle
from harness.bench.scripts import is_whole, parse_laps
from harness.errors import LabError
from harness.model.record import CaseRecord
from harness.record import read_case

_LIMIT_S = 600.0
_PATIENCE_S = 30.0  # for a case to remove what it has started
_SHOWN_OUTPUT = 4000
_STEP_PHASES = {"command": "verify"}  # the step of the scenario that looks


class Workers:
    """Runs arclab's lifecycles, each slot in a process of its own, as `arclab run -n` does. Lives until `close`."""

    def __init__(self, prepared_file: Path, folder: Path, slots: int) -> None:
        """Start the processes; `folder` takes the records of the cases that run, and what the processes complain of."""
        self._folder = folder
        self._log = folder / "workers.log"
        self._numbers = _Numbers()
        folder.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as log:
            self._workers = [_Worker(prepared_file, log) for _ in range(slots)]

    def await_ready(self) -> None:
        """Wait until every process has imported what it needs. Raises: LabError when one has ended."""
        for worker in self._workers:
            self._await(worker)

    def run(self, distro: str, slot: int) -> Lifecycle:
        """Run one lifecycle. Raises: LabError when the process has ended."""
        folder = self._folder / str(self._numbers.take())
        started = time.perf_counter()
        self._workers[slot].ask([distro, str(folder)])
        self._await(self._workers[slot])
        duration_s = time.perf_counter() - started
        record = read_case(folder)
        shutil.rmtree(folder, ignore_errors=True)
        return lifecycle_of(record, duration_s)

    def _await(self, worker: _Worker) -> None:
        if not worker.answered():
            hint = self._log.read_text(errors="replace")[-_SHOWN_OUTPUT:]
            raise LabError("bench-worker", "a process of the bench has ended.", hint=hint)

    def close(self) -> None:
        """Interrupt the processes, which remove what they have started, and wait for them."""
        for worker in self._workers:
            worker.interrupt()
        for worker in self._workers:
            worker.close()


class _Worker:
    """One process that runs cases, see `harness.bench.worker`. Lives until `close`."""

    def __init__(self, prepared_file: Path, log: IO[bytes]) -> None:
        here, there = socket.socketpair()
        command = [sys.executable, "-m", "harness.bench.worker", str(prepared_file)]
        with there:
            end = there.fileno()
            self._process = subprocess.Popen(command, stdin=end, stdout=end, stderr=log, start_new_session=True)
        self._stream = here.makefile("rwb", buffering=0)
        here.close()

    def ask(self, request: list[str]) -> None:
        """Send a line; a process that has ended does not mind."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._stream.write(msgspec.json.encode(request) + b"\n")

    def answered(self) -> bool:
        """Wait for a line; say whether it came."""
        try:
            return bool(self._stream.readline())
        except ConnectionResetError:
            return False

    def interrupt(self) -> None:
        """Ask it to end."""
        self._process.send_signal(signal.SIGINT)

    def close(self) -> None:
        """Wait for its end; kill it when that takes too long."""
        try:
            self._process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._stream.close()


class ShellScript:
    """Runs lifecycles with a rendered script, one for each distro. Lives until `close`."""

    def __init__(
        self, scripts: dict[str, Path], steps: dict[str, dict[str, str]], engine_url: str, prefix: str
    ) -> None:
        """Take the script and the steps of each distro; containers are called `prefix` and a number."""
        self._scripts = scripts
        self._steps = steps
        self._environment = {**os.environ, "DOCKER_HOST": engine_url, "LC_ALL": "C"}
        self._prefix = prefix
        self._numbers = _Numbers()
        self._guard = threading.Lock()
        self._running: set[subprocess.Popen[str]] = set()
        self._closed = False

    def run(self, distro: str, slot: int) -> Lifecycle:  # noqa: ARG002 - all variants are called alike
        """Run one lifecycle. A container that a failed script leaves behind is swept with the bench's others."""
        command = ["bash", str(self._scripts[distro]), f"{self._prefix}-{self._numbers.take()}"]
        started = time.perf_counter()
        with self._guard:
            if self._closed:
                raise LabError("bench-closed", "the bench has ended.")
            process = subprocess.Popen(
                command, env=self._environment, text=True, errors="replace", stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
            self._running.add(process)
        try:
            output, _ = process.communicate(timeout=_LIMIT_S)
        except subprocess.TimeoutExpired:
            _kill_group(process)
            output = process.communicate()[0] + f"\nkilled after {_LIMIT_S:.0f} s"
        finally:
            with self._guard:
                self._running.discard(process)
        duration_s = time.perf_counter() - started
        laps = parse_laps(output)
        passed = process.returncode == 0 and is_whole(laps, self._steps[distro])
        reason = "" if passed else f"exit {process.returncode}\n{output[-_SHOWN_OUTPUT:]}"
        return Lifecycle(passed, duration_s, laps, reason)

    def close(self) -> None:
        """Kill the scripts that still run."""
        with self._guard:
            self._closed = True
            for process in self._running:
                _kill_group(process)


class _Numbers:
    """Counts, for several threads."""

    def __init__(self) -> None:
        self._last = 0
        self._guard = threading.Lock()

    def take(self) -> int:
        """Give the next number."""
        with self._guard:
            self._last += 1
            return self._last


def lifecycle_of(record: CaseRecord, duration_s: float) -> Lifecycle:
    """Read a case's record; the phase `steps` is broken down, and what is in no phase is `rest`."""
    phases = {name: taken for name, taken in record.phases_s.items() if name != "steps"}
    for step in record.steps:
        name = _STEP_PHASES.get(step.kind, step.kind)
        phases[name] = phases.get(name, 0.0) + step.duration_s
    phases["rest"] = max(0.0, duration_s - sum(phases.values()))
    if record.outcome == "pass":
        return Lifecycle(True, duration_s, phases)
    commands = [f"$ {c.shown}\n{c.stdout}{c.stderr}[exit {c.exit}]" for step in record.steps for c in step.commands]
    return Lifecycle(False, duration_s, phases, "\n".join([record.reason, *commands])[-_SHOWN_OUTPUT:])


def _kill_group(process: subprocess.Popen[str]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
