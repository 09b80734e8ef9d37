"""The host's apt configuration is read in both of its formats, and gives the mirrors for a bootstrap."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.settings import Settings
from harness.substrate.bootstrap import Mirrors, find_mirrors, host_sources

_DEB822 = """# Debian's own
Types: deb
# a comment in a stanza
URIs: http://deb.example/debian/
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb deb-src
URIs: http://security.example/debian-security
Suites: bookworm-security
Components: main
"""


def _apt(folder: Path, **files: str) -> Path:
    (folder / "sources.list.d").mkdir()
    for name, text in files.items():
        path = folder / "sources.list" if name == "sources" else folder / "sources.list.d" / name.replace("_", ".")
        path.write_text(text)
    return folder


@pytest.mark.parametrize(
    ("text", "sources"),
    [
        ("deb http://a/debian bookworm main\n", [("http://a/debian", "bookworm")]),
        ("deb http://a/debian/ bookworm main contrib\n", [("http://a/debian", "bookworm")]),
        ("deb [arch=amd64 signed-by=/k.gpg] http://a/d trixie main\n", [("http://a/d", "trixie")]),
        ("deb\t[ trusted=yes ]\thttp://a/d\ttrixie\tmain\n", [("http://a/d", "trixie")]),
        ("  deb http://a/d sid main # why\n", [("http://a/d", "sid")]),
        ("deb-src http://a/d sid main\n", []),
        ("# deb http://a/d sid main\n#deb http://a/d sid main\n", []),
        ("deb cdrom:[Debian]/ sid main\n\ngarbage\n", [("cdrom:[Debian]", "sid")]),
        ("deb http://a/d sid main\ndeb http://b/d sid main\n", [("http://a/d", "sid"), ("http://b/d", "sid")]),
    ],
    ids=["plain", "slash", "options", "tabs", "comment after", "source", "comments", "odd", "two"],
)
def test_reads_one_line_sources(tmp_path: Path, text: str, sources: list[tuple[str, str]]) -> None:
    """Options are skipped; commented lines and source packages are no sources."""
    assert sources == host_sources(_apt(tmp_path, sources=text))


@pytest.mark.parametrize(
    ("text", "sources"),
    [
        (
            _DEB822,
            [
                ("http://deb.example/debian", "bookworm"),
                ("http://deb.example/debian", "bookworm-updates"),
                ("http://security.example/debian-security", "bookworm-security"),
            ],
        ),
        ("Types: deb\nURIs: http://a/d\nSuites: sid\nEnabled: no\n", []),
        ("Types: deb\nURIs: http://a/d\nSuites: sid\nEnabled: yes\n", [("http://a/d", "sid")]),
        ("Types: deb-src\nURIs: http://a/d\nSuites: sid\n", []),
        (
            "types: deb\nuris:\n http://a/d\n# old: c\n http://b/d\nsuites: sid\n",
            [("http://a/d", "sid"), ("http://b/d", "sid")],
        ),
        (
            "Types: deb\nURIs: http://a/d\nSuites: sid\n \n\nTypes: deb\nURIs: http://b/d\nSuites: sid\n",
            [("http://a/d", "sid"), ("http://b/d", "sid")],
        ),
        (
            "Types: deb\nURIs: http://a/d\nSuites: sid\nSigned-By:\n -----BEGIN PGP-----\n .\n URIs: x\n",
            [("http://a/d", "sid")],
        ),
        ("", []),
        ("Types: deb\n", []),
    ],
    ids=["several", "disabled", "enabled", "source", "continued", "blank with spaces", "key inside", "empty", "half"],
)
def test_reads_deb822_sources(tmp_path: Path, text: str, sources: list[tuple[str, str]]) -> None:
    """Stanzas, continued lines, comments and switched-off sources are understood."""
    assert sources == host_sources(_apt(tmp_path, debian_sources=text))


def test_reads_every_file(tmp_path: Path) -> None:
    """The main list comes first, then the folder's, in the order of their names; other suffixes are no sources."""
    apt = _apt(
        tmp_path,
        sources="deb http://1/d sid main\n",
        b_list="deb http://3/d sid main\n",
        a_list="deb http://2/d sid main\n",
        c_save="deb http://4/d sid main\n",
        z_sources="Types: deb\nURIs: http://5/d\nSuites: sid\n",
    )

    assert [uri for uri, _ in host_sources(apt)] == ["http://1/d", "http://2/d", "http://3/d", "http://5/d"]


def test_a_host_without_apt_has_no_sources(tmp_path: Path) -> None:
    """Other systems are asked as well."""
    assert (host_sources(tmp_path / "none"), find_mirrors(Settings(Path("/s")), tmp_path)) == ([], None)


def test_finds_archive_and_security(tmp_path: Path) -> None:
    """Both archives are told apart by their suites."""
    found = find_mirrors(Settings(Path("/s")), _apt(tmp_path, debian_sources=_DEB822))

    assert found == Mirrors("http://deb.example/debian", "http://security.example/debian-security")


@pytest.mark.parametrize(
    "text",
    ["deb http://a/ubuntu noble main\n", "deb http://a/debian bookworm-backports main\n", "deb http://a/x ./ main\n"],
    ids=["ubuntu", "backports only", "flat"],
)
def test_other_archives_are_no_debian_mirror(tmp_path: Path, text: str) -> None:
    """What has no Debian release in it cannot be bootstrapped from."""
    assert find_mirrors(Settings(Path("/s")), _apt(tmp_path, sources=text)) is None


@pytest.mark.parametrize(
    ("setting", "mirrors"),
    [
        ("http://m/debian", Mirrors("http://m/debian", "http://m/debian-security")),
        ("file:/srv/mirror", Mirrors("file:/srv/mirror", "")),
    ],
    ids=["with security", "alone"],
)
def test_the_setting_wins(tmp_path: Path, setting: str, mirrors: Mirrors) -> None:
    """A mirror that is set replaces the host's, and its security archive is beside it where the name allows."""
    apt = _apt(tmp_path, debian_sources=_DEB822)

    assert mirrors == find_mirrors(Settings(Path("/s"), debian_mirror=setting), apt)


@pytest.mark.parametrize(
    ("mirrors", "lines"),
    [
        (Mirrors("http://a", ""), ["deb http://a bookworm main", "deb http://a bookworm-updates main"]),
        (
            Mirrors("http://a", "http://s"),
            ["deb http://a bookworm main", "deb http://a bookworm-updates main", "deb http://s bookworm-security main"],
        ),
    ],
    ids=["archive", "and security"],
)
def test_writes_sources_for_a_suite(mirrors: Mirrors, lines: list[str]) -> None:
    """A suite comes with its updates, and with security where there is some."""
    assert lines == mirrors.sources("bookworm")


def test_other_peoples_repositories_are_no_mirror(tmp_path: Path) -> None:
    """A vendor's repository under Debian's suite name is not taken for Debian's archive, whatever comes first."""
    apt = _apt(
        tmp_path,
        sources="deb http://vendor/debian/12/prod bookworm main\ndeb http://docker/linux/debian bookworm stable\n"
        "deb http://mirror/debian bookworm main\ndeb http://mirror/debian bookworm-updates main\n"
        "deb http://mirror/debian-security bookworm-security main\n",
    )

    assert find_mirrors(Settings(Path("/s")), apt) == Mirrors("http://mirror/debian", "http://mirror/debian-security")
