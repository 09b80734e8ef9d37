"""pytest runs the cases: each scenario file is collected into one item for each case.

`arclab run` is the front; it prepares the run and names the result with `--arclab-prepared`. All contact with pytest
is in this file.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from harness.cloud import CloudHosts
from harness.model.plan import Case
from harness.model.record import CaseRecord
from harness.plan import check_unique, plan_cases
from harness.prepared import Prepared, read_prepared
from harness.progress import SELECTED_FILE, STATE_FILE
from harness.record import write_whole
from harness.runner import run_case
from harness.scenario.load import SUFFIX, load_scenario
from harness.versions import Versions

_PARENT_PERIOD_S = 1.0
_PREPARED = pytest.StashKey[Prepared]()
_HOSTS = pytest.StashKey[CloudHosts]()


class CaseFailedError(Exception):
    """A case whose outcome is fail or error; carries its record for the failure's text."""

    def __init__(self, record: CaseRecord) -> None:
        super().__init__(f"{record.outcome}: {record.reason}")
        self.record = record


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options that `arclab run` passes."""
    group = parser.getgroup("arclab")
    group.addoption("--arclab-prepared", metavar="FILE", help="prepared.json, written by 'arclab run'")
    group.addoption("--arclab-distro", default="", metavar="ID,...", help="only these distros, families or sets")
    group.addoption("--arclab-version", default="", metavar="V,...", help="only cases of these agent versions")
    group.addoption("--arclab-tag", default="", metavar="TAG,...", help="only scenarios with one of these tags")
    group.addoption("--arclab-repeat", default=1, type=int, metavar="N", help="each case so often")


def pytest_configure(config: pytest.Config) -> None:
    """Read what the controller prepared, and listen to SIGINT, which a shell lets its background jobs ignore."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    path = config.getoption("--arclab-prepared")
    if path is None:
        raise pytest.UsageError("scenarios are run with 'arclab run', which prepares engine, images and packages")
    config.stash[_PREPARED] = read_prepared(Path(path))
    config.stash[_HOSTS] = CloudHosts(config.stash[_PREPARED])
    if not hasattr(config, "workerinput"):
        threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove what the cases of this process shared."""
    if _HOSTS in config.stash:
        config.stash[_HOSTS].close()


def _end_with(parent: int) -> None:
    """Interrupt this process and its workers when its parent is gone; nobody would read what their cases find."""
    while os.getppid() == parent:
        time.sleep(_PARENT_PERIOD_S)
    os.killpg(os.getpgid(0), signal.SIGINT)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Take scenario files."""
    if file_path.suffix == SUFFIX:
        collector: pytest.Collector = ScenarioFile.from_parent(parent, path=file_path)
        return collector
    return None


class ScenarioFile(pytest.File):
    """One scenario file."""

    def collect(self) -> Iterator[CaseItem]:
        """Give the cases that the options leave."""
        prepared = self.config.stash[_PREPARED]
        formats = {distro.format for distro in prepared.distros.values()}
        cases = plan_cases(
            [load_scenario(self.path)],
            prepared.distros,
            only_distros=_listed(self.config, "--arclab-distro"),
            only_versions=_listed(self.config, "--arclab-version"),
            tags=_listed(self.config, "--arclab-tag"),
            versions={name: Versions.from_index(prepared.index, name) for name in formats},
            repeat=self.config.getoption("--arclab-repeat"),
        )
        check_unique(cases)
        for case in cases:
            item: CaseItem = CaseItem.from_parent(self, name=case.id, case=case)
            yield item


class CaseItem(pytest.Item):
    """One case."""

    def __init__(self, *, case: Case, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.case = case

    def runtest(self) -> None:
        """Run the case. Raises: CaseFailedError unless it passes."""
        prepared = self.config.stash[_PREPARED]
        folder = Path(prepared.run_directory) / "cases" / self.case.id
        folder.mkdir(parents=True, exist_ok=True)
        state = folder / STATE_FILE
        state.write_text("starts")
        try:
            record = run_case(self.case, self.config.stash[_HOSTS], folder, lambda step: _note(state, step))
        finally:
            state.unlink(missing_ok=True)
        if record.outcome == "skip":
            pytest.skip(record.reason)
        if record.outcome != "pass":
            raise CaseFailedError(record)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Give the reason; other exceptions are arclab's own mistakes and keep their trace."""
        if isinstance(excinfo.value, CaseFailedError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Say where the case comes from."""
        return self.path, self.case.scenario.place.line - 1, self.case.id


def pytest_collection_finish(session: pytest.Session) -> None:
    """Say which cases were selected, for the progress display."""
    prepared = session.config.stash[_PREPARED]
    identifiers = [item.name for item in session.items]
    write_whole(Path(prepared.run_directory) / SELECTED_FILE, msgspec.json.encode(identifiers))


def _listed(config: pytest.Config, option: str) -> tuple[str, ...]:
    text: str = config.getoption(option)
    return tuple(filter(None, text.split(",")))


def _note(state: Path, step: str) -> None:
    state.write_text(step)
