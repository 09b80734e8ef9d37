"""jobs: run everything that the package has laid down to be run from time to time, once, as cron and systemd would.

Source: run-parts(8), and /etc/crontab of Debian's cron, for folders such as /etc/cron.daily; systemd.timer(5).
"""

from __future__ import annotations

import re
import shlex

from harness.context import Context
from harness.errors import LabError
from harness.machines.machine import Machine
from harness.model.machine_steps import Jobs
from harness.steps.cron import Job, read_jobs, run_job

_TABLES = "/etc/cron.d/"
_PERIODS = re.compile(r"/etc/cron\.(hourly|daily|weekly|monthly)/[A-Za-z0-9_-]+")
_TIMER = re.compile(r"(?:/usr|/etc)?(?:/lib)?/systemd/system/(?P<name>[^/@]+\.timer)")
_OF_PERIODS = {"SHELL": "/bin/sh", "PATH": "/usr/local/sbin:/usr/local/bin:/sbin:/bin:/usr/sbin:/usr/bin"}


def run(context: Context, arguments: Jobs) -> None:  # noqa: ARG001 - all steps are called alike
    """Run them, one after the other."""
    machine, product = context.machine, context.product
    listed = machine.must(machine.package_manager.list_files(product.package), "list the package's files")
    for path in sorted({*listed.splitlines(), *product.made}):
        if path.startswith(_TABLES):
            _run_table(machine, path)
        elif _PERIODS.fullmatch(path) and machine.read(f"test -x {shlex.quote(path)}").exit == 0:
            run_job(machine, Job("root", _OF_PERIODS, path))
        elif timer := _TIMER.fullmatch(path):
            _run_timer(machine, timer["name"])


def _run_table(machine: Machine, path: str) -> None:
    text = machine.read(f"cat {shlex.quote(path)}")
    try:
        jobs = read_jobs(text.stdout, path) if text.exit == 0 else []
    except LabError:
        return  # cron runs nothing of such a file, of which the law of sound packages tells
    for job in jobs:
        run_job(machine, job)


def _run_timer(machine: Machine, name: str) -> None:
    timer = shlex.quote(name)
    if machine.read(f"systemctl is-enabled {timer}").exit == 0:
        unit = machine.must(f"systemctl show --property=Unit --value {timer}", f"tell what {name} starts").strip()
        machine.run(f"systemctl start {shlex.quote(unit)}", timeout_s=300)
