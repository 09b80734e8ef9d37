"""machine.version, machine.package, machine.package-log: what the package manager knows."""

from __future__ import annotations

import shlex

from harness.context import Context
from harness.model.record import Observation


def version(context: Context) -> Observation:
    """Read the installed version from the package database."""
    found = _query(context, "machine.version")
    if isinstance(found, Observation):
        return found
    _, installed = found
    return Observation("machine.version", "seen" if installed else "absent", installed or "absent")


def state(context: Context) -> Observation:
    """Read whether the package is installed, half-installed or absent."""
    found = _query(context, "machine.package")
    if isinstance(found, Observation):
        return found
    return Observation("machine.package", "absent" if found[0] == "absent" else "seen", found[0])


def log_lines(context: Context) -> int:
    """Count the lines of the log that the document points at; none where there is no such file.

    Raises: LabError when it cannot be read.
    """
    path = context.machine.package_manager.own_log
    return int(context.machine.must(f"[ ! -e {path} ] && echo 0 || wc -l < {path}", "count its log's lines"))


def own_log(context: Context) -> Observation:
    """Read the lines about the package that came to the log since the step began."""
    path = context.machine.package_manager.own_log
    package = context.product.package
    new = f"tail -n +{context.log_lines + 1} {path} | grep -F -- {shlex.quote(package)} || [ $? = 1 ]"
    done = context.machine.read(f"[ -e {path} ] && {{ {new}; }}")
    if done.exit != 0 and not done.stderr:
        return Observation("machine.package-log", "absent", "", f"there is no {path}")
    if done.exit != 0:
        return Observation("machine.package-log", "unreadable", None, done.stderr.strip())
    return Observation("machine.package-log", "seen", done.stdout)


def _query(context: Context, subject: str) -> tuple[str, str] | Observation:
    manager = context.machine.package_manager
    done = context.machine.read(manager.query(context.product.package))
    if done.exit != 0 or not done.stdout.strip():
        return Observation(subject, "unreadable", None, f"exit {done.exit}: {done.stderr.strip()}")
    return manager.installed(done.stdout)
