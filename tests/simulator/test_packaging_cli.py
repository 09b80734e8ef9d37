"""Packages that candidates depend on are taken, and what is none is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.cli import main
from simulator.contract import DEPENDENCY, PackageFile, PackageIndex
from simulator.packaging import Package, build_package, read_index, write_index

pytestmark = pytest.mark.process


def _build(path: Path, name: str, version: str = "1.0") -> Path:
    build_package(Package(name=name, version=version, format="deb", description="small"), path)
    return path


def _depend(folder: Path, *files: Path) -> int:
    with pytest.raises(SystemExit) as caught:
        main(["packages", "depend", *map(str, files), "--out", str(folder)])
    return int(caught.value.code or 0)


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """Give a folder with one candidate."""
    folder = tmp_path / "packages"
    folder.mkdir()
    _build(folder / "agent.deb", "agent", "2.0")
    write_index(folder, PackageIndex([PackageFile("agent", "2.0", "candidate", "deb", "agent.deb", "0" * 64, 1)]))
    return folder


def test_dependencies_stand_beside_the_candidate(published: Path, tmp_path: Path) -> None:
    """Several versions of one, too."""
    older, newer = (_build(tmp_path / f"libx{version}.deb", "libx", version) for version in ("1.0", "2.0"))

    status = _depend(published, older, newer)
    found = [(entry.name, entry.version, entry.release) for entry in read_index(published).packages]

    assert status == 0
    assert found == [("agent", "2.0", "candidate"), ("libx", "1.0", DEPENDENCY), ("libx", "2.0", DEPENDENCY)]


@pytest.mark.parametrize(
    ("files", "reference"),
    [
        (("none.deb",), "candidate-missing"),
        (("agent-1.deb",), "dependency-itself"),
        (("libx.deb", "libx.deb"), "dependency-twice"),
    ],
)
def test_what_is_no_dependency_is_refused(
    published: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], files: tuple[str, ...], reference: str
) -> None:
    """With the file, the reason and what to do; nothing is published."""
    _build(tmp_path / "agent-1.deb", "agent", "1.0")
    _build(tmp_path / "libx.deb", "libx")

    status = _depend(published, *(tmp_path / name for name in files))

    assert status == 5
    assert f"{tmp_path / files[-1]}: " in capsys.readouterr().err.splitlines()[0]
    assert len(read_index(published).packages) == 1
