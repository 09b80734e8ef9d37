"""How a machine's files differ between two looks, and since the first one.

Two ways give the same answer: reading the machine's own layer on the host where that is allowed, else listing every
file in the machine, where the list stays and only its difference travels.
"""

from __future__ import annotations

import fnmatch
import re
import shlex
from collections.abc import Callable
from typing import Protocol

import msgspec

from harness.substrate.layer import Layer, read_below, read_layer

WORK = "/run/arclab/work"  # a folder of the case, mounted into the machine


class FileChange(msgspec.Struct, frozen=True):
    """One difference. `before` and `after` are `type mode uid:gid size modified link`, or empty."""

    path: str
    before: str
    after: str


class FileWatch(Protocol):
    """Looks at the files of one machine."""

    def look(self) -> tuple[FileChange, ...]:
        """Give what differs from the last look, sorted by path; nothing at the first."""

    def since_first(self) -> tuple[FileChange, ...]:
        """Give what differs between the first and the last look, sorted by path."""


class LayerWatch:
    """Reads the machine's layer on the host. `left_out` are patterns as of find's -path."""

    def __init__(self, layer: Layer, left_out: tuple[str, ...]) -> None:
        self._layer = layer
        self._left_out = re.compile("|".join(fnmatch.translate(pattern) for pattern in left_out))
        self._first: dict[str, str] | None = None
        self._last: dict[str, str] = {}

    def look(self) -> tuple[FileChange, ...]:
        """See FileWatch."""
        before, self._last = self._last, read_layer(self._layer, self._left_out)
        if self._first is None:
            self._first = before = self._last
        return self._compared(before, self._last)

    def since_first(self) -> tuple[FileChange, ...]:
        """See FileWatch."""
        return self._compared(self._first or {}, self._last)

    def _compared(self, before: dict[str, str], after: dict[str, str]) -> tuple[FileChange, ...]:
        """Compare two readings; what one does not have is as the image has it."""
        changes: list[FileChange] = []
        for path in sorted(before.keys() | after.keys()):
            if before.get(path) == after.get(path):
                continue
            known = "" if path in before and path in after else read_below(self._layer, path)
            change = FileChange(path, before.get(path, known), after.get(path, known))
            if change.before != change.after:
                changes.append(change)
        return tuple(changes)


class ListingWatch:
    """Lists every file in the machine. `run` runs a script there and gives what it prints."""

    def __init__(self, run: Callable[[str], str], left_out: tuple[str, ...]) -> None:
        self._run = run
        self._script = listing_script(left_out)

    def look(self) -> tuple[FileChange, ...]:
        """See FileWatch."""
        return parse_file_changes(self._run(self._script))

    def since_first(self) -> tuple[FileChange, ...]:
        """See FileWatch."""
        return parse_file_changes(self._run(f"cd {WORK} && LC_ALL=C comm -z -3 files.first files.now"))


def listing_script(left_out: tuple[str, ...]) -> str:
    """Give the script that lists all files and prints how the list differs from the last one."""
    pruned = " -o ".join(f"-path {shlex.quote(path)}" for path in left_out)
    return f"""
cd {WORK}
[ ! -e files.now ] || mv files.now files.before
find / -xdev \\( {pruned} \\) -prune -o \\( -type d -printf '%p\\t%y %m %U:%G\\0' \\
    -o -printf '%p\\t%y %m %U:%G %s %T@ %l\\0' \\) | LC_ALL=C sort -z > files.now
[ -e files.first ] || cp files.now files.first
[ ! -e files.before ] || LC_ALL=C comm -z -3 files.before files.now
"""


def parse_file_changes(output: str) -> tuple[FileChange, ...]:
    """Read `comm -z -3`: lines of the first list, and of the second after one tab."""
    before: dict[str, str] = {}
    after: dict[str, str] = {}
    for entry in output.split("\0"):
        listed = after if entry.startswith("\t") else before
        path, tab, facts = entry.removeprefix("\t").partition("\t")
        if tab:
            listed[path] = facts.rstrip()
    return tuple(
        FileChange(path, before.get(path, ""), after.get(path, "")) for path in sorted(before.keys() | after.keys())
    )


def is_below(path: str, pattern: str) -> bool:
    """Say whether a path is, or is below, a path or pattern."""
    return fnmatch.fnmatch(path, pattern) or path.startswith(f"{pattern}/")
