"""Pairs of packages: what apt says is read, what was fetched is kept, and what apt refuses is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import EnvironmentProblem, UsageError
from harness.piuparts.archive import Archive, version_of

#: Stands for apt-get and apt-cache; notes what it is told. An upgraded package has its old version in brackets.
_APT = """#!/bin/sh
echo "$(basename "$0") $*" >> {folder}/typed
case "$*" in
"madison pongd")
    echo ' pongd | 1:2.0-1 | URL trixie/main amd64 Packages'
    echo ' pongd | 1:1.0-1 | URL bookworm/main amd64 Packages' ;;
"madison "*) echo ' pingd | 1.0 | URL trixie/main amd64 Packages' ;;
*--simulate*pongd=1:2.0*)
    echo 'Inst libpong2 (2.0-1 Debian:13/stable [amd64])'
    echo 'Inst pongd (1:2.0-1 Debian:13/stable [amd64])'
    echo 'Conf pongd (1:2.0-1 Debian:13/stable [amd64])' ;;
*--simulate*)
    echo 'Inst libc6 [2.40-1] (2.41-1 Debian:13/stable [amd64])'
    echo 'Inst pongd (1:1.0-1 Debian:12/oldstable [amd64])' ;;
*" download "*) shift 2; for wanted; do : > "$(echo "$wanted" | sed 's/=/_/; s/:/%3a/')_amd64.deb"; done ;;
esac
"""


@pytest.fixture
def apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put another apt in place of the host's; gives the file with what is typed."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("apt-get", "apt-cache"):
        (folder / name).write_text(_APT.format(folder=tmp_path))
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return tmp_path / "typed"


@pytest.mark.process
def test_a_pair_comes_with_what_a_machine_lacks(apt: Path, tmp_path: Path) -> None:
    """Both versions, and what either needs; what the newer one needs is there when the older one is asked about."""
    pair = Archive(tmp_path / "kept", "URL", b"").fetch("pongd")

    assert pair.versions == ("1:2.0-1", "1:1.0-1")
    assert [path.name for path in pair.dependencies] == ["libc6_2.41-1_amd64.deb", "libpong2_2.0-1_amd64.deb"]
    assert "apt-get --simulate --yes install pongd=1:1.0-1 libpong2=2.0-1" in apt.read_text().splitlines()


@pytest.mark.process
def test_the_same_pair_is_fetched_once(apt: Path, tmp_path: Path) -> None:
    """An interrupted run goes on with what it has."""
    first = Archive(tmp_path / "kept", "URL", b"").fetch("pongd")
    apt.unlink()

    assert Archive(tmp_path / "kept", "URL", b"").fetch("pongd") == first
    assert "download" not in apt.read_text()


@pytest.mark.process
@pytest.mark.usefixtures("apt")
def test_a_package_of_one_suite_is_refused(tmp_path: Path) -> None:
    """There is nothing to upgrade from."""
    with pytest.raises(UsageError, match="not in both"):
        Archive(tmp_path / "kept", "URL", b"").fetch("pingd")


@pytest.mark.process
def test_what_apt_refuses_is_told(apt: Path, tmp_path: Path) -> None:
    """Its own words are the hint."""
    program = apt.parent / "bin" / "apt-get"
    program.write_text("#!/bin/sh\necho 'E: no such host' >&2; exit 100\n")

    with pytest.raises(EnvironmentProblem) as error:
        Archive(tmp_path / "kept", "URL", b"")
    assert error.value.hint == "E: no such host"


def test_a_version_is_read_from_a_files_name() -> None:
    """apt writes the colon of an epoch as %3a."""
    assert version_of(Path("x/pongd_1%3a2.0+dfsg-1~deb13u1_amd64.deb")) == "1:2.0+dfsg-1~deb13u1"
