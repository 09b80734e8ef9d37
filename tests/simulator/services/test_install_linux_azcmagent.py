"""The Linux installer decides, refuses and reports as docs/wire/installer.md says, whatever stands around it.

It runs in a system made of doubles: each program that it may call writes down how it was called. That real package
managers do what they are told, the scenarios of `onboarding/` show.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

import simulator.services.his

pytestmark = pytest.mark.process

_SCRIPT = Path(simulator.services.his.__file__).with_name("install_linux_azcmagent.sh")
_REAL = ("awk", "bash", "cat", "cp", "env", "grep", "head", "mktemp", "rm", "sed", "seq", "sort", "tail", "tr", "touch")
_DOUBLE = '#!/bin/bash\necho "${0##*/} $*" >> "$LAB/calls"\n'
_RHEL = 'NAME="Red Hat Enterprise Linux"\nVERSION_ID="9.4"\n'
_SLES = 'NAME="SLES"\nVERSION_ID="15.6"\n'
_DEBIAN = 'NAME="Debian GNU/Linux"\nVERSION_ID="12"\n'
_INSTALLS = 'case " $* " in *" install "* | *" up"*" azcmagent ") echo "${@: -1}" > "$LAB/azcmagent";; esac\n'
_IS_THERE = '[ -e "$LAB/${@: -1}" ]'
_ITS_VERSION = "sed 's/^azcmagent[=-]//' \"$LAB/${@: -1}\""
_APT = {
    "apt-get": _INSTALLS,
    "dpkg": 'touch "$LAB/packages-microsoft-prod"',
    "dpkg-query": f"{_IS_THERE} && case $* in *Version*) {_ITS_VERSION};; *) echo installed;; esac",
    "apt-cache": "printf ' azcmagent | %s | https://x Packages\\n' 1.67.1.5 1.50.2.9 1.50.10.3 1.5.1.1",
}
_RPM = {
    "rpm": f'case $* in *VERSION*) {_ITS_VERSION};; -q*) {_IS_THERE};; -i*) touch "$LAB/packages-microsoft-prod";; esac'
}
_DNF = {
    **_RPM,
    "dnf": _INSTALLS + "case \" $* \" in *' list '*) echo Available Packages;"
    " printf 'azcmagent.x86_64 %s x\\n' 0:1.50.2-9 1.50.10-3 1.67.1-5;; esac",
}
_ZYPPER = {
    **_RPM,
    "zypper": _INSTALLS + "case \" $* \" in *' search '*) echo 'S | Name | Type | Version | Arch | Repository';"
    " printf '  | azcmagent | package | %s | x86_64 | x\\n' 1.50.2-9 1.50.10-3 1.67.1-5;; esac",
}
_SYSTEMS = {"apt": (_DEBIAN, _APT), "dnf": (_RHEL, _DNF), "zypper": (_SLES, _ZYPPER)}


class Done(NamedTuple):
    """How the installer ended: exit status, outputs, the programs it called, and the result that it wrote."""

    exit: int
    stdout: str
    stderr: str
    calls: list[str]
    result: dict[str, object]

    @property
    def code(self) -> str:
        """Give the code of the written error, or the status without one."""
        error = self.result.get("error")
        return str(error["code"]) if isinstance(error, dict) else str(self.result["status"])

    def called(self, program: str) -> list[str]:
        """Give the calls of one program."""
        return [call for call in self.calls if call.startswith(f"{program} ")]


Install = Callable[..., Done]


@pytest.fixture
def install(tmp_path: Path) -> Install:
    """Give a runner of the installer in a system of doubles.

    `system` names a family of `_SYSTEMS`; `release` is /etc/os-release instead of the family's, "" for none; `programs`
    are bodies of doubles beside the family's, None takes a program away.
    """

    def run(
        *options: str,
        system: str = "apt",
        release: str | None = None,
        centos: str = "",
        installed: tuple[str, ...] = (),
        output: bool = True,
        environment: dict[str, str] | None = None,
        **programs: str | None,
    ) -> Done:
        lab, etc, programs_folder = (tmp_path / name for name in ("lab", "etc", "bin"))
        for folder in (lab, etc, programs_folder):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
        family_release, family = _SYSTEMS[system]
        text = family_release if release is None else release
        for name, content in (("os-release", text), ("centos-release", centos)):
            if content:
                (etc / name).write_text(content)
        doubles: dict[str, str | None] = {
            "id": "echo 0", "uname": "[ $1 = -m ] && echo x86_64 || echo Linux", "systemctl": "", "sleep": "",
            "curl": "case $* in *169.254*) exit 7;; esac", "azcmagent": "", **family,
            **{name.replace("_", "-"): body for name, body in programs.items()},
        }  # fmt: skip
        for name in {*_REAL} - {*doubles}:
            (programs_folder / name).symlink_to(str(shutil.which(name)))
        for name, body in doubles.items():
            if body is not None:
                with (programs_folder / name).open("x") as double:  # never through a link to the real program
                    double.write(_DOUBLE + body)
                (programs_folder / name).chmod(0o755)
        for name in installed:
            (lab / name).touch()
        script = tmp_path / "install.sh"
        script.write_text(_SCRIPT.read_text().replace("/etc/", f"{etc}/"))
        result = tmp_path / "result.json"
        result.unlink(missing_ok=True)
        done = subprocess.run(
            [str(programs_folder / "bash"), str(script), *options, *(["--output", str(result)] if output else [])],
            capture_output=True, text=True, check=False, timeout=60,
            env={"PATH": str(programs_folder), "LAB": str(lab), "TMPDIR": str(tmp_path), **(environment or {})},
        )  # fmt: skip
        calls = (lab / "calls").read_text().splitlines() if (lab / "calls").exists() else []
        written = json.loads(result.read_text()) if result.exists() else {}
        return Done(done.returncode, done.stdout, done.stderr, calls, written)

    return run


# What is installed


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


@pytest.mark.parametrize("system", _SYSTEMS)
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


@pytest.mark.parametrize("system", _SYSTEMS)
def test_another_version_than_the_desired_one_is_no_success(install: Install, system: str) -> None:
    """A package manager that leaves a newer one where it is says that all went well."""
    name = "apt-get" if system == "apt" else system
    keeping = _SYSTEMS[system][1][name] + '\necho azcmagent=1.67.1-5 > "$LAB/azcmagent"\n'
    done = install("-d", "1.50", system=system, installed=("azcmagent",), **{name.replace("-", "_"): keeping})

    assert (done.exit, done.code) == (1, "AZCM0143")
    assert "1.67.1-5" in done.stderr


def test_an_epoch_is_part_of_what_zypper_lists_and_not_of_what_rpm_tells(install: Install) -> None:
    """The version is the same."""
    zypper = _ZYPPER["zypper"].replace("1.50.10-3", "2:1.50.10-3").replace('"${@: -1}"', "azcmagent-1.50.10-3")

    assert install("-d", "2:1.50", system="zypper", zypper=zypper).code == "success"


@pytest.mark.parametrize("word", ["refresh", "install", "update"])
@pytest.mark.parametrize(
    ("status", "outcome"),
    [(102, "success"), (103, "success"), (106, "success"), (4, "AZCM0143"), (104, "AZCM0143")],
    ids=["reboot needed", "restart needed", "repositories skipped", "failed", "no such package"],
)
def test_what_zypper_only_informs_of_is_no_failure(install: Install, word: str, status: int, outcome: str) -> None:
    """Its statuses above 100 are not all of one kind."""
    zypper = f'{_INSTALLS}case " $* " in *" {word} "*) exit {status};; esac'

    assert install("--forceupgrade", system="zypper", zypper=zypper).code == outcome


@pytest.mark.parametrize(
    ("there", "used"), [(("dnf", "tdnf", "yum"), "dnf"), (("tdnf", "yum"), "tdnf"), (("yum",), "yum")]
)
def test_one_of_several_rpm_tools_is_used(install: Install, there: tuple[str, ...], used: str) -> None:
    """dnf before tdnf before yum."""
    done = install(system="dnf", **{name: _INSTALLS if name in there else None for name in ("dnf", "tdnf", "yum")})

    assert done.exit == 0, done.stderr
    assert {name for name in there if done.called(name)} == {used}


# A package of one's own


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


# The proxy


def test_a_proxy_is_for_downloads_packages_and_agent(install: Install) -> None:
    """Each that fetches something is told, and the agent keeps it."""
    done = install("--proxy", "http://p:3128", env='echo "$*" >> "$LAB/calls"; exec /usr/bin/env "$@"')

    assert done.exit == 0, done.stderr
    assert all("--proxy http://p:3128" in call or "169.254" in call for call in done.called("curl"))
    assert "azcmagent config set proxy.url http://p:3128" in done.calls
    assert all("https_proxy=http://p:3128" in call for call in done.calls if "LC_ALL=C" in call)
    assert "http_proxy=" not in " ".join(done.calls).replace("https_proxy=", "")


def test_an_empty_proxy_clears_the_agents(install: Install) -> None:
    """And without the option the agent's setting is left alone."""
    assert "azcmagent config clear proxy.url" in install("--proxy", "").calls
    assert install().called("azcmagent") == []


def test_a_proxy_that_the_agent_refuses_is_a_failure(install: Install) -> None:
    """The package is installed, and still the agent would not get out."""
    assert install("--proxy", "http://p", azcmagent="exit 23").code == "AZCM0069"


# Refusals


@pytest.mark.parametrize("options", [["--verbose"], ["extra"], ["--desiredversion", "1.50", "-x"]])
def test_an_unknown_argument_is_refused(install: Install, options: list[str]) -> None:
    """Nothing is called but for the report; the result is written wherever --output stands."""
    done = install(*options)

    assert (done.exit, done.code) == (1, "AZCM0129")
    assert "Usage:" in done.stderr
    assert not done.called("apt-get")


def test_an_option_without_its_value_is_refused(install: Install) -> None:
    """The last one's is not guessed."""
    done = install("--proxy", output=False)

    assert done.exit == 1
    assert "AZCM0129: The option '--proxy' needs a value." in done.stderr


@pytest.mark.parametrize(
    "options",
    [("--proxy", "--forceupgrade"), ("-d", "-p", ""), ("--tempdir", "--altdownload", "/x"), ("-e", "-"), ("-a", "-x")],
)
def test_the_next_option_is_no_value(install: Install, options: tuple[str, ...]) -> None:
    """It is named whose value is missing, and the result is written where a later option says."""
    done = install(*options)

    assert (done.exit, done.code) == (1, "AZCM0129")
    assert f"The option '{options[0]}' needs a value." in done.stderr
    assert not done.called("apt-get")


def test_help_does_nothing_else(install: Install) -> None:
    """It names each option."""
    done = install("--help")

    assert (done.exit, done.calls, done.result) == (0, [], {})
    for option in ("proxy", "output", "altdownload", "althisendpoint", "tempdir", "desiredversion", "forceupgrade"):
        assert f"--{option}" in done.stdout


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
        ("aarch64", _DEBIAN, "success"),
        ("aarch64", _DEBIAN.replace("12", "11"), "AZCM0133"),
        ("riscv64", _DEBIAN, "AZCM0132"),
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


@pytest.mark.parametrize("system", _SYSTEMS)
def test_a_failed_package_manager_is_no_success(install: Install, system: str) -> None:
    """Also that of rpm systems; and neither is one that says it has installed what is not there."""
    name = "apt-get" if system == "apt" else system
    failing = {name.replace("-", "_"): 'case " $* " in *" install "*) exit 4;; esac'}

    assert install(system=system, **failing).code == "AZCM0143"
    assert install(system=system, **{name.replace("-", "_"): ""}).code == "AZCM0143"


@pytest.mark.parametrize(("held_for", "outcome"), [(0, "success"), (3, "success"), (99, "AZCM0145")])
def test_a_lock_is_waited_for(install: Install, held_for: int, outcome: str) -> None:
    """Five minutes, in which unattended upgrades may end."""
    tries = f'echo x >> "$LAB/tries"; [ $(sed -n "$=" "$LAB/tries") -gt {held_for} ]'
    body = tries + ' || { echo "E: Could not get lock /var/lib/dpkg/lock-frontend" >&2; exit 100; }\n'
    done = install(apt_get=body + _INSTALLS)

    assert done.code == outcome
    assert len(done.called("sleep")) == min(held_for, 30)


@pytest.mark.parametrize(
    "error",
    [
        "dpkg frontend lock was locked by another process with pid 7",
        "dpkg frontend is locked by another process",
        "dpkg status database is locked by another process",
    ],
)
@pytest.mark.parametrize(("held_for", "outcome"), [(3, "success"), (99, "AZCM0145")])
def test_a_lock_of_dpkg_is_waited_for(install: Install, error: str, held_for: int, outcome: str) -> None:
    """The repository's definition is installed without apt, and waits as long."""
    tries = f'echo x >> "$LAB/tries"; [ $(sed -n "$=" "$LAB/tries") -gt {held_for} ]'
    done = install(dpkg=f'{tries} || {{ echo "dpkg: error: {error}" >&2; exit 2; }}\n{_APT["dpkg"]}')

    assert done.code == outcome
    assert len(done.called("sleep")) == min(held_for, 30)


def test_a_definition_that_dpkg_refuses_is_not_tried_again(install: Install) -> None:
    """Only a lock is worth waiting for."""
    done = install(dpkg='echo "dpkg: error: it is no package" >&2; exit 1')

    assert (done.code, len(done.called("dpkg")), done.called("sleep")) == ("AZCM0143", 1, [])
    assert "it is no package" in done.stderr


def test_the_temporary_folder_has_to_be_one(install: Install, tmp_path: Path) -> None:
    """Downloads go there when it is."""
    assert install("--tempdir", str(tmp_path / "nowhere")).code == "AZCM0129"
    assert any(
        f"-o {tmp_path}/packages-microsoft-prod.deb" in call for call in install("-t", str(tmp_path)).called("curl")
    )


# Reports


def test_a_failure_says_what_it_was_run_for(install: Install) -> None:
    """The service hears of the portal's variables, at the host that was asked for; the text is cut."""
    variables = {"subscriptionId": "s-1", "resourceGroup": 'g "1"', "correlationId": "c-1"}
    done = install(
        "--althisendpoint", "https://his.example", "-d", "9" * 600, environment=variables, installed=("azcmagent",)
    )
    call = next(call for call in done.called("curl") if "PUT" in call)
    told = json.loads(call[call.index("{") : call.rindex("}") + 1])

    assert call.endswith("https://his.example/log")
    assert (told["subscriptionId"], told["resourceGroup"], told["operation"]) == ("s-1", 'g "1"', "upgrading")
    assert (told["messageType"], len(told["message"])) == ("AZCM0147", 500)


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
@pytest.mark.parametrize("character", ["é", "€", "😀"])
@pytest.mark.parametrize("before", range(4))
def test_a_report_is_cut_between_characters(install: Install, locale: str, character: str, before: int) -> None:
    """Wherever the limit falls, and whatever the locale."""
    wanted = "9" * before + character * 600
    done = install("-d", wanted, environment={"LC_ALL": locale})
    call = next(call for call in done.called("curl") if "PUT" in call)
    told = json.loads(call[call.index("{") : call.rindex("}") + 1])["message"]

    assert f"The version '{wanted}".startswith(told)
    assert 500 - len(character.encode()) < len(told.encode()) <= 500


def test_a_result_is_json_whatever_it_quotes(install: Install) -> None:
    """Quotes, backslashes and line ends of an option come back as text."""
    done = install("--desiredversion", 'a"b\\c\td\n')

    assert done.result["error"] == {
        "code": "AZCM0147", "message": "The version 'a\"b\\c d ' of azcmagent is not in the repository.",
    }  # fmt: skip


def test_who_is_not_root_uses_sudo(install: Install) -> None:
    """Only what needs it."""
    done = install(id="echo 1000", sudo='exec "$@"')

    assert done.exit == 0, done.stderr
    assert any(call.endswith("apt-get -q -y install azcmagent") for call in done.called("sudo"))
    assert not any("curl" in call for call in done.called("sudo"))


def test_wget_does_where_curl_is_missing(install: Install) -> None:
    """Downloads, the question for Azure's metadata, and reports."""
    done = install("-d", "9", curl=None, wget="case $* in *169.254*) exit 4;; esac")

    assert done.code == "AZCM0147"
    assert [("169.254" in call, "config/" in call, "/log" in call) for call in done.called("wget")] == [
        (True, False, False), (False, True, False), (False, False, True),
    ]  # fmt: skip
