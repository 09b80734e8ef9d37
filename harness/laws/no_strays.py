"""Processes live in their own service, and end with it; a script leaves none behind."""

from __future__ import annotations

from collections.abc import Iterator

from harness.laws.trial import CHANGES, Finding, Trial
from harness.model.state import Process

#: Started by package managers themselves, and ended with their folders. Source: gnupg's manual.
_OF_PACKAGE_MANAGERS = ("gpg-agent", "dirmngr", "keyboxd", "scdaemon")


def judge(trial: Trial) -> Iterator[Finding]:
    """Look at every process whose command line names a path of the package, and at orphans of scripts."""
    own = {f"{unit}.service" for unit in trial.product.units}
    programs = {file.path for file in trial.new.files if file.kind == "f" and int(file.mode, 8) & 0o111}
    for seen in trial.transitions(CHANGES):
        older = {process.pid for process in seen.transition.before.processes}
        for process in seen.transition.after.processes:
            line = f"{process.pid} {process.user} {process.unit}: {process.command}"
            if process.parent == 1 and process.pid not in older and _is_stray(process):
                name = _name(process)
                yield Finding(seen, f"a script leaves {name} running", (line,), (name,), process=process.command)
            if not programs & set(process.command.split()):
                continue
            if seen.transition.after.package == "absent":
                yield Finding(seen, "a process of the package still runs", (line,), process=process.command)
            elif process.unit not in own and process.pid not in older:
                yield Finding(seen, "a process runs outside of its service", (line,), process=process.command)


def _is_stray(process: Process) -> bool:
    """Say whether an orphan belongs to no service, as what a script has put into the background."""
    return not process.unit.endswith(".service") and _name(process) not in _OF_PACKAGE_MANAGERS


def _name(process: Process) -> str:
    return process.command.split()[0].rpartition("/")[2]
