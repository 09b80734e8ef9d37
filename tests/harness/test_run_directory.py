"""A run's folder is its own, and has room."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from harness import run_directory
from harness.errors import EnvironmentProblem, UsageError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", ["", "new", "new/below"], ids=["empty", "new", "deep"])
def test_takes_a_fresh_report_folder(tmp_path: Path, name: str) -> None:
    """A folder that is new or empty becomes the run's."""
    run_directory.fresh_directory(tmp_path / name)

    assert (tmp_path / name / "cases").is_dir()


def test_refuses_a_report_folder_with_something_in_it(tmp_path: Path) -> None:
    """Another run's records are never mixed with this one's."""
    (tmp_path / "case.json").touch()

    with pytest.raises(UsageError, match="not empty"):
        run_directory.fresh_directory(tmp_path)


def test_refuses_a_report_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """A file in the folder's place is a mistake of usage."""
    (tmp_path / "file").touch()

    with pytest.raises(UsageError, match="cannot be made"):
        run_directory.fresh_directory(tmp_path / "file" / "below")


def test_runs_of_the_same_second_have_folders_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two that begin at once do not mix their records."""
    monkeypatch.chdir(tmp_path)
    now = datetime(2026, 11, 27, tzinfo=UTC)

    assert [str(run_directory.new_directory(now)) for _ in range(3)] == [
        "runs/20261127-000000", "runs/20261127-000000-2", "runs/20261127-000000-3",
    ]  # fmt: skip


def test_a_folder_without_room_is_refused_and_left_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run is told before it begins that its records would not fit."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=99_000_000))

    with pytest.raises(EnvironmentProblem, match="only 99 MB are free, and a run needs 100"):
        run_directory.fresh_directory(tmp_path)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("free", "full"), [(255_999, True), (256_000, False)])
def test_a_run_that_filled_its_disk_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, full: bool
) -> None:
    """Records that could not be written are not taken for cases that never were."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    if not full:
        run_directory.check_not_full(tmp_path)
        return
    with pytest.raises(EnvironmentProblem, match="used up the space"):
        run_directory.check_not_full(tmp_path)
