"""A bundle has everything, the same bytes twice, nothing of its host, and refuses to be changed."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from harness.bundles.packing import open_bundle, pack_bundle
from harness.errors import UsageError


def _names(bundle: Path) -> set[str]:
    with tarfile.open(bundle) as archive:
        return set(archive.getnames())


def test_has_records_texts_and_packages(run_directory: Path, tmp_path: Path) -> None:
    """Whoever gets the bundle has all that the run was and was given."""
    record = pack_bundle(run_directory, tmp_path / "b.tar.gz")

    assert _names(tmp_path / "b.tar.gz") == {
        "bundle.json", "packages/candidate/new.deb", "run/run.json", "run/cases/upgrade-a.debian-12/case.json",
        "run/inputs/inputs.json", "run/inputs/product.toml", "run/inputs/scenarios/upgrade/a.yaml",
    }  # fmt: skip
    assert record.outcome == "pass"
    assert record.versions["images"] == {"debian-12": "arclab/debian-12:0a1b"}


def test_the_same_run_gives_the_same_bytes(run_directory: Path, tmp_path: Path) -> None:
    """So its hash can be published."""
    for name in ("one", "two"):
        pack_bundle(run_directory, tmp_path / name)

    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_tells_nothing_of_its_host(run_directory: Path, tmp_path: Path) -> None:
    """A bundle goes to others: no path, no owner, no time."""
    pack_bundle(run_directory, tmp_path / "b.tar.gz")
    open_bundle(tmp_path / "b.tar.gz", tmp_path / "unpacked")

    texts = [path.read_bytes() for path in (tmp_path / "unpacked").rglob("*") if path.is_file()]
    assert not any(str(tmp_path).encode() in text for text in texts)
    with tarfile.open(tmp_path / "b.tar.gz") as archive:
        assert {(entry.uid, entry.uname, entry.mtime) for entry in archive} == {(0, "", 0)}


def test_leaves_packages_out_when_asked(run_directory: Path, tmp_path: Path) -> None:
    """Their hashes stay."""
    record = pack_bundle(run_directory, tmp_path / "b.tar.gz", with_packages=False)

    assert "packages/candidate/new.deb" not in _names(tmp_path / "b.tar.gz")
    assert [package.name for package in record.packages] == ["new.deb"]


@pytest.mark.parametrize("content", [b"another", None], ids=["another", "gone"])
def test_refuses_a_package_that_is_no_longer_the_same(
    run_directory: Path, candidate: Path, tmp_path: Path, content: bytes | None
) -> None:
    """A proof of something else is none, and no half archive is left."""
    candidate.unlink() if content is None else candidate.write_bytes(content)

    with pytest.raises(UsageError, match="no longer the candidate"):
        pack_bundle(run_directory, tmp_path / "b.tar.gz")

    assert not list(tmp_path.glob("*b.tar.gz*"))


def test_refuses_a_folder_that_is_no_run(tmp_path: Path) -> None:
    """With the reason."""
    with pytest.raises(UsageError, match="no record of a run"):
        pack_bundle(tmp_path, tmp_path / "b.tar.gz")


@pytest.mark.parametrize("how", ["changed", "added", "gone"])
def test_a_changed_bundle_is_refused(run_directory: Path, tmp_path: Path, how: str) -> None:
    """Whatever was done to it, by the name of the file."""
    pack_bundle(run_directory, tmp_path / "b.tar.gz")
    with tarfile.open(tmp_path / "b.tar.gz") as archive:
        archive.extractall(tmp_path / "open", filter="data")
    file = tmp_path / "open" / "run" / ("more.json" if how == "added" else "run.json")
    file.unlink() if how == "gone" else file.write_text("{}")
    with tarfile.open(tmp_path / "b.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "open", arcname=".")

    with pytest.raises(UsageError, match=file.name):
        open_bundle(tmp_path / "b.tar.gz", tmp_path / "again")


@pytest.mark.parametrize("content", [b"", b"no archive", None], ids=["empty", "text", "missing"])
def test_what_is_no_bundle_is_refused(tmp_path: Path, content: bytes | None) -> None:
    """By its name."""
    path = tmp_path / "b.tar.gz"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(UsageError, match="no proof bundle"):
        open_bundle(path, tmp_path / "open")


def test_an_archive_that_would_write_elsewhere_is_refused(tmp_path: Path) -> None:
    """A bundle comes from others."""
    path = tmp_path / "b.tar.gz"
    (tmp_path / "bundle.json").write_text("{}")
    with tarfile.open(path, "w:gz") as archive:
        archive.add(tmp_path / "bundle.json", arcname="../../outside")

    with pytest.raises(UsageError, match="no proof bundle"):
        open_bundle(path, tmp_path / "deep" / "open")

    assert not (tmp_path / "outside").exists()
