"""Processes live in their own service, and end with it; a script leaves none behind."""

from __future__ import annotations

from collections.abc import Iterator

from harness.laws.trial import CHANGES, Finding, Seen, Trial, is_runnable
from harness.model.state import Process, State

#: Started by package managers themselves, and ended with their folders. Source: gnupg's manual.
_OF_PACKAGE_MANAGERS = ("gpg-agent", "dirmngr", "keyboxd", "scdaemon")
#: What systemd starts a service with, which it then becomes. Source: systemd's news of version 255.
_OF_SYSTEMD = ("systemd-executor",)
_MANY, _MANY_FOR_LONG = 3, 2  # children that have ended: at one moment, and before a step and after it


def judge(trial: Trial) -> Iterator[Finding]:
    """Look at every process whose command line names a path of the package, and at orphans of scripts."""
    own = {f"{unit}.service" for unit in trial.product.units}
    programs = {file.path for file in trial.new.files if file.kind == "f" and is_runnable(file)}
    for seen in trial.transitions(CHANGES):
        yield from _outlived(trial, seen)
        yield from _unwaited(trial, seen)
        older = {process.pid for process in seen.transition.before.processes}
        for process in seen.transition.after.processes:
            line = f"{process.pid} {process.user} {process.unit}: {process.command}"
            if process.parent == 1 and process.pid not in older and _is_stray(process):
                name = _name(process)
                yield Finding(seen, f"a script leaves {name} running", (line,), (name,), process=process.command)
            is_program = bool(programs & set(process.command.split()))
            if seen.transition.after.package == "absent" and (is_program or process.unit in own):
                yield Finding(seen, "a process of the package still runs", (line,), _ended(trial, seen, process.unit),
                              process=process.command, by_file=True)  # fmt: skip
            elif is_program and process.unit not in own and process.pid not in older:
                yield Finding(seen, "a process runs outside of its service", (line,), process=process.command)


def _outlived(trial: Trial, seen: Seen) -> Iterator[Finding]:
    """Give services whose main process is a new one, while others of the old program go on."""
    before, after = seen.transition.before, seen.transition.after
    for unit in trial.product.units:
        pids = [state.units[unit].pid if unit in state.units else 0 for state in (before, after)]
        if not all(pids) or pids[0] == pids[1]:
            continue
        older = {process.pid for process in before.processes if process.unit == f"{unit}.service"}
        lines = tuple(f"{process.pid}: {process.command}" for process in after.processes if process.pid in older)
        if lines:
            problem = f"the service {unit} was restarted, and processes of the old one go on"
            about = (unit, f"/usr/lib/systemd/system/{unit}.service")
            yield Finding(seen, problem, lines, about, process=f"{unit}.service", by_file=True)


def _unwaited(trial: Trial, seen: Seen) -> Iterator[Finding]:
    """Give services with children that have ended and that nobody has waited for: each keeps a number for ever.

    Several at once, or for long, and more than of the previous release: any child is one for a moment, and Python's
    subprocess waits for one when it starts the next.
    """
    states = [state for run in trial.runs for step in run.transitions for state in (step.before, step.after)]
    of_old = [state for state in states if trial.old is not None and state.installed == trial.old.package.version]
    for unit in trial.product.units:
        name = f"{unit}.service"
        before, after = (_zombies(state, name) for state in (seen.transition.before, seen.transition.after))
        usual = max((len(_zombies(state, name)) for state in of_old), default=0)
        is_much = len(before.keys() & after.keys()) >= _MANY_FOR_LONG or len(after) >= _MANY
        if is_much and len(after) > usual:
            lines = tuple(f"{process.pid}: {process.command}" for process in after.values())
            about = (unit, f"/usr/lib/systemd/system/{name}")
            yield Finding(seen, f"the service {unit} does not wait for its children", lines, about, process=name,
                          by_file=True)  # fmt: skip


def _zombies(state: State, unit: str) -> dict[int, Process]:
    """Give the children of a unit's processes that have ended; they are in no control group any more."""
    parents = {process.pid for process in state.processes if process.unit == unit}
    return {p.pid: p for p in state.processes if p.parent in parents and p.command.endswith("<defunct>")}


def _ended(trial: Trial, seen: Seen, name: str) -> tuple[str, ...]:
    """Give the file of a service that has ended without all of its processes, as it was told to."""
    unit = seen.transition.after.units.get(name.removesuffix(".service"))
    if unit is None or unit.active == "active":
        return ()
    return tuple(file.path for file in trial.new.files if file.path.endswith(f"/systemd/system/{name}"))


def _is_stray(process: Process) -> bool:
    """Say whether an orphan belongs to no service, as what a script has put into the background."""
    return not process.unit.endswith(".service") and _name(process) not in (*_OF_PACKAGE_MANAGERS, *_OF_SYSTEMD)


def _name(process: Process) -> str:
    return process.command.split()[0].rpartition("/")[2]
