"""An apt repository's Release fits its files, which are there by hash as well. Skipped where gpg is missing."""

from __future__ import annotations

import gzip
import hashlib
import lzma
from datetime import UTC, datetime
from pathlib import Path

import pytest
from debian.deb822 import Packages, Release

from simulator.packaging import read_index
from simulator.repository.apt import write_apt_repository
from simulator.repository.signing import Signer

pytestmark = pytest.mark.process

NOW = datetime(2026, 1, 1, tzinfo=UTC)
INDEX = "main/binary-amd64/Packages"


@pytest.fixture
def dists(signer: Signer, packages: Path, tmp_path: Path) -> Path:
    """Give the folder of the suite of a repository with one package."""
    entries = [(entry, packages / entry.path) for entry in read_index(packages).packages if entry.format == "deb"]
    write_apt_repository(tmp_path, "bookworm", entries, signer, NOW)
    return tmp_path / "dists" / "bookworm"


def test_the_release_fits_the_files(dists: Path) -> None:
    """Every file that the Release lists is there, with the size and the hash it says."""
    listed = Release(dists.joinpath("Release").read_bytes())["SHA256"]
    wrong = [
        item["name"]
        for item in listed
        if hashlib.sha256((dists / item["name"]).read_bytes()).hexdigest() != item["sha256"]
        or (dists / item["name"]).stat().st_size != int(item["size"])
    ]

    assert sorted(item["name"] for item in listed) == sorted(
        [INDEX, f"{INDEX}.gz", f"{INDEX}.xz", "main/binary-amd64/Release"]
    )
    assert wrong == []


def test_the_files_are_there_by_hash(dists: Path) -> None:
    """Each listed file can be fetched by its hash, and the Release says so."""
    release = Release(dists.joinpath("Release").read_bytes())
    folder = dists / "main" / "binary-amd64" / "by-hash" / "SHA256"
    wrong = [
        item["name"]
        for item in release["SHA256"]
        if (folder / item["sha256"]).read_bytes() != (dists / item["name"]).read_bytes()
    ]

    assert (release["Acquire-By-Hash"], wrong) == ("yes", [])


def test_the_release_is_valid_for_a_week(dists: Path) -> None:
    """The dates come from the clock that was given."""
    release = Release(dists.joinpath("Release").read_bytes())

    assert release["Date"] == "Thu, 01 Jan 2026 00:00:00 UTC"
    assert release["Valid-Until"] == "Thu, 08 Jan 2026 00:00:00 UTC"


def test_all_forms_of_the_index_are_one(dists: Path) -> None:
    """The compressed indices unpack to the plain one."""
    plain = (dists / INDEX).read_bytes()

    assert gzip.decompress((dists / f"{INDEX}.gz").read_bytes()) == plain
    assert lzma.decompress((dists / f"{INDEX}.xz").read_bytes()) == plain


def test_the_index_describes_the_package(dists: Path, packages: Path) -> None:
    """The paragraph has the package's own fields, and place, size and hash of its file."""
    stanza = next(Packages.iter_paragraphs((dists / INDEX).read_text(), use_apt_pkg=False))
    path = dists.parents[1] / stanza["Filename"]

    assert (stanza["Package"], stanza["Version"]) == ("azcmagent", "1.28.02260.736")
    assert stanza["Filename"] == "pool/main/a/azcmagent/azcmagent_1.28.02260.736_amd64.deb"
    assert (path.read_bytes(), path.stat().st_size) == ((packages / path.name).read_bytes(), int(stanza["Size"]))
    assert stanza["SHA256"] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_signed_form_holds_the_release(dists: Path) -> None:
    """InRelease is the Release with a signature around it, and Release.gpg is a signature."""
    release = dists.joinpath("Release").read_text()

    assert f"\n\n{release}-----BEGIN PGP SIGNATURE-----\n" in dists.joinpath("InRelease").read_text()
    assert dists.joinpath("Release.gpg").read_text().startswith("-----BEGIN PGP SIGNATURE-----")


def test_paragraphs_are_parted(signer: Signer, packages: Path, tmp_path: Path) -> None:
    """Two packages are two paragraphs."""
    entry = next(entry for entry in read_index(packages).packages if entry.format == "deb")
    write_apt_repository(tmp_path, "bookworm", [(entry, packages / entry.path)] * 2, signer, NOW)
    text = (tmp_path / "dists" / "bookworm" / INDEX).read_text()

    assert len(list(Packages.iter_paragraphs(text, use_apt_pkg=False))) == 2
