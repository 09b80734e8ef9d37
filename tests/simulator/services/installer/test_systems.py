"""Which systems the installer takes, which it refuses, and what it needs of them."""

from __future__ import annotations

import pytest

from tests.simulator.services.installer.doubles import (
    DEBIAN,
    Install,
)

pytestmark = pytest.mark.process


@pytest.mark.parametrize(
    ("release", "code"),
    [
        ("", "AZCM0131"),
        ('NAME="Red Hat Enterprise Linux"\n', "AZCM0133"),
        ('NAME="openSUSE Leap"\nVERSION_ID="15.6"\n', "AZCM0133"),
        ('NAME="Ubuntu"\nVERSION_ID="24.10"\n', "AZCM0133"),
        ('NAME="Debian GNU/Linux"\nVERSION_ID="8"\n', "AZCM0133"),
    ],
    ids=["none", "no version", "not supported", "between two releases", "too old"],
)
def test_a_system_that_is_not_supported_is_refused(install: Install, release: str, code: str) -> None:
    """It is told by its release files alone: another system's package manager does not make it one."""
    done = install(release=release)

    assert (done.exit, done.code) == (1, code)
    assert not done.called("apt-get")


@pytest.mark.parametrize(
    ("release", "path"),
    [
        ('NAME="Oracle Linux Server"\nVERSION_ID="9.3"\n', "rhel/9"),
        ("NAME='Rocky Linux'\nVERSION_ID='10.0'\n", "rhel/10"),
        ('NAME="AlmaLinux"\nVERSION_ID="8.10"\n', "rhel/8"),
        ('NAME="Amazon Linux"\nVERSION_ID="2023"\n', "amazonlinux/2023"),
    ],
)
def test_relatives_have_their_own_repository(install: Install, release: str, path: str) -> None:
    """Each is found by its name and its major version."""
    done = install(system="dnf", release=release)

    assert any(f"/config/{path}/packages" in call for call in done.called("curl")), done.stderr


@pytest.mark.parametrize(
    ("centos", "outcome"),
    [("CentOS Linux release 7.9.2009 (Core)\n", "success"), ("CentOS Stream release 9\n", "AZCM0133")],
)
def test_centos_is_told_by_its_own_file(install: Install, centos: str, outcome: str) -> None:
    """Stream is another system."""
    assert install(system="dnf", centos=centos).code == outcome


@pytest.mark.parametrize(
    ("machine", "release", "outcome"),
    [
        ("aarch64", DEBIAN, "success"),
        ("aarch64", DEBIAN.replace("12", "11"), "AZCM0133"),
        ("riscv64", DEBIAN, "AZCM0132"),
    ],
)
def test_the_processor_counts(install: Install, machine: str, release: str, outcome: str) -> None:
    """Not each supported system is supported on each processor."""
    assert install(release=release, uname=f"[ $1 = -m ] && echo {machine} || echo Linux").code == outcome


def test_the_agent_needs_systemd(install: Install) -> None:
    """A system without it is refused."""
    assert install(systemctl=None).code == "AZCM0130"


@pytest.mark.parametrize(("is_test", "outcome"), [(False, "AZCM0141"), (True, "success")])
def test_a_virtual_machine_of_azure_is_refused(install: Install, *, is_test: bool, outcome: str) -> None:
    """Where the metadata service answers; a test of the agent says so in systemd's environment."""
    assert install(curl="", systemctl="echo MSFT_ARC_TEST=true" if is_test else "").code == outcome


@pytest.mark.parametrize(
    ("status", "code"), [(22, "AZCM0146"), (23, "AZCM0157")], ids=["not there", "may not be written"]
)
def test_the_repositorys_definition_has_to_come(install: Install, status: int, code: str) -> None:
    """A page that says 404 is no package."""
    assert install(curl=f"case $* in *config/*) exit {status};; *169.254*) exit 7;; esac").code == code
