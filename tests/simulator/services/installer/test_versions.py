"""Which version the installer installs, from which repository, by which program."""

from __future__ import annotations

import pytest

from tests.simulator.services.installer.doubles import (
    INSTALLS,
    SYSTEMS,
    ZYPPER,
    Install,
)

pytestmark = pytest.mark.process


@pytest.mark.parametrize(
    ("system", "config", "command"),
    [
        ("apt", "debian/12/packages-microsoft-prod.deb", "apt-get -q -y install azcmagent"),
        ("dnf", "rhel/9.0/packages-microsoft-prod.rpm", "dnf -y --setopt=skip_if_unavailable=True install azcmagent"),
        ("zypper", "sles/15/packages-microsoft-prod.rpm",
         "zypper --non-interactive --gpg-auto-import-keys install -y -l azcmagent"),
    ],
)  # fmt: skip
def test_the_newest_version_is_installed(install: Install, system: str, config: str, command: str) -> None:
    """Without options the repository is defined and the newest version comes; nobody is told of a failure."""
    done = install(system=system)

    assert (done.exit, done.code) == (0, "success"), done.stderr
    assert any(call.endswith(f"https://packages.microsoft.com/config/{config}") for call in done.called("curl"))
    assert command in done.calls
    assert not any("PUT" in call for call in done.calls)


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_repository_that_is_defined_stays_as_it_is(install: Install, system: str) -> None:
    """An administrator's definition survives."""
    done = install(system=system, installed=("packages-microsoft-prod",))

    assert done.exit == 0
    assert not any("packages-microsoft-prod" in call for call in done.called("curl"))


@pytest.mark.parametrize(
    ("system", "wanted", "named"),
    [
        ("apt", "1.50", "azcmagent=1.50.10.3"),
        ("apt", "1.50.2.9", "azcmagent=1.50.2.9"),
        ("apt", "1", "azcmagent=1.67.1.5"),
        ("apt", "1.5", "azcmagent=1.5.1.1"),
        ("dnf", "1.50", "azcmagent-1.50.10-3"),
        ("dnf", "1.50.2-9", "azcmagent-1.50.2-9"),
        ("dnf", "1.50.2.9", "azcmagent-1.50.2-9"),
        ("zypper", "1.50", "azcmagent=1.50.10-3"),
        ("zypper", "1.67.1-5", "azcmagent=1.67.1-5"),
    ],
)
def test_the_desired_version_is_the_newest_with_its_parts(
    install: Install, system: str, wanted: str, named: str
) -> None:
    """A partial version means whole parts, and of several releases the newest."""
    done = install("--desiredversion", wanted, system=system)

    assert done.exit == 0, done.stderr
    assert any(call.endswith(named) for call in done.calls)


@pytest.mark.parametrize(
    ("system", "wanted"),
    [("apt", "9.9"), ("dnf", "9.9"), ("zypper", "9.9"), ("apt", "1.6"), ("dnf", "50"), ("apt", "1.67.1.55"),
     ("zypper", "1.67.1.5.0"), ("dnf", ".*")],
)  # fmt: skip
def test_a_version_that_does_not_exist_is_refused(install: Install, system: str, wanted: str) -> None:
    """Nothing is installed, and the service hears of it."""
    done = install("-d", wanted, system=system)

    assert (done.exit, done.code) == (1, "AZCM0147")
    assert not any("install" in call and "azcmagent" in call.split("install", 1)[1] for call in done.calls)
    assert sum("PUT" in call and "AZCM0147" in call for call in done.called("curl")) == 1


@pytest.mark.parametrize(("system", "program"), [("apt", "apt_cache"), ("dnf", "dnf"), ("zypper", "zypper")])
def test_a_repository_that_cannot_be_listed_is_another_failure(install: Install, system: str, program: str) -> None:
    """What cannot be told is not called absent."""
    assert install("-d", "1.50", system=system, **{program: ""}).code == "AZCM0143"


@pytest.mark.parametrize(("system", "word"), [("dnf", "upgrade"), ("zypper", "update"), ("apt", "")])
def test_an_upgrade_is_forced_on_rpm_systems(install: Install, system: str, word: str) -> None:
    """The rpm tools are asked to upgrade as well; apt's install does."""
    done = install("--forceupgrade", system=system, installed=("azcmagent",))

    upgrades = [call for call in done.calls if f" {word or 'upgrade'} " in f"{call} "]
    assert (done.exit, bool(upgrades)) == (0, bool(word))


@pytest.mark.parametrize(("system", "version"), [("apt", "1.50.10.3"), ("dnf", "1.50.10-3"), ("zypper", "1.50.10-3")])
def test_a_desired_version_is_not_upgraded(install: Install, system: str, version: str) -> None:
    """Whoever asks for a version gets that one, forced or not."""
    done = install("-d", "1.50", "--forceupgrade", system=system)

    assert (done.exit, done.code) == (0, "success"), done.stderr
    assert version in str(done.result["message"])
    assert not any(f" {word} " in call for call in done.calls for word in ("upgrade", "update -y"))


@pytest.mark.parametrize("system", SYSTEMS)
def test_another_version_than_the_desired_one_is_no_success(install: Install, system: str) -> None:
    """A package manager that leaves a newer one where it is says that all went well."""
    name = "apt-get" if system == "apt" else system
    keeping = SYSTEMS[system][1][name] + '\necho azcmagent=1.67.1-5 > "$LAB/azcmagent"\n'
    done = install("-d", "1.50", system=system, installed=("azcmagent",), **{name.replace("-", "_"): keeping})

    assert (done.exit, done.code) == (1, "AZCM0143")
    assert "1.67.1-5" in done.stderr


def test_an_epoch_is_part_of_what_zypper_lists_and_not_of_what_rpm_tells(install: Install) -> None:
    """The version is the same."""
    zypper = ZYPPER["zypper"].replace("1.50.10-3", "2:1.50.10-3").replace('"${@: -1}"', "azcmagent-1.50.10-3")

    assert install("-d", "2:1.50", system="zypper", zypper=zypper).code == "success"


@pytest.mark.parametrize("word", ["refresh", "install", "update"])
@pytest.mark.parametrize(
    ("status", "outcome"),
    [(102, "success"), (103, "success"), (106, "success"), (4, "AZCM0143"), (104, "AZCM0143")],
    ids=["reboot needed", "restart needed", "repositories skipped", "failed", "no such package"],
)
def test_what_zypper_only_informs_of_is_no_failure(install: Install, word: str, status: int, outcome: str) -> None:
    """Its statuses above 100 are not all of one kind."""
    zypper = f'{INSTALLS}case " $* " in *" {word} "*) exit {status};; esac'

    assert install("--forceupgrade", system="zypper", zypper=zypper).code == outcome


@pytest.mark.parametrize(
    ("there", "used"), [(("dnf", "tdnf", "yum"), "dnf"), (("tdnf", "yum"), "tdnf"), (("yum",), "yum")]
)
def test_one_of_several_rpm_tools_is_used(install: Install, there: tuple[str, ...], used: str) -> None:
    """dnf before tdnf before yum."""
    done = install(system="dnf", **{name: INSTALLS if name in there else None for name in ("dnf", "tdnf", "yum")})

    assert done.exit == 0, done.stderr
    assert {name for name in there if done.called(name)} == {used}
