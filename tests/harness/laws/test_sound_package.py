"""What is in a package, whatever a machine makes of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from harness.laws.drop_ins import unheeded
from harness.model.state import FileFacts, FileState
from simulator.contract import PackageFormat, PayloadFile
from tests.harness.laws.values import (
    BARE,
    OLD,
    make_state,
    make_transition,
    make_trial,
    payload,
    summaries,
)


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ((), (payload("/usr/local/bin/tool"),), "/usr/local/bin/tool is where no package may put a file"),
        ((), (payload("/run/agent", kind="d"),), ""),
        ((payload("/opt/a", kind="d"),), (payload("/opt/a", kind="l", mode="777", link="/srv"),),
         "/opt/a becomes another kind of file: an upgrade cannot do that"),
        ((payload("/opt/a", kind="l"),), (payload("/opt/a"),), ""),
    ],
    ids=["place", "folder", "kind", "link"],
)  # fmt: skip
def test_files_that_no_package_may_have(
    before: tuple[PayloadFile, ...], after: tuple[PayloadFile, ...], found: str
) -> None:
    """Where they are, and what they are instead of what they were."""
    trial = make_trial(files=after)
    assert trial.old is not None
    trial = replace(trial, old=msgspec.structs.replace(trial.old, files=before))

    assert summaries("sound-package", trial) == [found] * bool(found)


def test_an_unsound_package() -> None:
    """Digests that strict clients demand; configuration that an upgrade would overwrite."""
    no_digest = make_trial(kind="rpm", digests=("header-md5", "header-sha256", "files-sha256"))
    unmarked = make_trial(files=(payload("/etc/agent.conf", mode="644"),))
    replaced = make_trial(files=(payload("/etc/agent.conf", mode="644", config=True, replaced=True),))

    assert [summaries("sound-package", trial) for trial in (no_digest, unmarked, replaced)] == [
        ["the package has no payload-sha256 digest"],
        ["/etc/agent.conf is not marked as configuration: an upgrade overwrites edits"],
        ["an edited /etc/agent.conf gives way to the new one on upgrade"],
    ]


@pytest.mark.parametrize(
    ("kind", "path", "mode", "found"),
    [
        ("deb", "/etc/cron.d/agent.update", "644", "nobody reads a file of that name there"),
        ("rpm", "/etc/cron.d/agent.update", "644", ""),
        ("deb", "/etc/cron.d/agent_update", "664", "nobody reads a file of mode 664 there"),
        ("deb", "/etc/cron.daily/agent", "644", "nobody reads a file of mode 644 there"),
        ("deb", "/etc/cron.daily/agent", "755", ""),
        ("deb", "/etc/cron.daily/agent", "700", ""),
        ("deb", "/etc/apt/apt.conf.d/50agent-1.2.conf", "644", ""),
        ("deb", "/etc/apt/apt.conf.d/agent.pref", "644", "nobody reads a file of that name there"),
        ("rpm", "/etc/logrotate.d/agent", "755", ""),
        ("rpm", "/etc/logrotate.d/agent", "664", "nobody reads a file of mode 664 there"),
        ("rpm", "/etc/logrotate.d/agent", "640", ""),
        ("rpm", "/usr/lib/tmpfiles.d/agent", "644", "nobody reads a file of that name there"),
        ("deb", "/usr/lib/systemd/system/agent", "644", "nobody reads a file of that name there"),
        ("deb", "/usr/lib/systemd/system/agent@.service", "644", ""),
        ("deb", "/etc/systemd/system/agent.service.d/limits", "644", "nobody reads a file of that name there"),
        ("deb", "/etc/sudoers.d/agent.conf", "440", "nobody reads a file of that name there"),
        ("deb", "/etc/sudoers.d/agent", "440", ""),
        ("deb", "/opt/agent/cron.d/a.b", "666", ""),
        ("deb", "/etc/cron.d/.placeholder", "644", ""),
        ("rpm", "/etc/sudoers.d/README", "440", ""),
    ],
)
def test_a_file_that_nobody_reads(kind: PackageFormat, path: str, mode: str, found: str) -> None:
    """The program whose folder it is in passes over it, by its name or by its mode."""
    assert unheeded(payload(path, mode=mode), kind) == found


@pytest.mark.parametrize(
    "path", ["/opt/a/.git/config", "/opt/a/b.orig", "/opt/a/b~", "/opt/a/.b.swp", "/opt/a/core.12"]
)
def test_what_is_left_of_the_making(path: str) -> None:
    """It is told of a file that the previous release has not."""
    told = f"{path} is left over from the making of the package"
    trial = make_trial(files=(payload(path),))
    known = replace(trial, old=trial.new)

    assert (summaries("sound-package", trial), summaries("sound-package", known)) == ([told], [])


def test_a_file_that_nobody_reads_is_told() -> None:
    """By the law, with the reason."""
    trial = make_trial(files=(payload("/usr/lib/sysctl.d/agent", mode="644"),))

    assert summaries("sound-package", trial) == [
        "/usr/lib/sysctl.d/agent is ignored: nobody reads a file of that name there"
    ]


@pytest.mark.parametrize(
    ("program", "mode", "architecture", "found"),
    [
        ("ELF aarch64", "755", "amd64", "is a program for aarch64, in a package for amd64"),
        ("ELF x86-64", "755", "amd64", ""),
        ("ELF x86-64", "755", "all", "is a program for x86-64, in a package for all"),
        ("ELF aarch64", "644", "amd64", ""),
        ("ELF aarch64", "755", "", ""),
        ("#!/home/builder/venv/bin/python3", "755", "all", "needs an interpreter that is where no package puts one"),
        ("#!/usr/bin/env python3", "755", "all", ""),
    ],
)
def test_a_program_that_no_machine_runs(program: str, mode: str, architecture: str, found: str) -> None:
    """Of another processor, or with the interpreter of whoever built it; what is no program is only data."""
    trial = make_trial(files=(payload("/opt/a", mode=mode, program=program),))
    entry = msgspec.structs.replace(trial.new.package, architecture=architecture)
    trial = replace(trial, new=msgspec.structs.replace(trial.new, package=entry))

    assert summaries("sound-package", trial) == [f"/opt/a {found}"] * bool(found)


@pytest.mark.parametrize(
    ("now", "before", "found"),
    [
        ({"mistake": "line 1: x"}, {}, "has a mistake, and what reads it gives up"),
        ({"mistake": "line 1: x"}, {"mistake": "line 2: x"}, ""),
        ({"secret": True}, {}, "holds a key, a token or a password, which is nobody's secret then"),
        ({"secret": True}, {"secret": True}, ""),
        ({"text": "0 3 * *\n"}, {}, "is not understood: no job of cron has this form: 0 3 * *"),
        ({"text": "0 3 * *\n"}, {"text": "0 3 * *\n"}, ""),
    ],
    ids=["mistake", "mistaken before", "key", "had a key before", "text", "had that text before"],
)
def test_what_files_hold(now: dict[str, Any], before: dict[str, Any], found: str) -> None:
    """What the previous release's held too is not told again."""
    path = "/etc/cron.d/azcmagent"
    trial = make_trial(files=(payload(path, mode="644", config=True, **now),))
    assert trial.old is not None
    older = msgspec.structs.replace(trial.old, files=(payload(path, mode="644", config=True, **before),))

    assert summaries("sound-package", replace(trial, old=older)) == [f"{path} {found}"] * bool(found)


def test_a_file_that_moved_below_usr_is_known() -> None:
    """With its mistake; and a folder that becomes a file there is one all the same."""
    trial = make_trial(files=(payload("/usr/lib/a.json", mistake="line 1"), payload("/usr/lib/b")))
    assert trial.old is not None
    before = (payload("/lib/a.json", mistake="line 1"), payload("/lib/b", kind="d"))
    older = msgspec.structs.replace(trial.old, files=before)

    assert summaries("sound-package", replace(trial, old=older)) == [
        "/usr/lib/b becomes another kind of file: an upgrade cannot do that"
    ]


def test_accounts_are_those_of_the_machine_that_has_the_package() -> None:
    """Of its own or of others; an account of another machine does not count."""
    job = payload("/etc/cron.d/azcmagent", mode="644", config=True, text="@daily himds true\n@daily nobody2 true\n")
    step = make_transition("install", BARE, make_state())

    assert summaries("sound-package", make_trial(step, files=(job,))) == [
        f"{job.path} is not understood: it names nobody2, who is neither an account nor a group of the machine"
    ]


def test_one_place_that_has_two_names() -> None:
    """/lib is a link to /usr/lib on today's machines; folders may be named both ways."""
    there = (payload("/lib/a.so"), payload("/usr/lib/a.so"), payload("/lib", kind="d"), payload("/usr/lib", kind="d"))

    assert summaries("sound-package", make_trial(files=there)) == [
        "/lib/a.so is in the package as /usr/lib/a.so too, which is the same place"
    ]


JOB = "/etc/cron.d/azcmagent_autoupgrade"


@pytest.mark.parametrize(
    ("text", "mode", "told"),
    [
        ("17 3 * * * root true\n", "644", []),
        ("17 3 * * * nobody-here true\n", "644",
         ["is not understood: it names nobody-here, who is neither an account nor a group of the machine"]),
        ("17 3 * * * root true\n", "664", ["is ignored: nobody reads a file of mode 664 there"]),
    ],
)  # fmt: skip
def test_what_a_script_writes_for_others_to_read(text: str, mode: str, told: list[str]) -> None:
    """It is read as what is delivered is, but for what the previous release has written too, or an administrator."""
    files = {JOB: FileState(None, FileFacts("f", mode, "0:0", text=text))}
    new, old = make_state(files=files), make_state(files=files, installed=OLD)
    step = make_transition("upgrade", old, new)

    assert summaries("sound-package", make_trial(step)) == [f"{JOB} {problem}" for problem in told]
    assert not summaries("sound-package", make_trial(make_transition("install", BARE, old), step))
    assert not summaries("sound-package", make_trial(msgspec.structs.replace(step, edited=(JOB,))))


@pytest.mark.parametrize(
    ("line", "is_told"),
    [
        ("d /var/opt/azcmagent/certs - - - 10d", True),
        ("D /var/opt/azcmagent/certs", True),
        ("d /var/opt/azcmagent/certs 0750 himds himds -", False),
        ("d /var/opt/azcmagent/log - - - 10d", False),
        ("d /var/cache/other - - - 10d", False),
        ('d "/var/opt/azcmagent/my certs" - - - 10d', True),
        ("D /var/opt - - - 1d", True),
        ("e /var - - - 10d", True),
        ("R /var/opt/azc*", True),
        ("r! /var/opt/azcmagent/certs/*.pem", True),
        ("r /var/opt", False),
        ("d /var/opt 0755 root root -", False),
        ("R /var/opt/other*", False),
        ("x /var/opt/azcmagent/certs - - - 10d", False),
        ("X /var/opt/azcmagent - - - 10d", False),
        ("r /var/opt/azcmagent/*.pid", False),
        ("r! /var/opt/azcmagent/certs/a.lock", False),
        ("d /var/opt/azcmagent/cache 0755 root root 7d", False),
    ],
)
def test_data_that_systemd_deletes(line: str, is_told: bool) -> None:
    """By their age or at each boot; logs and what is no data of the product may go."""
    path = "/usr/lib/tmpfiles.d/azcmagent.conf"

    found = summaries("sound-package", make_trial(files=(payload(path, mode="644", text=f"{line}\n"),)))
    assert found == [f"{path} lets systemd delete the product's data: {line}"] * is_told


@pytest.mark.parametrize(
    ("path", "text", "told"),
    [
        ("/etc/cron.d/agent", "1 2 * * * root /opt/azcmagent/bin/report --all\n", "/opt/azcmagent/bin/report"),
        ("/etc/cron.d/agent", "1 2 * * * root /opt/azcmagent/bin/himds\n", ""),
        ("/etc/cron.d/agent", "# /opt/azcmagent/bin/report\n1 2 * * * root /opt/azcmagent/data/report\n", ""),
        ("/etc/cron.d/agent", "1 2 * * * root /opt/azcmagent/bin/$NAME; ls /opt/azcmagent/bin/*\n", ""),
        ("/etc/sudoers.d/agent", "himds ALL=(root) NOPASSWD: /opt/azcmagent/bin/report\n", "/opt/azcmagent/bin/report"),
        ("/etc/azcmagent/agent.conf", "/opt/azcmagent/bin/report\n", ""),
    ],
)
def test_a_program_that_a_file_names_and_that_is_not_there(path: str, text: str, told: str) -> None:
    """Beside programs of the package alone can that be known; what the previous release named too is no news."""
    named = payload(path, text=text, config=True, mode="440")
    trial = make_trial(files=(payload(), named))
    assert trial.old is not None
    old = msgspec.structs.replace(trial.old, files=(payload(), named))
    known = replace(trial, old=old)

    found = [told for told in summaries("sound-package", trial) if " names " in told]
    assert found == [f"{path} names {told}, which is not there"] * bool(told)
    assert not [told for told in summaries("sound-package", known) if " names " in told]


def test_a_device_in_a_package() -> None:
    """Is none of what a package may hold, and neither is a pipe."""
    files = (payload("/opt/azcmagent/pipe", kind="p"), payload("/opt/azcmagent/link", kind="l", link="/opt"))

    told = ["/opt/azcmagent/pipe is no file, folder or link"]
    assert summaries("sound-package", make_trial(files=files)) == told
