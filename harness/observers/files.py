"""machine.files, machine.leftovers, machine.changes: what lies on the disk."""

from __future__ import annotations

import shlex

from harness.context import Context
from harness.errors import LabError
from harness.machines.file_changes import FileChange, is_below
from harness.machines.snapshot import disk_changes
from harness.model.background import ACCOUNT_FILES, BACKGROUND
from harness.model.record import Observation


def presence(context: Context, paths: tuple[str, ...]) -> Observation:
    """Read which of the paths exist."""
    tests = "; ".join(f"[ -e {shlex.quote(p)} -o -L {shlex.quote(p)} ] && echo present || echo absent" for p in paths)
    done = context.machine.read(tests)
    lines = done.stdout.split()
    if len(lines) != len(paths):
        return Observation("machine.files", "unreadable", None, f"exit {done.exit}: {done.stderr.strip()}")
    return Observation("machine.files", "seen", dict(zip(paths, lines, strict=True)))


def leftovers(context: Context) -> Observation:
    """Read what differs from the machine's first snapshot, but for caches, accounts and the system's background."""
    if context.machine.last_snapshot is None:
        return Observation("machine.leftovers", "unreadable", None, "nothing was installed on it in this case")
    try:
        context.machine.snapshot()
        changes = context.machine.changes_since_first()
    except LabError as error:
        return Observation("machine.leftovers", "unreadable", None, str(error))
    seen = [
        change.path
        for change in changes
        if change.path not in ACCOUNT_FILES
        and not any(is_below(change.path, known) for known in BACKGROUND)
        and not is_emptied_folder(change)
    ]
    seen += [f"account {name}" for name in context.machine.new_accounts()]
    return Observation("machine.leftovers", "seen", seen)


def exposed_secrets(context: Context) -> Observation:
    """Name the places on the machine that show a secret of the case."""
    try:
        return Observation("machine.secrets", "seen", context.machine.exposed())
    except LabError as error:
        return Observation("machine.secrets", "unreadable", None, str(error))


def changed(context: Context) -> Observation:
    """Read what the current transition changed of packages and files, but for what the agent writes at any time."""
    if context.before is None or context.after is None:
        return Observation("machine.changes", "unreadable", None, "the step is no transition, so nothing was compared")
    return Observation("machine.changes", "seen", disk_changes(context.before, context.after, context.product.logs))


def is_emptied_folder(change: FileChange) -> bool:
    """Say whether a folder has gone: dpkg removes one that its last package leaves empty, such as /opt."""
    return change.before.startswith("d ") and not change.after


def undocumented(paths: list[str], documented: tuple[str, ...]) -> list[str]:
    """Give the paths that are neither documented nor below a documented path."""
    return [path for path in paths if not any(is_below(path, known) for known in documented)]
