"""The folder of a run that has kept what it was given, made without an engine."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness.inputs import keep_inputs
from harness.model.record import CaseRecord, Outcome
from harness.products import DEFAULT_PRODUCT
from harness.record import write_case
from harness.reports.run_json import write_run_json

BEGIN = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def write_run(directory: Path, outcomes: dict[str, Outcome], image: str = "arclab/debian-12:0a1b") -> None:
    """Write the records of a run whose cases had these outcomes."""
    for identifier, outcome in outcomes.items():
        folder = directory / "cases" / identifier
        folder.mkdir(parents=True)
        write_case(CaseRecord(identifier, "t", "s.yaml", "debian-12", "latest", outcome, "", "", 1.0), folder)
    write_run_json(directory, started=BEGIN, duration_s=2.0, versions={"images": {"debian-12": image}, "python": "3"})


@pytest.fixture
def candidate(tmp_path: Path) -> Path:
    """Give a file that stands for the user's package."""
    path = tmp_path / "new.deb"
    path.write_bytes(b"a package")
    return path


@pytest.fixture
def run_directory(tmp_path: Path, candidate: Path) -> Path:
    """Give the folder of a run of one scenario that passed."""
    library = tmp_path / "scenarios" / "upgrade"
    library.mkdir(parents=True)
    (library / "a.yaml").write_text("scenario: a\nsteps: [install]\n")
    directory = tmp_path / "run"
    write_run(directory, {"upgrade-a.debian-12": "pass"})
    for name in ("prepared.json", "pytest.log"):
        (directory / name).write_text(str(tmp_path))
    keep_inputs(directory, {"expression": "a", "distros": ("debian-12",), "witness": False},
                scenarios=[library.parent], product=DEFAULT_PRODUCT, candidates=[candidate], previous=[])  # fmt: skip
    return directory
