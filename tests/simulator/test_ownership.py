"""What root writes into another's folder belongs to that one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from simulator.ownership import give_to_owner

NOBODY = 65534


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_files_of_root_go_to_the_folders_owner(tmp_path: Path) -> None:
    """Folders, files and links below the path are given, what links point to and what is beside it is not."""
    target, beside = tmp_path / "elsewhere", tmp_path / "mine" / "beside"
    (tmp_path / "mine" / "out" / "deep").mkdir(parents=True)
    for path in (target, beside, tmp_path / "mine" / "out" / "deep" / "file"):
        path.write_text("")
    (tmp_path / "mine" / "out" / "link").symlink_to(target)
    os.chown(tmp_path / "mine", NOBODY, NOBODY)

    give_to_owner(tmp_path / "mine" / "out")

    given = [path for path in (tmp_path / "mine").rglob("*") if path.lstat().st_uid == NOBODY]
    assert sorted(path.name for path in given) == ["deep", "file", "link", "out"]
    assert target.stat().st_uid == 0


def test_nothing_changes_in_ones_own_folder(tmp_path: Path) -> None:
    """Whoever owns the folder keeps what is in it."""
    (tmp_path / "file").write_text("")

    give_to_owner(tmp_path / "file")

    assert (tmp_path / "file").stat().st_uid == os.geteuid()
