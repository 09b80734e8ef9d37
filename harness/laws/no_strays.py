"""Processes live in their own service, and end with it."""

from __future__ import annotations

from collections.abc import Iterator

from harness.laws.trial import CHANGES, Finding, Trial


def judge(trial: Trial) -> Iterator[Finding]:
    """Look at every process whose command line names a path of the package."""
    own = {f"{unit}.service" for unit in trial.product.units}
    programs = {file.path for file in trial.new.files if file.kind == "f" and int(file.mode, 8) & 0o111}
    for seen in trial.transitions(CHANGES):
        older = {process.pid for process in seen.transition.before.processes}
        for process in seen.transition.after.processes:
            if not programs & set(process.command.split()):
                continue
            line = f"{process.pid} {process.user} {process.unit}: {process.command}"
            if seen.transition.after.package == "absent":
                yield Finding(seen, "a process of the package still runs", (line,), process=process.command)
            elif process.unit not in own and process.pid not in older:
                yield Finding(seen, "a process runs outside of its service", (line,), process=process.command)
