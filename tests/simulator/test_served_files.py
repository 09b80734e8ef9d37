"""Only files inside the folder are served, whatever the path says."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.served_files import find_served


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a file, a folder, a link that leads out, and a file outside."""
    base = tmp_path_factory.mktemp("base")
    root = base / "served"
    (root / "inner").mkdir(parents=True)
    (root / "inner" / "file").write_text("in")
    (base / "outside").write_text("out")
    (root / "link").symlink_to(base / "outside")
    return root


@pytest.mark.parametrize("path", ["inner/file", "/inner/file", "//inner/file", "inner/../inner/file"])
def test_files_are_found(root: Path, path: str) -> None:
    """A path finds its file, with and without a slash before it."""
    assert find_served(root, path) == root.resolve() / "inner" / "file"


@pytest.mark.parametrize(
    "path",
    ["", "/", "inner", "none", "../outside", "link", "inner/file/more", "a\0b", "x" * 300],
    ids=["empty", "slash", "folder", "absent", "outside", "link", "below a file", "zero byte", "long name"],
)
def test_nothing_else_is(root: Path, path: str) -> None:
    """Folders, absent files, files outside and impossible names are not served."""
    assert find_served(root, path) is None


@given(path=st.text(max_size=80))
def test_no_path_leads_out(root: Path, path: str) -> None:
    """Any text finds a file inside, or none."""
    found = find_served(root, path)

    assert found is None or found.is_relative_to(root.resolve())
