"""Texts that a machine runs: maintainer scripts, what units and logrotate start, and scripts that those name.

Each keeps its numbers of lines: what is no command is left empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from harness.laws.script_lines import SHELL_SCRIPT
from simulator.contract import PackageContents, PayloadFile

_UNIT = re.compile(r"/(etc|usr/lib|lib)/systemd/system/[^/]+(\.d/[^/]+)?$")
#: Source: systemd.service(5), systemd.socket(5): what stands before a command says how it is run.
_EXEC = re.compile(r"^\s*Exec(?:Start|Stop|Reload|Condition)?(?:Pre|Post)?\s*=\s*[-@:+!|]*")
_ROTATION = re.compile(r"/etc/logrotate\.d/")
_ROTATES = re.compile(r"^\s*(?:prerotate|postrotate|firstaction|lastaction|preremove)\s*$")


@dataclass(frozen=True)
class RunningText:
    """One of them: a maintainer script by the format's own name, or a file by its path; and its text for a shell."""

    name: str
    text: str
    is_file: bool = False


def running_texts(package: PackageContents, files: Iterable[PayloadFile]) -> list[RunningText]:
    """Give them of a package; `files` are its own and those that it was seen to make."""
    own = tuple(files)
    found = [RunningText(name, text) for name, text in package.scripts.items()]
    found += [RunningText(file.path, text, is_file=True) for file in own if (text := _started(file))]
    named = "\n".join((*package.scripts.values(), *(file.text for file in own if not SHELL_SCRIPT.match(file.program))))
    return found + [
        RunningText(file.path, file.text, is_file=True)
        for file in own
        if file.text and SHELL_SCRIPT.match(file.program) and re.search(rf"{re.escape(file.path)}(?![\w/.-])", named)
    ]


def _started(file: PayloadFile) -> str:
    """Give the commands of a unit or of a rotation; empty for another file, and where there is none."""
    lines: Iterator[str] = iter(())
    if _UNIT.match(file.path):
        lines = _of_unit(file.text)
    elif _ROTATION.match(file.path):
        lines = _of_rotation(file.text)
    text = "\n".join(lines)
    return text if text.strip() else ""


def _of_unit(text: str) -> Iterator[str]:
    goes_on = False
    for line in text.splitlines():
        begins = _EXEC.match(line)
        is_command = begins is not None or goes_on
        goes_on = is_command and line.endswith("\\")
        yield (line[begins.end() :] if begins else line) if is_command else ""


def _of_rotation(text: str) -> Iterator[str]:
    is_script = False
    for line in text.splitlines():
        if line.strip() == "endscript":
            is_script = False
        yield line if is_script else ""
        is_script = is_script or _ROTATES.match(line) is not None
