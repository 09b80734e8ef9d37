"""How a machine's files differ between two looks, and since the first one.

Two ways give the same answer: reading the machine's own layer on the host where that is allowed, else listing every
file in the machine, where the list stays and only its difference travels.
"""

from __future__ import annotations

import base64
import contextlib
import fnmatch
import hashlib
import os
import re
import shlex
import stat
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol

import msgspec

from harness.substrate.layer import Layer, read_below, read_layer

WORK = "/run/arclab/work"  # a folder of the case, mounted into the machine


#: Folders whose files programs of others read.
#: Source: cron(8), logrotate(8), systemd.unit(5), tmpfiles.d(5), sysusers.d(5), sysctl.d(5), udev(7), dbus-daemon(1).
_READ_BY_OTHERS = re.compile(
    r"^/etc/(cron|logrotate)\.d/|^/(etc|usr/lib|lib)/(tmpfiles|sysusers|sysctl)\.d/"
    r"|^/(etc|usr/lib|lib)/(systemd/system|udev/rules\.d)/|^/(etc|usr/share)/dbus-1/"
)
_LARGEST_TEXT = 16384


class FileChange(msgspec.Struct, frozen=True):
    """One difference. `before` and `after` are `type mode uid:gid size modified link`, or empty."""

    path: str
    before: str
    after: str


class Content(msgspec.Struct, frozen=True):
    """What is in a file: a SHA-256, empty for what is no file, and extended attributes as `name=hex`, sorted.

    Where a machine is listed and not read, they are `capabilities=TEXT` alone, the text as of cap_to_text(3).
    `text` is that of a small file in a folder whose files programs of others read.
    """

    sha256: str
    attributes: tuple[str, ...] = ()
    text: str = ""


class FileWatch(Protocol):
    """Looks at the files of one machine."""

    def look(self) -> tuple[FileChange, ...]:
        """Give what differs from the last look, sorted by path; nothing at the first."""

    def since_first(self) -> tuple[FileChange, ...]:
        """Give what differs between the first and the last look, sorted by path."""

    def contents(self, paths: Iterable[str]) -> dict[str, Content]:
        """Read these paths, as they are now; what is gone is left out."""


class LayerWatch:
    """Reads the machine's layer on the host. `left_out` are patterns as of find's -path."""

    def __init__(self, layer: Layer, left_out: tuple[str, ...]) -> None:
        self._layer = layer
        self._left_out = re.compile("|".join(fnmatch.translate(pattern) for pattern in left_out))
        self._first: dict[str, str] | None = None
        self._last: dict[str, str] = {}
        self._read: dict[str, tuple[tuple[int, ...], Content]] = {}  # what was read of a path, and the file's mark

    def look(self) -> tuple[FileChange, ...]:
        """See FileWatch."""
        before, self._last = self._last, read_layer(self._layer, self._left_out)
        if self._first is None:
            self._first = before = self._last
        return self._compared(before, self._last)

    def since_first(self) -> tuple[FileChange, ...]:
        """See FileWatch."""
        return self._compared(self._first or {}, self._last)

    def contents(self, paths: Iterable[str]) -> dict[str, Content]:
        """See FileWatch."""
        found: dict[str, Content] = {}
        for path in paths:
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                found[path] = self._content(path)
        return found

    def _content(self, path: str) -> Content:
        """Read a path, unless it has not changed since: whatever is done to a file changes its st_ctime."""
        here = f"{self._layer.upper}{path}"
        facts = os.lstat(here)
        mark = (facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns)
        known, content = self._read.get(path, ((), None))
        if content is None or known != mark:
            content = read_content(here, with_text=bool(_READ_BY_OTHERS.search(path)))
            self._read[path] = mark, content
        return content

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

    def contents(self, paths: Iterable[str]) -> dict[str, Content]:
        """See FileWatch. Of the attributes only capabilities are read, where the machine has `getcap`."""
        names = list(paths)
        return parse_contents(names, self._run(contents_script(names))) if names else {}


def read_content(path: str, *, with_text: bool = False) -> Content:
    """Read a path of this host, following no link; `with_text` where its text counts. Raises: OSError."""
    facts = os.lstat(path)
    names = [name for name in os.listxattr(path, follow_symlinks=False) if not name.startswith("trusted.overlay.")]
    attributes = tuple(f"{name}={os.getxattr(path, name, follow_symlinks=False).hex()}" for name in sorted(names))
    if not stat.S_ISREG(facts.st_mode):
        return Content("", attributes)
    with Path(path).open("rb") as file:  # no link, as was seen above
        if with_text and facts.st_size <= _LARGEST_TEXT:
            content = file.read()
            return Content(hashlib.sha256(content).hexdigest(), attributes, content.decode("utf-8", "replace"))
        return Content(hashlib.file_digest(file, "sha256").hexdigest(), attributes)


def contents_script(paths: Iterable[str]) -> str:
    """Give the script that prints a line for each path: `hash`, a tab, capabilities, a tab, its text in base64.

    It prints `-` for what is gone.

    Source: getcap(8), cap_to_text(3): `PATH TEXT`, `PATH = TEXT` of older ones; the text of an empty set is `=`.
    """
    names = list(paths)
    read = "|".join(shlex.quote(path) for path in names if _READ_BY_OTHERS.search(path)) or "''"
    return f"""
for path in {shlex.join(names)}; do
    capabilities=$(getcap "$path" 2>/dev/null)
    capabilities=${{capabilities#"$path"}}; capabilities=${{capabilities# = }}; capabilities=${{capabilities# }}
    if [ -L "$path" ] || [ -d "$path" ]; then printf '\\t\\n'
    elif [ -f "$path" ]; then
        text=; size=$(stat -c %s "$path")
        case $path in {read}) [ "$size" -gt {_LARGEST_TEXT} ] || text=$(base64 -w 0 "$path");; esac
        printf '%s\\t%s\\t%s\\n' "$(sha256sum < "$path" | cut -d ' ' -f 1)" "$capabilities" "$text"
    elif [ -e "$path" ]; then printf '\\t\\n'
    else echo -; fi
done
"""


def parse_contents(paths: list[str], output: str) -> dict[str, Content]:
    """Read what the script prints, a line for each path."""
    lines = zip(paths, output.splitlines(), strict=True)
    split = {path: line.split("\t") for path, line in lines if line != "-"}
    return {path: _content_of(*words) for path, words in split.items()}


def _content_of(sha256: str, capabilities: str = "", text: str = "") -> Content:
    attributes = (f"capabilities={capabilities}",) if capabilities else ()
    return Content(sha256, attributes, base64.b64decode(text).decode("utf-8", "replace"))


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
