"""The installer is given a package, by its address or its path."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulator.services.installer.doubles import (
    Install,
)

pytestmark = pytest.mark.process


@pytest.mark.parametrize(
    ("system", "address", "fetched"),
    [
        ("apt", "https://x/a.deb", "https://x/a.deb"),
        ("apt", "https://x/a", "https://x/a.deb"),
        ("apt", "https://x/a?sv=1", "https://x/a.deb?sv=1"),
        ("zypper", "https://x/a?sv=1&b=?.rpm", "https://x/a.rpm?sv=1&b=?.rpm"),
        ("dnf", "https://x/a.rpm?token=b.deb", "https://x/a.rpm?token=b.deb"),
        ("zypper", "https://x/a.rpm", "https://x/a.rpm"),
    ],
)
def test_a_package_from_another_address(install: Install, system: str, address: str, fetched: str) -> None:
    """It is fetched from there, with the system's suffix where it has none, and no repository is defined."""
    done = install("--altdownload", address, system=system)

    assert done.exit == 0, done.stderr
    assert any(call.endswith(f" {fetched}") for call in done.called("curl"))
    assert not any("config/" in call for call in done.called("curl"))
    assert any(call.endswith((".deb", ".rpm")) and " install " in call for call in done.calls)


def test_a_package_from_a_path(install: Install, tmp_path: Path) -> None:
    """A file is taken as it is called."""
    (tmp_path / "mine").write_text("package")

    assert install("-a", str(tmp_path / "mine")).exit == 0
    assert install("-a", str(tmp_path / "missing")).code == "AZCM0142"


@pytest.mark.parametrize(
    ("system", "address", "code"), [("dnf", "https://x/a.deb", "AZCM0127"), ("apt", "https://x/a.rpm?x", "AZCM0128")]
)
def test_another_systems_package_is_refused(install: Install, system: str, address: str, code: str) -> None:
    """It is not even downloaded."""
    done = install("-a", address, system=system)

    assert (done.exit, done.code) == (1, code)
    assert not any(address in call and "PUT" not in call for call in done.called("curl"))


@pytest.mark.parametrize(("system", "name", "code"), [("dnf", "a.deb", "AZCM0127"), ("apt", "a.rpm", "AZCM0128")])
def test_another_systems_file_is_refused(install: Install, tmp_path: Path, system: str, name: str, code: str) -> None:
    """As an address is, before the package manager hears of it."""
    (tmp_path / name).write_text("package")
    done = install("-a", str(tmp_path / name), system=system)

    assert (done.exit, done.code) == (1, code)
    assert not any(" install " in call for call in done.calls)


@pytest.mark.parametrize(
    ("system", "address", "programs", "shown"),
    [
        ("dnf", "https://u:canary@x/a.deb?sig=canary", {}, "'https://x/a.deb'"),
        ("apt", "https://canary@x/a.rpm", {}, "'https://x/a.rpm'"),
        ("apt", "https://u:canary@x/a@1?sig=canary@y", {"curl": "exit 22"}, "'https://x/a@1.deb'"),
        ("zypper", "https://canary@x?sig=canary", {"curl": "exit 22"}, "'https://x.rpm'"),
        ("apt", "https://u:canary@x/a?sig=canary#y", {}, "'https://x/a'"),
    ],
)
def test_an_address_is_shown_without_what_may_be_a_secret(
    install: Install, system: str, address: str, programs: dict[str, str], shown: str
) -> None:
    """Neither user nor query are in what is printed, written or told to the service, whatever comes of it."""
    done = install("-a", address, system=system, **programs)
    told = [call for call in done.called("curl") if "PUT" in call]

    assert shown in done.stdout + done.stderr
    assert shown in str(done.result)
    assert "canary" not in "".join([done.stdout, done.stderr, str(done.result), *told])
