"""cron: run the jobs of a file in /etc/cron.d now, as cron would: by its variables, as its users, with nothing else.

Source: crontab(5) of Debian's cron: five fields or a word for the time, a user, a command, of which a `%` begins the
input; PATH is /usr/bin:/bin and the shell /bin/sh unless the file says otherwise.
"""

from __future__ import annotations

import re
import shlex
from typing import NamedTuple

from harness.context import Context
from harness.errors import LabError
from harness.machines.machine import Machine
from harness.model.machine_steps import Cron
from harness.model.record import CommandRecord

_SETTING = re.compile(r"^\s*(?P<name>[A-Za-z_]\w*)\s*=\s*(?P<value>.*?)\s*$")
_JOB = re.compile(r"^\s*(?:@\w+|(?:[\d*,/a-zA-Z-]+\s+){4}[\d*,/a-zA-Z-]+)\s+(?P<user>[a-z_][\w-]*)\s+(?P<command>.+)$")
_BY_DEFAULT = {"SHELL": "/bin/sh", "PATH": "/usr/bin:/bin"}
_NOT_CRONS = ("LANG", "TERM", "USER")  # a person has them


class Job(NamedTuple):
    """One line of a file in /etc/cron.d."""

    user: str
    variables: dict[str, str]
    command: str
    stdin: str = ""


def run(context: Context, arguments: Cron) -> None:
    """Run them in order, up to the first that fails. Raises: LabError when the file cannot be read."""
    path = f"/etc/cron.d/{arguments.file}"
    text = context.machine.read(f"cat {shlex.quote(path)}")
    if text.exit != 0:
        raise LabError("cron-file", f"the machine has no jobs in '{path}': {text.stderr.strip()}.")
    for job in jobs_of(text.stdout, path):
        if run_job(context.machine, job).exit != 0:
            break


def run_job(machine: Machine, job: Job) -> CommandRecord:
    """Run one as cron would."""
    variables = [f"{name}={value}" for name, value in job.variables.items()]
    hidden = [word for name in _NOT_CRONS for word in ("-u", name)]
    line = shlex.join(["env", *hidden, *variables, job.variables["SHELL"], "-c", job.command])
    return machine.run(line, user=job.user, timeout_s=300, stdin=job.stdin, shown=job.command)


def jobs_of(text: str, path: str) -> list[Job]:
    """Give the jobs of a file's text. Raises: LabError for a line that cron would not take, and where there is none."""
    jobs = read_jobs(text, path)
    if not jobs:
        raise LabError("cron-jobs", "there is no job in this file.", place=path)
    return jobs


def read_jobs(text: str, path: str) -> list[Job]:
    """Give the jobs of a file's text, which may be none. Raises: LabError for a line that cron would not take."""
    variables, jobs = dict(_BY_DEFAULT), []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if job := _JOB.match(line):
            command, *given = (part.replace("\\%", "%") for part in re.split(r"(?<!\\)%", job["command"]))
            jobs.append(Job(job["user"], dict(variables), command, "".join(f"{part}\n" for part in given)))
        elif setting := _SETTING.match(line):
            value = setting["value"]
            quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
            variables[setting["name"]] = value[1:-1] if quoted else value
        else:
            raise LabError("cron-line", f"cron would not take '{line.strip()}'.", place=f"{path}:{number}")
    return jobs
