"""What is in a package is read alike from both formats, without installing it."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest
import rpmfile

from simulator import packaging
from simulator.contract import PackageContents
from simulator.errors import BadInput
from simulator.package_changes import Changes, FileChange
from simulator.package_contents import read_contents
from simulator.packaging import Format, Package, agent_package, build_package, file_name
from simulator.releases import load_releases
from simulator.repackaging import repack
from simulator.rpm_headers import read_rpm, write_rpm

pytestmark = pytest.mark.process

VERIFY_FLAGS, BASES = 1045, 1117  # Source: rpm's rpmtag.h
LARGE_BYTES = 1 << 20
CONFIGURATION = "/etc/azcmagent.conf"


def _read(kind: Format, folder: Path) -> PackageContents:
    releases = load_releases()
    package = agent_package(releases, releases.releases[-1], kind)
    package = replace(
        package, texts={**package.texts, CONFIGURATION: ("a = 1\n", 0o640)}, config_files=frozenset({CONFIGURATION})
    )
    path = folder / file_name(package)
    build_package(package, path)
    return read_contents(path)


@pytest.mark.parametrize("kind", ["deb", "rpm"])
def test_files_have_their_facts(kind: Format, tmp_path: Path) -> None:
    """Kind, mode, owner, content and whether it is configuration."""
    files = {file.path: file for file in _read(kind, tmp_path).files}
    program, configuration = files["/opt/azcmagent/bin/himds"], files[CONFIGURATION]

    assert (program.kind, program.mode, program.owner, program.group) == ("f", "755", "root", "root")
    assert (program.config, len(program.sha256), program.size > 0) == (False, 64, True)
    assert (configuration.mode, configuration.config, configuration.replaced) == ("640", True, False)
    assert files["/opt/azcmagent/bin"].kind == "d"


@pytest.mark.parametrize("kind", ["deb", "rpm"])
def test_what_is_compressed_with_zstd_is_read_alike(
    kind: Format, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Ubuntu's, Fedora's and Red Hat's packages are."""
    plain = _read(kind, tmp_path)
    described = packaging._nfpm_configuration
    zstd = {"deb": {"compression": "zstd"}, "rpm": {"compression": "zstd", "buildhost": "arclab"}}
    monkeypatch.setattr(packaging, "_nfpm_configuration", lambda *arguments: {**described(*arguments), **zstd})
    packed = _read(kind, tmp_path)

    assert (plain.compression, packed.compression) == ("gzip", "zstd")
    assert [file for file in packed.files if file.program] == [file for file in plain.files if file.program] != []
    assert packed.scripts == plain.scripts


@pytest.mark.parametrize(
    ("kind", "scripts", "dependencies"),
    [
        ("deb", {"preinst", "postinst", "prerm", "postrm"}, "depends"),
        ("rpm", {"%pre", "%post", "%preun", "%postun"}, "requires"),
    ],
)  # fmt: skip
def test_scripts_and_dependencies_go_by_the_formats_own_names(
    kind: Format, scripts: set[str], dependencies: str, tmp_path: Path
) -> None:
    """A maintainer finds the words that she wrote."""
    contents = _read(kind, tmp_path)

    assert set(contents.scripts) == scripts
    assert all(text.startswith("#!/bin/sh\n") for text in contents.scripts.values())
    assert "curl" in contents.relations[dependencies]


@pytest.mark.parametrize(
    ("kind", "digests"),
    [("deb", ("files-md5",)), ("rpm", ("header-md5", "header-sha256", "payload-sha256", "files-sha256"))],
)
def test_digests_are_told(kind: Format, digests: tuple[str, ...], tmp_path: Path) -> None:
    """What the package says of itself; neither is signed yet."""
    assert _read(kind, tmp_path).digests == digests


def test_content_that_rpm_does_not_verify_may_vary(tmp_path: Path) -> None:
    """As %verify(not md5) packs it, and of that file alone."""
    contents = _read("rpm", tmp_path)
    path = tmp_path / contents.package.path
    headers = read_rpm(path)
    places = headers.main.numbers(VERIFY_FLAGS)
    names = headers.main.texts(BASES)
    number = names.index(Path(CONFIGURATION).name)
    headers.main.set_numbers(VERIFY_FLAGS, [*places[:number], places[number] & ~1, *places[number + 1 :]])
    write_rpm(headers, path)

    assert [file.path for file in read_contents(path).files if file.varies] == [CONFIGURATION]
    assert not any(file.varies for file in contents.files)


@pytest.mark.parametrize("kind", ["deb", "rpm"])
def test_what_runs_a_program_and_unpacks_the_payload(kind: Format, tmp_path: Path) -> None:
    """Both formats say the same of the same files."""
    contents = _read(kind, tmp_path)
    programs = {file.path: file.program for file in contents.files}

    assert (contents.compression, programs["/opt/azcmagent/bin/himds"]) == ("gzip", "#!/usr/bin/python3")


@pytest.mark.parametrize("kind", ["deb", "rpm"])
def test_what_has_no_content_has_no_mistake_in_it(kind: Format, tmp_path: Path) -> None:
    """A link and a folder whose names say what would be in a file."""
    original = _read(kind, tmp_path).package.path
    changes = Changes(
        files={
            "/opt/a.json": FileChange(link="/opt/b"),
            "/opt/a.xml": FileChange(kind="d"),
            "/opt/b.json": FileChange(content=""),
        }
    )
    repack(tmp_path / original, changes, tmp_path / f"new.{kind}", name="azcmagent")
    files = {file.path: file for file in read_contents(tmp_path / f"new.{kind}").files}

    assert (files["/opt/a.json"].kind, files["/opt/a.xml"].kind) == ("l", "d")
    assert [path for path, file in files.items() if file.mistake] == ["/opt/b.json"]


@pytest.mark.parametrize(("kind", "mistaken"), [("deb", ["/opt/a"]), ("rpm", [])])
def test_a_script_for_sh_is_read_by_what_sh_is_there(kind: Format, mistaken: list[str], tmp_path: Path) -> None:
    """An array is bash's, which is sh where rpms are installed."""
    original = _read(kind, tmp_path).package.path
    changes = Changes(files={"/opt/a": FileChange(content="#!/bin/sh -e\na=(1 2)\n", mode="755")})
    repack(tmp_path / original, changes, tmp_path / f"new.{kind}", name="azcmagent")

    assert [file.path for file in read_contents(tmp_path / f"new.{kind}").files if file.mistake] == mistaken


@pytest.mark.parametrize(
    ("kind", "relations"),
    [("deb", {"depends": ("python3 (>= 3.99)",)}), ("rpm", {"requires": ("python(abi) = 3.99",)})],
)
def test_what_is_for_a_newer_python_is_not_judged(
    kind: Format, relations: dict[str, tuple[str, ...]], tmp_path: Path
) -> None:
    """What the package needs says so."""
    original = _read(kind, tmp_path).package.path
    found = []
    for wanted in ({}, relations):
        changes = Changes(files={"/opt/a.py": FileChange(content="def a(:\n")}, relations=wanted)
        repack(tmp_path / original, changes, tmp_path / f"new.{kind}", name="azcmagent")
        found.append([file.path for file in read_contents(tmp_path / f"new.{kind}").files if file.mistake])

    assert found == [["/opt/a.py"], []]


def test_a_payload_that_cannot_be_unpacked_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its files are known from the headers alone, also those that would have to be JSON."""
    original = _read("rpm", tmp_path).package.path
    changes = Changes(files={"/opt/b.json": FileChange(content="{")})
    repack(tmp_path / original, changes, tmp_path / "new.rpm", name="azcmagent")
    told = [file.path for file in read_contents(tmp_path / "new.rpm").files if file.mistake]

    def refuse(_package: rpmfile.RPMFile) -> None:
        raise NotImplementedError

    monkeypatch.setattr(rpmfile.RPMFile, "getmembers", refuse)
    files = read_contents(tmp_path / "new.rpm").files

    assert told == ["/opt/b.json"]
    assert any(file.path == "/opt/b.json" for file in files)
    assert not any(file.mistake or file.program or file.text for file in files)


@pytest.mark.parametrize("kind", ["deb", "rpm"])
def test_one_file_of_the_payload_is_in_memory_at_a_time(kind: Format, tmp_path: Path) -> None:
    """A package may be larger than the memory of who looks at it."""
    blobs = {f"/opt/a/{number}.bin": bytes(LARGE_BYTES) for number in range(16)}
    path = tmp_path / f"a.{kind}"
    build_package(Package(name="a", version="1.0", format=kind, description="large", blobs=blobs), path)
    tracemalloc.start()
    try:
        files = read_contents(path, name="a").files
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert sum(file.size for file in files if file.kind == "f") == 16 * LARGE_BYTES
    assert peak < 6 * LARGE_BYTES


def test_another_package_is_refused(tmp_path: Path) -> None:
    """The name is part of what a file has to be."""
    releases = load_releases()
    package = agent_package(releases, releases.releases[-1], "deb")
    path = tmp_path / file_name(package)
    build_package(package, path)

    with pytest.raises(BadInput, match="not 'other'"):
        read_contents(path, name="other")


@pytest.mark.parametrize(
    ("text", "is_secret"),
    [
        ("proxy = http://build:Tr0ub4dor@proxy.example.com:3128\n", True),
        ("# proxy = http://build:Tr0ub4dor@proxy.example.com:3128\n", False),
        ("proxy = http://user:password@proxy.example.com http://user:$PASSWORD@proxy.example.com\n", False),
        ("key = AKIAQ2XJ5N7W3K4L6M8P\n", True),
        ("key = AKIA\nurl = http://example.com:80/a@b.c\n", False),
    ],
)
def test_secrets_in_configuration(text: str, is_secret: bool, tmp_path: Path) -> None:
    """A token by its form, and a password in a URL that is no example."""
    releases = load_releases()
    package = agent_package(releases, releases.releases[-1], "deb")
    path = tmp_path / file_name(package)
    build_package(replace(package, texts={**package.texts, CONFIGURATION: (text, 0o640)}), path)

    found = {file.path: file.secret for file in read_contents(path).files}
    assert found[CONFIGURATION] is is_secret
