"""cron: a file's jobs are read as cron reads them, and run as it runs them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from harness.context import Context
from harness.errors import LabError
from harness.machines.session import Completed
from harness.model.machine_steps import Cron
from harness.steps import cron

_FILE = """# daily
PATH=/usr/sbin:/usr/bin
 SHELL = "/bin/bash"
17 3 * * * root [ ! -x /opt/a ] || /opt/a

MAILTO=''
*/5 0-4,6 * jan mon-fri www-data date +\\%s
@daily root true
"""


def test_reads_jobs_with_the_variables_before_them() -> None:
    """A variable holds for the lines below it; quotes and the backslash of a percent sign go."""
    first, second, third = cron.jobs_of(_FILE, "f")
    variables = {"PATH": "/usr/sbin:/usr/bin", "SHELL": "/bin/bash"}

    assert first == cron.Job("root", variables, "[ ! -x /opt/a ] || /opt/a")
    assert second == cron.Job("www-data", {**variables, "MAILTO": ""}, "date +%s")
    assert (third.user, third.command) == ("root", "true")


def test_without_variables_a_job_has_crons_own() -> None:
    """Which lack the folders of an administrator's programs."""
    (job,) = cron.jobs_of("0 0 * * * root a=b true\n", "f")

    assert job == cron.Job("root", {"SHELL": "/bin/sh", "PATH": "/usr/bin:/bin"}, "a=b true")


def test_a_percent_sign_begins_the_input() -> None:
    """And the next one a line of it; a backslash makes it a letter."""
    (job,) = cron.jobs_of("0 0 * * * root cat -%a\\%b%c\n", "f")

    assert (job.command, job.stdin) == ("cat -", "a%b\nc\n")


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("\n0 0 * * root\n", "f:2", "cron would not take '0 0 [*] [*] root'"),
        ("# nothing\n", "f", "no job"),
    ],
)
def test_names_what_it_cannot_run(text: str, place: str, message: str) -> None:
    """A file that cron would not run is no file without a job."""
    with pytest.raises(LabError, match=message) as caught:
        cron.jobs_of(text, "f")

    assert caught.value.place == place


def _machine(text: str, *exits: int, found: int = 0) -> Any:
    """Give a machine that has this file, and whose commands end so; it keeps what was run."""
    left, ran = list(exits), []

    def run(line: str, **more: Any) -> Any:
        ran.append((line, more["user"], more["shown"]))
        return SimpleNamespace(exit=left.pop(0))

    read = Completed(found, text, "" if found == 0 else "No such file", 0.0)
    return SimpleNamespace(read=lambda _: read, run=run, ran=ran)


def test_runs_up_to_the_first_that_fails() -> None:
    """As the job's user, in the job's shell, without what a person's shell has."""
    machine = _machine("0 0 * * * root a b\n0 0 * * * www-data false\n0 0 * * * root c\n", 0, 1)
    cron.run(cast("Context", SimpleNamespace(machine=machine)), Cron(file="f"))

    line = "env -u LANG -u TERM -u USER SHELL=/bin/sh PATH=/usr/bin:/bin /bin/sh -c"
    assert machine.ran == [(f"{line} 'a b'", "root", "a b"), (f"{line} false", "www-data", "false")]


def test_a_file_that_is_not_there_is_the_labs_error() -> None:
    """Nothing has run, so nothing can be judged."""
    with pytest.raises(LabError, match=r"no jobs in '/etc/cron\.d/f': No such file"):
        cron.run(cast("Context", SimpleNamespace(machine=_machine("", found=1))), Cron(file="f"))
