"""All reports are made from the run directory alone."""

from __future__ import annotations

import shutil
from pathlib import Path

from harness.reports import REPORTS, read_run, render_all


def test_table_keys_are_file_names() -> None:
    """A report is a module of its name."""
    assert {writer.__module__ for writer in REPORTS.values()} == {f"harness.reports.{name}" for name in REPORTS}


def test_a_moved_run_gives_the_same_reports(run_directory: Path, tmp_path: Path) -> None:
    """Reports can be made again elsewhere; they do not know where they are."""
    moved = tmp_path / "moved"
    shutil.copytree(run_directory, moved)
    render_all(run_directory)
    render_all(moved)

    assert len(read_run(moved).cases) == 5
    assert (moved / "report.html").read_bytes() == (run_directory / "report.html").read_bytes()
    assert (moved / "junit.xml").read_bytes() == (run_directory / "junit.xml").read_bytes()
