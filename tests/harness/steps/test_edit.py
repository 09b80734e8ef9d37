"""What an administrator does to files, by the script itself on files of this host."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from harness.context import Context
from harness.machines.package_managers import PACKAGE_MANAGERS
from harness.machines.service_managers import SERVICE_MANAGERS
from harness.machines.session import Completed
from harness.model.scenario import Edit
from harness.steps import edit
from harness.steps.edit import READ_BY_PROGRAMS, edit_script


def _narrowed(
    tmp_path: Path, *, owner: str = "root:root", runs_as_others: bool = False, text: str = "port = 1\n"
) -> tuple[str, str]:  # fmt: skip
    """Edit a file that belongs to somebody; gives what was printed and the file's mode."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "stat").write_text(f"#!/bin/sh\necho {owner}\n")
    (programs / "stat").chmod(0o755)
    edited = tmp_path / "pongd.conf"
    edited.write_text(text)
    edited.chmod(0o644)
    script = edit_script(f"echo {edited}", "true", (), "", runs_as_others=runs_as_others)
    environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True, env=environment)

    assert edited.read_text() == "port = 1\n# an administrator was here\n"
    return done.stdout, f"{edited.stat().st_mode & 0o777:o}"


@pytest.mark.process
@pytest.mark.parametrize(
    ("owner", "runs_as_others", "mode"),
    [
        ("root:root", False, "640"),
        ("root:root", True, "444"),
        ("root:pongd", True, "640"),
        ("pongd:pongd", True, "640"),
    ],
    ids=["root's service", "a service that is not root", "its group's file", "its own file"],
)
def test_a_narrowed_file_can_still_be_read_by_who_runs(
    tmp_path: Path, owner: str, runs_as_others: bool, mode: str
) -> None:
    """A service that is not root would not start again without its configuration, which is nobody's defect."""
    edited = f"{tmp_path}/pongd.conf"

    printed = f"{edited}\n{edited}.administrator\n"  # a copy of the administrator's
    assert _narrowed(tmp_path, owner=owner, runs_as_others=runs_as_others) == (printed, mode)


@pytest.mark.process
@pytest.mark.parametrize(
    ("path", "is_read"),
    [
        ("/etc/apt/apt.conf.d/50agent", True),
        ("/etc/dbus-1/system.d/agent.conf", True),
        ("/etc/NetworkManager/dispatcher.d/agent", True),
        ("/etc/agent/conf.d/agent.conf", True),
        ("/etc/apache2/conf-available/agent.conf", True),
        ("/etc/cron.daily/agent", True),
        ("/etc/default/agent", True),
        ("/etc/agent/agent.conf", False),
        ("/etc/agent.conf", False),
        ("/opt/agent/conf.d/agent.conf", False),
    ],
)
def test_where_programs_would_read_a_copy(path: str, is_read: bool) -> None:
    """It would be configuration too, and not only an administrator's memory."""
    matches = subprocess.run(["bash", "-c", f"[[ $0 =~ {READ_BY_PROGRAMS} ]]", path], check=False)

    assert (matches.returncode == 0) is is_read


@pytest.mark.process
def test_a_last_line_without_an_end_stays_a_line(tmp_path: Path) -> None:
    """The comment begins a line of its own, as every editor has it."""
    _narrowed(tmp_path, text="port = 1")


@pytest.mark.process
@pytest.mark.parametrize("lists", [("false | true", "true"), ("true", "exit 3"), ("true", "echo /etc/a/b; false")])
def test_a_list_that_cannot_be_made_is_no_empty_list(lists: tuple[str, str]) -> None:
    """Nothing would be edited, and all edits would survive."""
    script = edit_script(*lists, (), "", runs_as_others=False)

    assert subprocess.run(["bash", "-c", script], capture_output=True, check=False).returncode != 0


@pytest.mark.process
def test_a_package_without_folders_of_its_own_can_be_edited() -> None:
    """There is none to narrow."""
    script = edit_script("true", "echo /usr/bin/a", (), "echo edited", runs_as_others=False)

    assert subprocess.run(["bash", "-c", script], capture_output=True, check=True).stdout == b"edited\n"


class _Machine:
    """A machine whose commands end with these statuses, each having printed a path."""

    package_manager, services = PACKAGE_MANAGERS["apt"], SERVICE_MANAGERS["systemd"]

    def __init__(self, *statuses: int) -> None:
        self.ran: list[str] = []
        self._statuses = iter(statuses)

    def run(self, line: str) -> Completed:
        self.ran.append(line)
        return Completed(next(self._statuses), "/etc/agent.conf\n", "", 0.1)


@pytest.mark.parametrize(("status", "count", "edited"), [(0, 2, ("/etc/agent.conf",)), (23, 1, ())])
def test_a_command_that_fails_is_the_last(
    make_context: Callable[..., Context], status: int, count: int, edited: tuple[str, ...]
) -> None:
    """By which a step is judged."""
    context, machine = make_context(), _Machine(status, 0)
    context.machine = cast("Any", machine)
    context.product = msgspec.structs.replace(context.product, edit_command=("agent", "config", "set"))

    edit.run(context, Edit())

    assert (machine.ran[0], len(machine.ran), context.edited) == ("agent config set", count, edited)


@pytest.mark.process
def test_members_of_groups(tmp_path: Path) -> None:
    """The product's accounts come into a group of all machines, somebody into its own; who is not there does not."""
    (tmp_path / "usermod").write_text(f'#!/bin/sh\necho "$*" >> {tmp_path}/done\n')
    (tmp_path / "getent").write_text('#!/bin/sh\n[ "$2" != arcproxy ]\n')
    for program in ("usermod", "getent"):
        (tmp_path / program).chmod(0o755)
    script = edit_script("true", "true", (), "", (("himds", "arcproxy"), ("tss",)), runs_as_others=True)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True, env=environment)

    assert not done.stdout
    assert (tmp_path / "done").read_text().splitlines() == ["-a -G users himds", "-a -G tss nobody"]
