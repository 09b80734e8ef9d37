"""jobs: what a package has laid down to be run from time to time is run, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from harness.context import Context
from harness.machines.package_managers import PACKAGE_MANAGERS
from harness.machines.session import Completed
from harness.model.machine_steps import Jobs
from harness.steps import jobs

#: What the machine answers to looks, by their beginning.
_ANSWERS = {
    "cat /etc/cron.d/a": (0, "# every night\n5 4 * * * root first\n@daily www-data second\n"),
    "cat /etc/cron.d/empty": (0, "# nothing yet\n"),
    "cat /etc/cron.d/odd": (0, "5 4 * * root\n"),
    "test -x /etc/cron.daily/a": (0, ""),
    "test -x /etc/cron.daily/b": (1, ""),
    "systemctl is-enabled tidy.timer": (0, "enabled\n"),
    "systemctl show --property=Unit --value tidy.timer": (0, "tidy-up.service\n"),
    "systemctl is-enabled off.timer": (1, "disabled\n"),
}


class _Machine:
    package_manager = PACKAGE_MANAGERS["apt"]

    def __init__(self, files: str) -> None:
        self._files = files
        self.done: list[str] = []

    def must(self, script: str, what: str) -> str:
        return _ANSWERS.get(script, (0, self._files))[1]

    def read(self, script: str) -> Completed:
        return Completed(*_ANSWERS.get(script, (1, "")), "", 0.0)

    def run(self, line: str, *, user: str = "root", shown: str = "", **_: Any) -> SimpleNamespace:
        path = next((word for word in line.split() if word.startswith("PATH=")), "")
        self.done.append(f"{user} {shown or line} {path}".strip())
        return SimpleNamespace(exit=1)


@pytest.fixture
def done(make_context: Callable[..., Context]) -> Callable[..., list[str]]:
    """Give a function that runs the jobs of a package with these files, and tells what was run."""

    def run(*files: str) -> list[str]:
        machine, context = _Machine("\n".join(files)), make_context()
        context.machine = cast("Any", machine)
        jobs.run(context, Jobs())
        return machine.done

    return run


def test_runs_the_jobs_of_its_tables(done: Callable[..., list[str]]) -> None:
    """By cron's own settings; one that fails keeps no other from running."""
    assert done("/etc/cron.d/a") == ["root first PATH=/usr/bin:/bin", "www-data second PATH=/usr/bin:/bin"]


def test_runs_what_lies_in_cron_s_folders(done: Callable[..., list[str]]) -> None:
    """By the settings of /etc/crontab; what may not be executed, or has a name that run-parts passes over, is not."""
    found = done("/etc/cron.daily/a", "/etc/cron.daily/b", "/etc/cron.daily/a.sh", "/etc/cron.daily")

    assert found == ["root /etc/cron.daily/a PATH=/usr/local/sbin:/usr/local/bin:/sbin:/bin:/usr/sbin:/usr/bin"]


def test_starts_what_its_timers_start(done: Callable[..., list[str]]) -> None:
    """Whatever the unit is called; a timer that is not enabled starts nothing."""
    files = ("/usr/lib/systemd/system/tidy.timer", "/lib/systemd/system/off.timer", "/usr/lib/systemd/system/x.service")

    assert done(*files) == ["root systemctl start tidy-up.service"]


@pytest.mark.parametrize("file", ["/etc/cron.d/empty", "/etc/cron.d/odd", "/etc/cron.d/gone", "/usr/bin/x"])
def test_runs_nothing_where_cron_would_not(done: Callable[..., list[str]], file: str) -> None:
    """A table without a job, one with a mistake, one that is not there."""
    assert done(file) == []
