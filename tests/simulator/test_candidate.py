"""A candidate that is not what it says is refused with the reason, before anything is published.

Checked with the stand-in's own packages, cut off, damaged and mislabelled. Not checked: packages of other builders.
"""

from __future__ import annotations

import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from debian.debfile import DebFile

from simulator.candidate import inspect_package
from simulator.errors import BadInput
from simulator.packaging import Format, Package, build_package, read_index

pytestmark = pytest.mark.process

FILES: dict[str, str] = {
    "deb": "azcmagent_1.28.02260.736_amd64.deb",
    "rpm": "azcmagent-1.28.02260-755.x86_64.rpm",
}


def refusal(path: Path, name: str = "azcmagent") -> str:
    """Give the reference of the refusal of a file; an empty text when it is taken."""
    try:
        inspect_package(path, name=name)
    except BadInput as error:
        return error.reference if error.place == str(path) else f"{error.reference} without its place"
    return ""


@pytest.fixture
def make_package(tmp_path: Path) -> Callable[..., Path]:
    """Give a maker of small packages."""

    def make(kind: Format, *, name: str = "azcmagent", version: str = "9.9", architecture: str = "amd64") -> Path:
        path = tmp_path / f"made.{kind}"
        package = Package(
            name=name, version=version, format=kind, description="small", architecture=architecture,
            texts={"/usr/share/small": ("x" * 1000, 0o644)},
        )  # fmt: skip
        build_package(package, path)
        return path

    return make


@pytest.mark.parametrize("kind", FILES)
def test_a_good_package_is_described(packages: Path, kind: str) -> None:
    """A whole package gives what the index of built packages says of it, as candidate."""
    found = inspect_package(packages / FILES[kind])
    built = next(entry for entry in read_index(packages).packages if entry.format == kind)

    assert found.release == "candidate"
    assert (found.name, found.version, found.sha256, found.size) == (
        built.name,
        built.version,
        built.sha256,
        built.size,
    )
    assert (found.architecture, found.format) == (built.architecture, built.format)


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("twentieths", range(20))
def test_a_cut_off_package_is_refused(packages: Path, tmp_path: Path, kind: str, twentieths: int) -> None:
    """However much of it came, a package that is not whole is refused."""
    whole = (packages / FILES[kind]).read_bytes()
    path = tmp_path / FILES[kind]
    path.write_bytes(whole[: len(whole) * twentieths // 20])

    assert refusal(path) in ("candidate-corrupt", "candidate-format")


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("missing", [2, 3, 8, 64])
def test_a_package_without_its_last_bytes_is_refused(packages: Path, tmp_path: Path, kind: str, missing: int) -> None:
    """Even two bytes less are noticed; the very last one may be padding."""
    path = tmp_path / FILES[kind]
    path.write_bytes((packages / FILES[kind]).read_bytes()[:-missing])

    assert refusal(path) == "candidate-corrupt"


def whole(archive: tarfile.TarFile) -> bytes:
    """Give an unpacked tar archive."""
    assert archive.fileobj is not None
    archive.fileobj.seek(0)
    return archive.fileobj.read(1 << 24)


def member(name: str, content: bytes) -> bytes:
    """Give a member of an ar archive."""
    return (
        f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(content):<10}`\n".encode()
        + content
        + b"\n" * (len(content) % 2)
    )


@pytest.mark.parametrize(("missing", "expected"), [(0, ""), (512, "candidate-corrupt")], ids=["whole", "cut off"])
def test_an_uncompressed_payload_is_looked_at_too(packages: Path, tmp_path: Path, missing: int, expected: str) -> None:
    """A tar archive without compression has no checksum, and its end may be missing unnoticed by a tar reader."""
    with DebFile(str(packages / FILES["deb"])) as deb:
        parts = {"control.tar": whole(deb.control.tgz()), "data.tar": whole(deb.data.tgz())}
    archive = b"!<arch>\n" + member("debian-binary", b"2.0\n") + b"".join(member(*part) for part in parts.items())
    path = tmp_path / "azcmagent.deb"
    path.write_bytes(archive[: len(archive) - missing])

    assert refusal(path) == expected


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("twentieths", range(10, 20))
def test_a_damaged_package_is_refused(packages: Path, tmp_path: Path, kind: str, twentieths: int) -> None:
    """A payload with other bytes in it is refused."""
    content = bytearray((packages / FILES[kind]).read_bytes())
    place = len(content) * twentieths // 20
    content[place : place + 8] = bytes(byte ^ 0xFF for byte in content[place : place + 8])
    path = tmp_path / FILES[kind]
    path.write_bytes(content)

    assert refusal(path) == "candidate-corrupt"


@pytest.mark.parametrize(
    ("content", "reference"),
    [
        (b"", "candidate-format"),
        (b"PK\x03\x04 a zip", "candidate-format"),
        (b"<html>404</html>", "candidate-format"),
        (b"!<arch>\n", "candidate-corrupt"),
        (b"!<arch>\nnothing of an archive" * 9, "candidate-corrupt"),
        (b"\xed\xab\xee\xdb", "candidate-suffix"),
    ],
    ids=["empty", "zip", "error page", "bare magic", "magic and noise", "rpm magic in a .deb"],
)
def test_what_is_no_package_is_refused(tmp_path: Path, content: bytes, reference: str) -> None:
    """A file that is no package of its suffix is refused."""
    path = tmp_path / "azcmagent.deb"
    path.write_bytes(content)

    assert refusal(path) == reference


def test_an_rpm_of_magic_only_is_refused(tmp_path: Path) -> None:
    """The first bytes do not make a package."""
    path = tmp_path / "azcmagent.rpm"
    path.write_bytes(b"\xed\xab\xee\xdb" + bytes(200))

    assert refusal(path) == "candidate-corrupt"


def test_what_reads_zstd_is_asked_for(packages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is missing, the package is not called corrupt."""
    monkeypatch.setattr("simulator.candidate.shutil.which", lambda _: None)
    path = tmp_path / FILES["deb"]
    path.write_bytes((packages / FILES["deb"]).read_bytes().replace(b"control.tar.gz ", b"control.tar.zst"))

    with pytest.raises(BadInput, match="unzstd") as caught:
        inspect_package(path)
    assert (caught.value.reference, caught.value.hint) == ("candidate-zstd", "apt-get install zstd")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """A path without a file, or with a folder, is refused."""
    assert [refusal(tmp_path / "none.deb"), refusal(tmp_path)] == ["candidate-missing", "candidate-missing"]


@pytest.mark.parametrize(("kind", "suffix"), [("deb", "rpm"), ("rpm", "deb"), ("deb", "zip"), ("rpm", "")])
def test_a_wrong_suffix_is_refused(packages: Path, tmp_path: Path, kind: str, suffix: str) -> None:
    """A package that is called like another kind is refused."""
    path = tmp_path / f"azcmagent.{suffix}".rstrip(".")
    shutil.copyfile(packages / FILES[kind], path)

    assert refusal(path) == "candidate-suffix"


@pytest.mark.parametrize("kind", FILES)
def test_another_package_is_refused(packages: Path, kind: str) -> None:
    """A package of another name than expected is refused."""
    assert refusal(packages / FILES[kind], name="otheragent") == "candidate-name"


@pytest.mark.parametrize(("kind", "version"), [("deb", "9.9"), ("rpm", "9.9-1")])
def test_another_architecture_is_refused(make_package: Callable[..., Path], kind: Format, version: str) -> None:
    """A package for machines that are not here is refused."""
    assert refusal(make_package(kind, version=version, architecture="arm64")) == "candidate-architecture"


@pytest.mark.parametrize(("kind", "version", "expected"), [("deb", "9.9", "all"), ("rpm", "9.9-1", "noarch")])
def test_a_package_for_all_machines_is_taken(
    make_package: Callable[..., Path], kind: Format, version: str, expected: str
) -> None:
    """A package without machine code fits every machine."""
    assert inspect_package(make_package(kind, version=version, architecture="all")).architecture == expected


@pytest.mark.parametrize("kind", FILES)
def test_a_refusal_tells_a_person_what_to_do(packages: Path, tmp_path: Path, kind: str) -> None:
    """The refusal of a broken download says so."""
    path = tmp_path / FILES[kind]
    path.write_bytes((packages / FILES[kind]).read_bytes()[:-100])
    with pytest.raises(BadInput) as caught:
        inspect_package(path)

    assert (caught.value.hint, caught.value.exit_code) == ("Is it a whole download? Compare its checksum.", 5)


def test_an_earlier_name_is_right_where_it_is_expected(make_package: Callable[..., Path]) -> None:
    """Any other one is refused."""
    path = make_package("deb", name="old-agent")

    assert inspect_package(path, formerly=("old-agent",)).name == "old-agent"
    assert refusal(path) == "candidate-name"
