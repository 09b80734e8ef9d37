"""What can be different in a package that is packed again: data, as `arclab-sim packages repack` reads it."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from simulator.errors import BadInput

Digest = Literal["files-md5", "header-md5", "header-sha256", "payload-sha256"]


class ScriptChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a maintainer script changes: lines that match `drop` go, `prepend` follows the first line.

    `replace` has patterns, and what takes their place in each line that they match.
    """

    drop: str = ""
    prepend: str = ""
    append: str = ""
    replace: dict[str, str] = {}


class FileChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a file changes, or what a new one is. Without `content` it is as before; `drop`, `replace`: as above."""

    content: str | None = None
    drop: str = ""
    append: str = ""
    replace: dict[str, str] = {}
    mode: str = ""
    owner: str = ""
    group: str = ""
    config: str = ""  # nfpm's type: `config`, `config|noreplace`, `config|missingok`, `ghost`
    kind: str = ""  # `d` for a folder, `l` for a link
    link: str = ""  # where a link leads to; what has it is a link
    capabilities: str = ""  # an rpm's alone, as of cap_from_text(3)
    gone: bool = False


class Trigger(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A trigger of either format.

    deb: `kind` is a word of deb-triggers(5), and postinst is called. rpm: `kind` is a word of the spec file
    (`%triggerin`, `%filetriggerpostun`, `%transfiletriggerin` ..), `on` packages or the beginnings of paths.
    """

    kind: str
    on: tuple[str, ...]
    script: str = ""


class Changes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is different in the new package. Keys of `files` are paths or patterns as of `re.fullmatch`.

    `relations` replaces whole lists (`depends`, `breaks`, `obsoletes` ..). `fields` are a .deb's control fields,
    `control` files of its control archive; empty takes them away. `without` are digests that the package lacks.
    `queries` are an .msi's, which has nothing else: statements of Windows Installer's SQL, in their order.
    """

    scripts: dict[str, ScriptChange] = {}
    files: dict[str, FileChange] = {}
    relations: dict[str, tuple[str, ...]] = {}
    triggers: tuple[Trigger, ...] = ()
    without: tuple[Digest, ...] = ()
    fields: dict[str, str] = {}
    control: dict[str, str] = {}
    name: str = ""
    version: str = ""
    epoch: str = ""
    queries: tuple[str, ...] = ()


def change_lines(lines: list[str], change: ScriptChange | FileChange) -> tuple[list[str], set[str]]:
    """Give the lines of a file after `drop` and `replace`, and those of the two's patterns that match nowhere."""
    kept = [line for line in lines if not (change.drop and re.search(change.drop, line))]
    idle = {change.drop} if change.drop and len(kept) == len(lines) else set()
    for pattern, text in change.replace.items():
        if not any(re.search(pattern, line) for line in kept):
            idle.add(pattern)
        kept = [part for line in kept for part in re.sub(pattern, text, line).split("\n")]
    return kept, idle


#: what only some kinds of files can have; a link's mode means nothing
_UNFIT = {"d": ("content", "drop", "append", "replace", "config", "link", "capabilities"),
          "l": ("content", "drop", "append", "replace", "config", "mode", "capabilities")}  # fmt: skip


def unfit_members(change: FileChange, kind: str) -> set[str]:
    """Give the members of a change that a file of this kind cannot have."""
    return {name for name in _UNFIT.get(kind, ("link",)) if getattr(change, name) not in (None, "", {})}


def refuse_unfit(members: set[str], name: str) -> None:
    """Raise BadInput for a member that no file which a change is about can have."""
    for member in sorted(members):
        raise BadInput("repack-kind", f"{name} is of a kind that cannot have '{member}'.")


def refuse_idle(patterns: set[str], name: str) -> None:
    """Raise BadInput for a pattern that changes nothing: the defect would not be there, and be scored as missed."""
    for pattern in sorted(patterns):
        raise BadInput("repack-nothing", f"no line of {name} matches '{pattern}'.")
