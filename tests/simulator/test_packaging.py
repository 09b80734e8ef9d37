"""The stand-in's packages have the agent's names and numbers, say that they are stand-ins, and are reproducible."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from debian.debfile import DebFile

from simulator.errors import BadInput, SimulatorError
from simulator.packaging import (
    AGENT,
    FORMATS,
    Format,
    Package,
    agent_package,
    base_system,
    build_package,
    build_packages,
    file_name,
    read_index,
)
from simulator.releases import load_releases

pytestmark = pytest.mark.process

DEB = "azcmagent_1.28.02260.736_amd64.deb"
RPM = "azcmagent-1.28.02260-755.x86_64.rpm"


def agent(name: str, kind: Format) -> Package:
    """Give the stand-in's package of a release."""
    releases = load_releases()
    return agent_package(releases, releases.select((name,))[0], kind)


def test_names_are_the_published_ones(packages: Path) -> None:
    """The files are called as apt's pool and the yum repository call them."""
    found = sorted(path.name for path in packages.iterdir())

    assert found == sorted([DEB, RPM, "index.json"])


def test_the_index_describes_the_files(packages: Path) -> None:
    """Each entry has the version in its format's own form, and the size of its file."""
    found = [(entry.format, entry.version, entry.architecture) for entry in read_index(packages).packages]
    sizes = [(packages / entry.path).stat().st_size == entry.size for entry in read_index(packages).packages]

    assert found == [("deb", "1.28.02260.736", "amd64"), ("rpm", "1.28.02260-755", "x86_64")]
    assert sizes == [True, True]


def test_dpkg_reads_the_control_file(packages: Path, need_program: Callable[[str], str]) -> None:
    """dpkg itself sees name, version and architecture, and a description that says stand-in."""
    command = [
        need_program("dpkg-deb"),
        "--field",
        str(packages / DEB),
        "Package",
        "Version",
        "Architecture",
        "Description",
    ]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert told.startswith(
        "Package: azcmagent\nVersion: 1.28.02260.736\nArchitecture: amd64\nDescription: Stand-in for"
    )


def test_rpm_reads_the_header(packages: Path, need_program: Callable[[str], str]) -> None:
    """Rpm itself sees name, version, release and architecture, a description that says stand-in, and whole digests."""
    rpm = need_program("rpm")
    form = "%{NAME} %{VERSION} %{RELEASE} %{ARCH} %{DESCRIPTION}"
    command = [rpm, "--query", "--package", "--queryformat", form, str(packages / RPM)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    check = [rpm, "--checksig", "--nosignature", str(packages / RPM)]
    digests = subprocess.run(check, capture_output=True, text=True, check=False)

    assert told.startswith("azcmagent 1.28.02260 755 x86_64 Stand-in for")
    assert digests.stdout.strip().endswith("digests OK")


def test_same_inputs_give_the_same_bytes(packages: Path, tmp_path: Path) -> None:
    """A second build of a release gives the same files, byte for byte."""
    build_packages(tmp_path, ("1.28",))
    same = {name: (tmp_path / name).read_bytes() == (packages / name).read_bytes() for name in (DEB, RPM, "index.json")}

    assert same == {DEB: True, RPM: True, "index.json": True}


def test_a_cache_gives_the_same_bytes(packages: Path, tmp_path: Path) -> None:
    """What comes from the cache is what was built."""
    build_packages(tmp_path / "one", ("1.28",), cache=tmp_path / "cache")
    build_packages(tmp_path / "two", ("1.28",), cache=tmp_path / "cache")

    assert len(list((tmp_path / "cache").iterdir())) == 2
    assert (tmp_path / "two" / DEB).read_bytes() == (packages / DEB).read_bytes()


def test_time_stamps_are_the_releases_date(packages: Path) -> None:
    """No file in the package tells when it was built."""
    with DebFile(str(packages / DEB)) as deb:
        times = {member.mtime for member in deb.data.tgz().getmembers()}

    assert times == {1_677_628_800}  # 2023-03-01T00:00:00Z


@pytest.mark.parametrize(
    ("path", "mode"),
    [
        ("./opt/azcmagent/bin/azcmagent", 0o755),
        ("./opt/azcmagent/bin/himds", 0o755),
        ("./opt/azcmagent/bin/azcmagent_proxy", 0o755),
        ("./opt/GC_Ext/GC/gc_linux_service", 0o755),
        ("./opt/GC_Service/GC/gc_linux_service", 0o755),
        ("./usr/lib/systemd/system/himdsd.service", 0o644),
        ("./usr/lib/systemd/system.conf.d/azcmagent.conf", 0o644),
        ("./opt/azcmagent/datafiles/release.json", 0o644),
    ],
)
def test_files_belong_to_root_with_their_modes(packages: Path, path: str, mode: int) -> None:
    """Programs are executable, other files are not; all belong to root."""
    with DebFile(str(packages / DEB)) as deb:
        member = deb.data.tgz().getmember(path)

    assert (member.mode & 0o7777, member.uname, member.gname) == (mode, "root", "root")


@pytest.mark.parametrize("kind", FORMATS)
def test_a_package_knows_its_own_release(kind: Format) -> None:
    """The file that tells the agent what it is has the number with four parts, in either format."""
    facts = json.loads(agent("1.28", kind).texts["/opt/azcmagent/datafiles/release.json"][0])
    last = {"deb": "736", "rpm": "755"}[kind]

    assert (facts["version"], facts["release"], facts["format"]) == (f"1.28.02260.{last}", "1.28", kind)
    assert "config-mode" in facts["features"]
    assert "gateway" not in facts["features"]


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("release", [release.name for release in load_releases().releases])
def test_scripts_are_filled_in(release: str, kind: Format) -> None:
    """No maintainer script has a placeholder left, and each is a shell script."""
    scripts = agent(release, kind).scripts
    left = [
        name for name, text in scripts.items() if "@" in text.replace("$@", "") or not text.startswith("#!/bin/sh\n")
    ]

    assert (sorted(scripts), left) == (["postinst", "postrm", "preinst", "prerm"], [])


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("script", ["preinst", "postinst", "prerm", "postrm"])
def test_scripts_can_be_read_by_a_shell(script: str, kind: Format) -> None:
    """A shell finds no mistake in the syntax of a maintainer script."""
    text = agent("1.67", kind).scripts[script]
    done = subprocess.run(["sh", "-n"], input=text, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("release", "kind", "expected"),
    [("1.50", "deb", '"no" = yes'), ("1.57", "deb", '"yes" = yes'), ("1.36", "rpm", '"no" = yes')],
)
def test_arcproxy_is_enabled_from_its_release_on(release: str, kind: Format, expected: str) -> None:
    """Only releases from 1.51 on enable the proxy service on a fresh install."""
    assert expected in agent(release, kind).scripts["postinst"]


@pytest.mark.parametrize(("kind", "passwd"), [("deb", "passwd"), ("rpm", "shadow-utils")], ids=["deb", "rpm"])
def test_dependencies(kind: Format, passwd: str) -> None:
    """The known dependencies of the real package are there, and what the stand-in itself needs."""
    assert agent("1.67", kind).depends == ["curl", "systemd", passwd, "python3", "openssl"]


def test_every_source_file_is_packed() -> None:
    """No module of the agent is forgotten, and nothing but the release differs between packages of a format."""
    texts = agent("1.67", "deb").texts
    sources = {f"/opt/azcmagent/lib/{path.relative_to(AGENT / 'src')}" for path in (AGENT / "src").rglob("*.py")}

    assert sources <= texts.keys()
    assert {path for path in texts if texts[path] != agent("1.28", "deb").texts[path]} == {
        "/opt/azcmagent/datafiles/release.json"
    }


def test_file_names() -> None:
    """A package for all architectures is named `all` in a .deb and `noarch` in an .rpm."""
    assert file_name(base_system([])) == "arclab-base-system-1-1.noarch.rpm"


def test_a_missing_index_is_an_error_for_a_person(tmp_path: Path) -> None:
    """A folder without index is named."""
    with pytest.raises(BadInput) as caught:
        read_index(tmp_path)

    assert (caught.value.reference, caught.value.place) == ("index-unreadable", str(tmp_path / "index.json"))


def test_a_package_that_cannot_be_built_leaves_nothing(tmp_path: Path) -> None:
    """nfpm's refusal is told, and no part of a file is left."""
    package = Package(name="", version="", format="deb", description="")
    with pytest.raises(SimulatorError) as caught:
        build_package(package, tmp_path / "x.deb")

    assert (caught.value.reference, list(tmp_path.iterdir())) == ("nfpm-failed", [])
