"""Run arclab as a user does: a program in a folder of its own, on a real engine that others use at the same time.

Each `Arclab` has its own working directory and TMPDIR. When it closes, nothing that it started may be left: no
container or network on the engine that one of its processes owns, and no folder in its TMPDIR.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import docker
import pytest

from harness.substrate.docker import LABEL_OWNER, LABEL_RUN

PROGRAM = Path(sys.executable).with_name("arclab")
LIMIT_S = 1800.0
CLEAN_LIMIT_S = 60.0
_EVENTS_SHOWN, _EVENT_SHOWN = 40, 300


@dataclass(frozen=True)
class Finished:
    """A run of the program that has ended, and the folder that it was told to report to."""

    exit: int
    stdout: str
    stderr: str
    directory: Path

    @property
    def run(self) -> dict[str, Any]:
        """Read run.json."""
        return read_json(self.directory / "run.json")

    @property
    def outcomes(self) -> dict[str, str]:
        """Give the outcome of each case by its id."""
        return {case["id"]: case["outcome"] for case in self.run["cases"]}

    @property
    def evidence(self) -> str:
        """Give steps and what the cloud last saw of each case that did not pass: nothing else may be left of it in CI.

        Of requests that follow one another and are alike, as of a look that is taken again and again, the last is told.
        """
        texts = []
        for identifier in (name for name, outcome in self.outcomes.items() if outcome not in ("pass", "skip")):
            steps = [
                f"{step['started_true']} {step['duration_s']} s  {step['title']}"
                for step in self.case(identifier).get("steps", [])
            ]
            journal = self.directory / "cases" / identifier / "journal.jsonl"
            events = [json.loads(line) for line in journal.read_bytes().splitlines()] if journal.exists() else []
            told = [event for event in events if event["kind"] != "dns"]
            alike = itertools.groupby(told, lambda event: (event["kind"], event.get("operation"), event.get("path")))
            lines = [json.dumps([*group][-1])[:_EVENT_SHOWN] for _, group in alike]
            texts.append("\n".join([f"{identifier}:", *steps, *lines[-_EVENTS_SHOWN:]]))
        return "\n\n".join(texts)

    def case(self, identifier: str) -> dict[str, Any]:
        """Read a case's own record."""
        return read_json(self.directory / "cases" / identifier / "case.json")


@dataclass
class Started:
    """A run of the program that goes on. `owner` is how things on the engine are marked as its own."""

    process: subprocess.Popen[str]
    owner: str
    directory: Path

    def finish(self, timeout_s: float = LIMIT_S) -> Finished:
        """Wait for its end."""
        stdout, stderr = self.process.communicate(timeout=timeout_s)
        return Finished(self.process.returncode, stdout, stderr, self.directory)

    def stop(self) -> None:
        """End it, as Ctrl-C does, when a test has not."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.communicate(timeout=CLEAN_LIMIT_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.communicate()

    def pytest(self) -> int:
        """Give the process id of the pytest that it started, 0 when there is none."""
        return next(iter(children(self.process.pid)), 0)

    def workers(self) -> list[int]:
        """Give the process ids of its pytest's workers."""
        return children(self.pytest())

    def awaits(self, holds: Callable[[], bool], timeout_s: float) -> bool:
        """Look until something holds; say whether it did in time."""
        return becomes(holds, timeout_s)


@dataclass
class Arclab:
    """The program in a folder of its own. Lives until `close`."""

    url: str
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    started: list[Started] = field(default_factory=list)
    program: Path = PROGRAM
    #: A program that becomes this one. Where these tests run in a shell's background, interrupts would be ignored.
    wrapper: tuple[str, ...] = ("env", "--default-signal=INT")

    def start(self, *words: str, directory: str = "report", **variables: str) -> Started:
        """Start it. Words are as typed; `variables` are added to its environment."""
        process = subprocess.Popen(
            [*self.wrapper, self.program, *words], cwd=self.folder, text=True, encoding="utf-8",
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**user_environment(), "TMPDIR": str(self.temporary), **self.environment, **variables},
        )  # fmt: skip
        self.started.append(Started(process, owner_name(process.pid), self.folder / directory))
        return self.started[-1]

    def __call__(self, *words: str, timeout_s: float = LIMIT_S, **variables: str) -> Finished:
        """Run it to its end."""
        return self.start(*words, **variables).finish(timeout_s)

    def start_run(self, *words: str, directory: str = "report", **variables: str) -> Started:
        """Start `arclab run` with a folder for reports."""
        return self.start("run", *words, "--report", directory, directory=directory, **variables)

    def run(self, *words: str, directory: str = "report", timeout_s: float = LIMIT_S, **variables: str) -> Finished:
        """Run `arclab run` with a folder for reports to its end."""
        return self.start_run(*words, directory=directory, **variables).finish(timeout_s)

    @property
    def temporary(self) -> Path:
        """Give the folder that it takes for the system's /tmp."""
        return self.folder / "tmp"

    def write(self, name: str, text: str) -> Path:
        """Write a file into its folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def left(self) -> list[str]:
        """Name what is left of its runs: containers, networks, folders."""
        owners = {run.owner for run in self.started}
        prepared = [path for runs in ("*", "runs/*") for path in self.folder.glob(f"{runs}/prepared.json")]
        runs = {read_json(path)["run_id"] for path in prepared}
        with engine_client(self.url) as api:
            found = [*api.containers(all=True, filters={"label": LABEL_OWNER})]
            found += api.networks(filters={"label": LABEL_OWNER})
        mine = [f for f in found if f["Labels"][LABEL_OWNER] in owners or f["Labels"].get(LABEL_RUN) in runs]
        names = [str(f.get("Name") or f["Names"][0]) for f in mine]
        return names + [path.name for path in self.temporary.iterdir()]

    def close(self) -> None:
        """End what still runs. Raises: AssertionError when something of it is left."""
        for run in self.started:
            run.stop()
        nothing_left = becomes(lambda: not self.left(), CLEAN_LIMIT_S if self.started else 0)

        assert nothing_left, f"left behind: {self.left()}"


def user_environment() -> dict[str, str]:
    """Give this process's environment without what pytest has put into it."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON file with an object in it."""
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


@contextmanager
def engine_client(url: str) -> Iterator[docker.APIClient]:
    """Open a client of an engine."""
    api = docker.APIClient(base_url=url, version="auto", timeout=60)
    try:
        yield api
    finally:
        api.close()


def owner_name(pid: int) -> str:
    """Give the mark of a process's own things on an engine, as arclab makes it."""
    started = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return f"{socket.gethostname()}:{boot}:{pid}:{started}"


def children(pid: int) -> list[int]:
    """Give the processes that a process has started and that still run."""
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def becomes(holds: Callable[[], bool], timeout_s: float) -> bool:
    """Look until something holds; say whether it did in time."""
    deadline = time.monotonic() + timeout_s
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


@contextmanager
def arclab_in(url: str, environment: Mapping[str, str] | None = None) -> Iterator[Arclab]:
    """Give the program in a new folder with a short path, since sockets need one; both are gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="e2e-", dir="/tmp"))
    (folder / "tmp").mkdir()
    program = Arclab(url, folder, dict(environment or {}))
    try:
        yield program
        program.close()
    finally:
        for run in program.started:
            run.stop()
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def engine() -> str:
    """Start an engine and build the images where they are missing; gives the engine's URL."""
    described = _prepared("engine", "up")
    _prepared("images", "build")
    return described.split(" at ")[-1].strip()


def _prepared(*words: str) -> str:
    done = subprocess.run([PROGRAM, *words], capture_output=True, text=True, env=user_environment(), check=False)
    if done.returncode != 0:
        pytest.fail(f"'arclab {' '.join(words)}' ended with {done.returncode}: {done.stderr}")
    return done.stdout


@pytest.fixture(scope="session")
def make_arclab(engine: str) -> Iterator[Callable[[], Arclab]]:
    """Give a factory of programs for runs that several tests read."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(arclab_in(engine))


@pytest.fixture
def arclab(engine: str) -> Iterator[Arclab]:
    """Give the program in a folder of its own, on the engine."""
    with arclab_in(engine) as program:
        yield program


@pytest.fixture
def arclab_on() -> Iterator[Callable[[str, dict[str, str]], Arclab]]:
    """Give a factory of programs on another engine: its URL, and what is added to the environment."""
    with ExitStack() as stack:
        yield lambda url, environment: stack.enter_context(arclab_in(url, environment))
