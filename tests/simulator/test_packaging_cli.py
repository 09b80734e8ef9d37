"""Candidates and what they depend on are taken, and what is none is refused with nothing changed."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from simulator.cli import main
from simulator.contract import DEPENDENCY, PackageFile, PackageIndex
from simulator.packaging import Package, build_package, read_index, write_index

pytestmark = pytest.mark.process


def _build(path: Path, name: str, version: str = "1.0") -> Path:
    build_package(Package(name=name, version=version, format="deb", description="small"), path)
    return path


def _packages(command: str, folder: Path, *files: Path, words: tuple[str, ...] = ()) -> int:
    with pytest.raises(SystemExit) as caught:
        main(["packages", command, *map(str, files), "--out", str(folder), *words])
    return int(caught.value.code or 0)


def _depend(folder: Path, *files: Path) -> int:
    return _packages("depend", folder, *files)


def _add(folder: Path, *files: Path) -> int:
    return _packages("add", folder, *files, words=("--name", "agent", "--alone"))


def _tree(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


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


def test_a_candidate_alone_takes_the_place_of_its_format(published: Path, tmp_path: Path) -> None:
    """What others are published stays."""
    _depend(published, _build(tmp_path / "libx.deb", "libx"))

    status = _add(published, _build(tmp_path / "old.deb", "agent", "1.0"))

    assert status == 0
    assert [(entry.path, entry.version) for entry in read_index(published).packages] == [
        ("libx.deb", "1.0"), ("old.deb", "1.0")
    ]  # fmt: skip
    assert set(_tree(published)) == {"index.json", "libx.deb", "old.deb"}


def test_a_candidate_may_be_the_published_file(published: Path) -> None:
    """It is left where it is."""
    content = (published / "agent.deb").read_bytes()

    status = _add(published, published / "agent.deb")

    assert (status, (published / "agent.deb").read_bytes()) == (0, content)
    assert [entry.sha256 for entry in read_index(published).packages] == [sha256(content).hexdigest()]


def test_a_file_that_was_given_is_kept(published: Path, tmp_path: Path) -> None:
    """Also where it is given by another name, under which it is published then."""
    content = (published / "agent.deb").read_bytes()
    (tmp_path / "new.deb").symlink_to(published / "agent.deb")

    status = _add(published, tmp_path / "new.deb")

    assert status == 0
    assert [entry.path for entry in read_index(published).packages] == ["new.deb"]
    assert (published / "agent.deb").read_bytes() == (published / "new.deb").read_bytes() == content
    assert not (published / "new.deb").is_symlink()


def test_a_file_that_is_replaced_keeps_its_other_names(published: Path, tmp_path: Path) -> None:
    """A cache shares the content of what it keeps with the folder."""
    before = (published / "agent.deb").read_bytes()
    (tmp_path / "cached").hardlink_to(published / "agent.deb")
    new = _build(tmp_path / "agent.deb", "agent", "3.0")

    status = _add(published, new)

    assert status == 0
    assert ((tmp_path / "cached").read_bytes(), (published / "agent.deb").read_bytes()) == (before, new.read_bytes())


def test_two_releases_may_have_files_of_one_name(published: Path, tmp_path: Path) -> None:
    """Each is published as what it is."""
    old = _build(tmp_path / "agent.deb", "agent", "2.0")
    _packages("add", published, old, words=("--name", "agent", "--release", "previous", "--alone"))
    (tmp_path / "new").mkdir()
    new = _build(tmp_path / "new" / "agent.deb", "agent", "3.0")

    status = _packages("add", published, new, words=("--name", "agent"))
    packages = read_index(published).packages

    assert status == 0
    assert [(entry.release, entry.path) for entry in packages] == [
        ("previous", "agent.deb"), ("candidate", "candidate-agent.deb")
    ]  # fmt: skip
    assert [(published / entry.path).read_bytes() for entry in packages] == [old.read_bytes(), new.read_bytes()]


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize("second", ["bad.rpm", "none.rpm", "twice.deb"])
def test_nothing_changes_where_one_of_several_candidates_is_refused(
    published: Path, tmp_path: Path, alone: bool, second: str
) -> None:
    """Neither the files nor the index."""
    _build(tmp_path / "new.deb", "agent", "3.0")
    _build(tmp_path / "twice.deb", "agent", "4.0")
    (tmp_path / "bad.rpm").write_bytes(b"no package")
    before = _tree(published)
    words = ("--name", "agent", "--release", "next", *(["--alone"] if alone else []))

    status = _packages("add", published, tmp_path / "new.deb", tmp_path / second, words=words)

    assert (status, _tree(published)) == (5, before)
