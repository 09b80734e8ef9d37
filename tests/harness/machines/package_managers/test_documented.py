"""The commands are the document's, word for word, and the looks at the package database tell its states apart.

Source: "Managing and maintaining the Connected Machine agent", sections "Installing a specific version of the agent",
"Upgrade the agent" and "Uninstall the agent" (ms.date 03/04/2025). Not checked here: that the real tools accept them.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from harness.errors import LabError
from harness.machines.package_managers import PACKAGE_MANAGERS
from harness.model.distro import Family
from harness.model.environment import Seat

_APT_VERSION = "1.28.02260.736"
_RPM_VERSION = "1.28.02260-755"
_LINUX: list[Family] = ["apt", "yum", "zypper"]


@pytest.mark.parametrize(
    ("family", "version", "commands"),
    [
        (
            "apt",
            _APT_VERSION,
            [
                "sudo apt-cache madison azcmagent",
                "sudo apt install azcmagent=1.28.02260.736",
                "sudo apt update",
                "sudo apt upgrade azcmagent",
                "sudo apt purge azcmagent",
            ],
        ),
        (
            "yum",
            _RPM_VERSION,
            [
                "sudo yum list azcmagent --showduplicates",
                "sudo yum install azcmagent-1.28.02260-755",
                "sudo yum check-update",
                "sudo yum update azcmagent",
                "sudo yum remove azcmagent",
            ],
        ),
        (
            "zypper",
            _RPM_VERSION,
            [
                "sudo zypper search -s azcmagent",
                "sudo zypper install -f azcmagent-1.28.02260-755",
                "sudo zypper refresh",
                "sudo zypper update azcmagent",
                "sudo zypper remove azcmagent",
            ],
        ),
    ],
    ids=["apt", "yum", "zypper"],
)
def test_the_documents_commands(family: Family, version: str, commands: list[str]) -> None:
    """List, install, refresh, upgrade and uninstall stand as the document writes them."""
    manager = PACKAGE_MANAGERS[family]

    assert commands == [
        manager.list_versions("azcmagent").line,
        manager.install("azcmagent", version).line,
        manager.refresh().line,
        manager.upgrade("azcmagent").line,
        manager.uninstall("azcmagent").line,
    ]


@pytest.mark.parametrize(
    ("family", "log"),
    [("apt", "/var/log/dpkg.log"), ("yum", "/var/log/yum.log"), ("zypper", "/var/log/zypper.log")],
)
def test_the_documents_logs(family: Family, log: str) -> None:
    """The document points at one log for each package manager."""
    assert log == PACKAGE_MANAGERS[family].own_log


@pytest.mark.parametrize(
    ("family", "accepted"), [("apt", ()), ("yum", (100,)), ("zypper", ())], ids=["apt", "yum", "zypper"]
)
def test_only_yum_answers_a_refresh_with_more_than_nought(family: Family, accepted: tuple[int, ...]) -> None:
    """`yum check-update` ends with 100 when there are updates, which is no failure."""
    assert accepted == PACKAGE_MANAGERS[family].refresh().accept


@pytest.mark.parametrize("family", _LINUX)
def test_commands_run_as_a_person_who_answers(family: Family) -> None:
    """What asks for confirmation gets an answer, as an ordinary user with sudo would give it."""
    manager = PACKAGE_MANAGERS[family]
    scripts = [manager.install("azcmagent", None), manager.upgrade("azcmagent"), manager.uninstall("azcmagent")]

    assert {(script.user, script.line.partition(" ")[0], script.dialogue[-1][1]) for script in scripts} == {
        ("tester", "sudo", "y")
    }


@pytest.mark.parametrize(
    ("family", "question", "answer"),
    [
        ("apt", "0 upgraded, 1 newly installed.\nDo you want to continue? [Y/n] ", "y"),
        ("yum", "Installed size: 1 M\nIs this ok [y/N]: ", "y"),
        ("zypper", "1 new package to install.\nContinue? [y/n/v/...? shows all options] (y): ", "y"),
    ],
    ids=["apt", "yum", "zypper"],
)
def test_knows_the_question_of_an_installation(family: Family, question: str, answer: str) -> None:
    """Each package manager asks in its own words; the answer is given at the end of the question only."""
    pattern, given = PACKAGE_MANAGERS[family].install("azcmagent", None).dialogue[-1]

    assert (re.search(pattern, question) is not None, given) == (True, answer)
    assert re.search(pattern, f"{question}y\nReading ...") is None


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("  What would you like to do about it ?\n*** pongd.conf (Y/I/N/O/D/Z) [default=N] ? ", "N"),
        ("What do you want to do about modified configuration file pongd.conf? ", "2"),
        ("What do you want to do about the weather? ", None),
    ],
    ids=["dpkg", "ucf", "another"],
)
def test_apt_keeps_what_was_edited(question: str, answer: str | None) -> None:
    """Whichever command changes the package, what an administrator has edited is kept."""
    apt = PACKAGE_MANAGERS["apt"]
    for script in (
        apt.install("pongd", None),
        apt.upgrade("pongd"),
        apt.downgrade("pongd", "1"),
        apt.reinstall("pongd", "1"),
    ):
        given = next((given for pattern, given in script.dialogue if re.search(pattern, question)), None)
        assert given == answer


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("is signed with an unknown key 'DD33'. Continue? [yes/no] (no): ", "no"),
        ("Unblock or discard? [08cb/...? shows all options] (discard): ", "discard"),
        ("Abort, retry, ignore? [a/r/i] (a): ", "a"),
        ("Abort, retry, ignore? [a/r/i/...? shows all options] (a): ", "a"),
    ],
)
def test_zypper_believes_no_stranger(question: str, answer: str) -> None:
    """What it warns of is refused, whichever command asks."""
    for script in (PACKAGE_MANAGERS["zypper"].refresh(), PACKAGE_MANAGERS["zypper"].install("azcmagent", None)):
        assert [given for pattern, given in script.dialogue if re.search(pattern, question)] == [answer]


def test_apt_does_not_follow_a_repository_that_changed_its_name() -> None:
    """It asks, and a person who was told of no change says no."""
    [(pattern, given)] = PACKAGE_MANAGERS["apt"].refresh().dialogue
    question = "Do you want to accept these changes and continue updating from this repository? [y/N] "

    assert (re.search(pattern, question) is not None, given) == (True, "n")


def test_zypper_trusts_a_new_key_once_and_for_all() -> None:
    """The first refresh asks for the repository's key."""
    question = "Do you want to reject the key, trust temporarily, or trust always? [r/t/a/?] (r): "
    dialogue = PACKAGE_MANAGERS["zypper"].refresh().dialogue

    assert [answer for pattern, answer in dialogue if re.search(pattern, question)] == ["a"]


def _shell_with(tmp_path: Path, program: str, body: str, line: str) -> str:
    """Run a shell line where one program is a stand-in; give what it printed."""
    path = tmp_path / program
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-c", line], env=environment, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("echo 'installed 1.2 ok'", ("installed", "1.2")),
        ("echo 'half-configured 1.2 ok'", ("half-installed", "1.2")),
        ("echo 'unpacked 1.2 ok'", ("half-installed", "1.2")),
        ("echo 'half-installed 1.2 reinstreq'", ("half-installed", "1.2")),
        ("echo 'config-files 1.2 ok'", ("absent", "")),
        ("echo 'not-installed '", ("absent", "")),
        ("echo 'no packages found matching azcmagent' >&2; exit 1", ("absent", "")),
    ],
    ids=["installed", "half-configured", "unpacked", "broken", "config-files", "not-installed", "unknown"],
)
@pytest.mark.process
def test_tells_the_states_of_a_deb_apart(tmp_path: Path, status: str, state: tuple[str, str]) -> None:
    """What dpkg-query says becomes one of three states; removed but configured is absent."""
    manager = PACKAGE_MANAGERS["apt"]

    output = _shell_with(tmp_path, "dpkg-query", status, manager.query("azcmagent"))

    assert state == manager.installed(output)


@pytest.mark.process
def test_what_dpkg_was_told_to_leave_out_is_not_missing(tmp_path: Path) -> None:
    """The last pattern that fits a path holds; a file that was changed is told of in any case."""
    settings = tmp_path / "excludes"
    settings.write_text("path-exclude=/usr/share/doc/*\npath-include=/usr/share/doc/*/copyright\n")
    missing = [f"missing     /usr/share/doc/azcmagent/{name}" for name in ("changelog", "copyright")]
    changed = "??5??????   /usr/share/doc/azcmagent/changelog"
    said = "\n".join([*missing, changed])
    line = PACKAGE_MANAGERS["apt"].find_problems("azcmagent").replace("/etc/dpkg/dpkg.cfg.d/*", str(settings))
    (tmp_path / "dpkg-query").write_text("#!/bin/sh\nprintf installed\n")
    (tmp_path / "dpkg-query").chmod(0o755)

    found = _shell_with(tmp_path, "dpkg", f"[ $1 = --audit ] || cat <<'SAID'\n{said}\nSAID", line)

    assert found.splitlines() == [missing[1], changed]


@pytest.mark.parametrize("family", ["yum", "zypper"])
@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("echo 'installed 1-2'", ("installed", "1-2")),
        ("echo 'installed 1-2'; echo 'installed 2-1'", ("half-installed", "installed 1-2 installed 2-1")),
        ("echo 'package azcmagent is not installed'; exit 1", ("absent", "")),
    ],
    ids=["installed", "twice", "absent"],
)
@pytest.mark.process
def test_tells_the_states_of_an_rpm_apart(tmp_path: Path, family: Family, status: str, state: tuple[str, str]) -> None:
    """Two versions at once are an upgrade that did not end."""
    manager = PACKAGE_MANAGERS[family]

    output = _shell_with(tmp_path, "rpm", status, manager.query("azcmagent"))

    assert state == manager.installed(output)


@pytest.mark.parametrize(
    ("family", "line", "form"),
    [
        ("apt", "sudo apt install azcmagent=1.2", "sudo apt --yes install azcmagent=1.2"),
        ("yum", "yum update azcmagent", "yum --assumeyes update azcmagent"),
        ("zypper", "sudo zypper refresh", "sudo zypper --non-interactive --gpg-auto-import-keys refresh"),
        ("apt", "sudo apt-mark hold azcmagent", "sudo apt-mark hold azcmagent"),
        ("apt", "rm packages-microsoft-prod.deb", "rm packages-microsoft-prod.deb"),
    ],
)
def test_the_form_that_asks_nothing(family: Family, line: str, form: str) -> None:
    """Only the package manager's own commands have one."""
    assert PACKAGE_MANAGERS[family].unattended(line) == form


def test_the_job_that_upgrades_by_itself() -> None:
    """It asks nothing, so no switch is put in; where there is none, that is said."""
    apt, yum = PACKAGE_MANAGERS["apt"], PACKAGE_MANAGERS["yum"]

    assert [apt.unattended(script.line) for script in apt.upgrade_unattended()] == [
        "sudo apt-get update", "sudo unattended-upgrade --verbose"
    ]  # fmt: skip
    assert [yum.unattended(script.line) for script in yum.upgrade_unattended()] == ["sudo dnf-automatic"]
    assert '"site=packages.example"' in apt.let_upgrade_unattended("packages.example")
    zypper, msiexec = PACKAGE_MANAGERS["zypper"], PACKAGE_MANAGERS["msiexec"]
    assert [script.line for script in msiexec.upgrade_unattended()] == ["windows-update"]
    for none in (zypper.upgrade_unattended, zypper.set_up_unattended):
        with pytest.raises(LabError, match="no job"):
            none()


@pytest.mark.parametrize("family", _LINUX)
def test_root_needs_no_sudo(family: Family) -> None:
    """Where there is none, no part of any command has it."""
    manager = PACKAGE_MANAGERS[family]
    for script in (manager.hold("azcmagent", release=False), *manager.repair("azcmagent", "1.2", "half-installed")):
        typed = manager.at_seat(script, Seat(sudo=False))

        assert (typed.user, "sudo" in typed.line, "sudo" in script.line) == ("root", False, True)
