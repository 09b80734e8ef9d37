"""A hostile repository is wrong in what its fault says, and in nothing else. Skipped where gpg is missing."""

from __future__ import annotations

import hashlib
import re
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from debian.deb822 import Packages, Release

from simulator.contract import PackageIndex, RepositoryFault
from simulator.packaging import read_index
from simulator.repository.hostile import build_hostile_tree
from simulator.repository.signing import Signer
from simulator.repository.tree import RepositorySpec

pytestmark = pytest.mark.process

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SPECIFICATION = [RepositorySpec("d", "apt", "config/d.deb", "bookworm")]
INDEX = "d/dists/bookworm/main/binary-amd64/Packages"
Build = Callable[..., Path]


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a folder for the other keys, which are made once."""
    folder = tmp_path_factory.mktemp("k")  # a short path: gpg's agent has a socket there
    yield folder
    for home in folder.iterdir():
        subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=True)


@pytest.fixture
def build(signer: Signer, packages: Path, keys: Path, tmp_path: Path) -> Build:
    """Give a builder of trees with this fault, of the one .deb that there is."""
    index = PackageIndex(packages=[entry for entry in read_index(packages).packages if entry.format == "deb"])

    def write(**fault: object) -> Path:
        build_hostile_tree(
            packages, index, SPECIFICATION, signer, tmp_path / "tree", keys=keys, now=NOW,
            fault=RepositoryFault(**fault),  # type: ignore[arg-type] # of the test's table
        )  # fmt: skip
        return tmp_path / "tree"

    return write


def judged(tree: Path, keyring: Path, gpgv: str) -> str:
    """Give what gpgv tells of the signed metadata."""
    signed = tree / "d" / "dists" / "bookworm" / "InRelease"
    done = subprocess.run([gpgv, "--status-fd", "1", "--keyring", str(keyring), str(signed)],
                          capture_output=True, text=True, check=False)  # fmt: skip
    return done.stdout


@pytest.mark.parametrize(
    ("fault", "pattern"),
    [
        ({}, r"VALIDSIG (\S+ ){7}8 "),  # made with SHA-256
        ({"key": "other"}, "NO_PUBKEY"),
        ({"key": "expired", "offers_key": True}, "NO_PUBKEY"),
        ({"key": "other", "offers_key": True}, "NO_PUBKEY"),
        ({"digest": "SHA1"}, r"VALIDSIG (\S+ ){7}2 "),
    ],
    ids=["none", "other", "expired", "rotated", "weak"],
)
def test_the_signature(
    build: Build, keyring: Path, need_program: Callable[[str], str], fault: dict[str, object], pattern: str
) -> None:
    """With the key that a machine was configured with, gpgv says whose it is, and made with which digest."""
    said = judged(build(**fault), keyring, need_program("gpgv"))

    assert re.search(pattern, said)


def test_the_key_that_is_offered(build: Build, tmp_path: Path, need_program: Callable[[str], str]) -> None:
    """The published keys hold the repository's own and the one that signs, which has expired."""
    tree = build(key="expired", offers_key=True)
    gpg, home = need_program("gpg"), tmp_path / "h"
    home.mkdir(mode=0o700)
    keyring = home / "keyring.gpg"
    text = (tree / "keys" / "microsoft.asc").read_bytes()
    keyring.write_bytes(subprocess.run([gpg, "--homedir", home, "--dearmor"], input=text, capture_output=True,
                                       check=True).stdout)  # fmt: skip
    said = judged(tree, keyring, need_program("gpgv"))

    assert ("EXPKEYSIG" in said, text.count(b"BEGIN PGP PUBLIC KEY")) == (True, 2)
    assert (tree / "config" / "d.deb").exists()  # which brings the keys to machines


def test_fields_of_apt(build: Build) -> None:
    """Other origin, other age, other fields of the newest package; the rest is as ever."""
    tree = build(release={"Origin": "x"}, age_s=86400 * 8, newest={"Phased-Update-Percentage": "0"})
    release = Release((tree / "d/dists/bookworm/Release").read_bytes())
    stanza = next(Packages.iter_paragraphs((tree / INDEX).read_text(), use_apt_pkg=False))

    assert (release["Origin"], release["Suite"]) == ("x", "bookworm")
    assert release["Valid-Until"] == "Wed, 31 Dec 2025 00:00:00 UTC"
    assert (stanza["Phased-Update-Percentage"], stanza["Package"]) == ("0", "azcmagent")


def test_fields_that_apt_has_already(build: Build) -> None:
    """Each is there once, with the fault's value, whatever the case of its name."""
    tree = build(release={"valid-until": "never", "SHA256": "none"}, newest={"Version": "9.9", "sha256": "0"})
    release, index = (tree / "d/dists/bookworm/Release").read_text(), (tree / INDEX).read_text()
    fields = re.findall(r"^(valid-until|sha256|version): ?(.*)$", f"{release}{index}", re.MULTILINE | re.IGNORECASE)

    assert [value for _, value in fields] == ["never", "none", "9.9", "0"]


@pytest.mark.parametrize("what", ["changed", "cut", "gone"])
def test_the_newest_package(build: Build, packages: Path, what: str) -> None:
    """Its file is spoiled where it is served, and whole where it came from; the metadata tell of the whole one."""
    tree = build(package=what)
    stanza = next(Packages.iter_paragraphs((tree / INDEX).read_text(), use_apt_pkg=False))
    served, whole = tree / "d" / stanza["Filename"], packages / Path(stanza["Filename"]).name
    size = served.stat().st_size if served.exists() else -1

    assert hashlib.sha256(whole.read_bytes()).hexdigest() == stanza["SHA256"]
    assert size == {"changed": whole.stat().st_size, "cut": whole.stat().st_size // 2, "gone": -1}[what]
    assert not served.exists() or hashlib.sha256(served.read_bytes()).hexdigest() != stanza["SHA256"]


def test_a_package_that_is_not_listed(build: Build) -> None:
    """It is in neither metadata nor pool."""
    tree = build(listed=False)

    assert ((tree / INDEX).read_text(), list((tree / "d").rglob("*.deb"))) == ("", [])


def test_what_is_gone(build: Build) -> None:
    """Files and folders that a pattern names, and no others."""
    tree = build(without=("**/by-hash", "**/Release.gpg"))

    assert sorted(path.name for path in (tree / "d/dists").rglob("*")) == [
        "InRelease", "Packages", "Packages.gz", "Packages.xz", "Release", "Release", "binary-amd64", "bookworm", "main"
    ]  # fmt: skip


def test_in_the_middle_of_a_change(build: Build) -> None:
    """The signed metadata are those of the tree before the newest package, the indices are new."""
    tree = build(earlier=("**/dists/*/Release",))
    release = Release((tree / "d/dists/bookworm/Release").read_bytes())
    sizes = {item["name"]: int(item["size"]) for item in release["SHA256"]}

    assert sizes["main/binary-amd64/Packages"] == 0
    assert (tree / INDEX).stat().st_size > 0
    assert [path.name for path in tree.parent.glob("earlier*")] == []
