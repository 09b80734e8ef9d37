"""The writable layer of a machine, read on the host: what differs from its image, without a look at all other files.

Overlay file systems keep what a container changes in one folder. Walking it costs a few milliseconds where a walk
through the whole machine costs hundreds; it needs the right to read the engine's folders. Source: the kernel's
description of overlayfs: a removed name is a character device 0/0, a replaced folder carries an `opaque` attribute.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass

_OPAQUE = "trusted.overlay.opaque"
_GONE = (FileNotFoundError, NotADirectoryError)
_KINDS = {stat.S_IFREG: "f", stat.S_IFDIR: "d", stat.S_IFLNK: "l", stat.S_IFIFO: "p", stat.S_IFSOCK: "s",
          stat.S_IFCHR: "c", stat.S_IFBLK: "b"}  # fmt: skip


@dataclass(frozen=True)
class Layer:
    """A machine's writable folder and those below it, topmost first; paths on the host."""

    upper: str
    lower: tuple[str, ...]

    def is_readable(self) -> bool:
        """Say whether this process may read them."""
        return all(os.access(path, os.R_OK | os.X_OK) for path in (self.upper, *self.lower))


def read_layer(layer: Layer, left_out: re.Pattern[str]) -> dict[str, str]:
    """Give the facts of every path that the machine has written or removed: `type mode uid:gid size modified link`.

    A removed path has an empty text, and so have all paths that were below it. `left_out` matches paths that are not
    looked at, nor anything below them. What a running machine takes away while this reads is as if it never was.
    """
    found: dict[str, str] = {}
    for path, entry in _walk(layer.upper, "", left_out):
        try:
            facts = entry.stat(follow_symlinks=False)
            found[path] = "" if _is_whiteout(facts) else describe(facts, entry.path)
        except _GONE:
            continue
        if not stat.S_ISDIR(facts.st_mode) or _is_opaque(entry.path):  # hides what the image has below it
            for gone in _below(layer.lower, path, left_out):
                found.setdefault(gone, "")
    return found


def read_below(layer: Layer, path: str) -> str:
    """Give the facts of a path in the image; empty where it has none."""
    for folder in layer.lower:
        here = f"{folder}{path}"
        try:
            facts = os.lstat(here)
        except FileNotFoundError:
            if _ends_here(folder, path):
                return ""
            continue
        except NotADirectoryError:  # something above it was replaced
            return ""
        return "" if _is_whiteout(facts) or _is_below_link(folder, path) else describe(facts, here)
    return ""


def describe(facts: os.stat_result, path: str) -> str:
    """Give the facts of one file; a folder's size and time say nothing about it and are left out."""
    kind = _KINDS[stat.S_IFMT(facts.st_mode)]
    head = f"{kind} {stat.S_IMODE(facts.st_mode):o} {facts.st_uid}:{facts.st_gid}"
    if kind == "d":
        return head
    link = os.readlink(path) if kind == "l" else ""  # noqa: PTH115 - a text, without a Path for each file
    return f"{head} {facts.st_size} {facts.st_mtime_ns} {link}".rstrip()


def _walk(root: str, path: str, left_out: re.Pattern[str]) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Give everything below a folder, parents first."""
    try:
        with os.scandir(f"{root}{path}") as entries:
            listed = list(entries)
    except _GONE:
        return
    for entry in listed:
        name = f"{path}/{entry.name}"
        if left_out.fullmatch(name):
            continue
        yield name, entry
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(root, name, left_out)


def _below(lower: tuple[str, ...], path: str, left_out: re.Pattern[str]) -> set[str]:
    """Give what the image has below a path that the machine has removed or replaced."""
    names: set[str] = set()
    for folder in lower:
        if not os.path.isdir(f"{folder}{path}") or _is_below_link(folder, f"{path}/"):  # noqa: PTH112 - see _ancestors
            continue
        for name, entry in _walk(folder, path, left_out):
            if not _is_whiteout(entry.stat(follow_symlinks=False)):
                names.add(name)
    return names


def _ancestors(folder: str, path: str) -> Iterator[str]:
    """Give the folders above a path, topmost first, on the host. Strings: this runs for thousands of paths a case."""
    end = path.find("/", 1)
    while end > 0:
        yield f"{folder}{path[:end]}"
        end = path.find("/", end + 1)


def _ends_here(folder: str, path: str) -> bool:
    """Say whether lower folders do not count for a path, because one above it was replaced in this one."""
    for here in _ancestors(folder, path):
        try:
            mode = os.lstat(here).st_mode
        except OSError:
            return False  # nor is anything below it in this one
        if stat.S_ISLNK(mode) or (stat.S_ISDIR(mode) and _is_opaque(here)):
            return True
    return False


def _is_below_link(folder: str, path: str) -> bool:
    return any(os.path.islink(here) for here in _ancestors(folder, path))  # noqa: PTH114 - see _ancestors


def _is_whiteout(facts: os.stat_result) -> bool:
    return stat.S_ISCHR(facts.st_mode) and facts.st_rdev == 0


def _is_opaque(path: str) -> bool:
    try:
        return os.getxattr(path, _OPAQUE, follow_symlinks=False) == b"y"
    except OSError:
        return False
