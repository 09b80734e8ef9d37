"""The machine's journal has no error of the product's units, no crash and no core dump."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.laws.trial import CHANGES, INSTALLS, REPAIR, Finding, Seen, Trial
from harness.model.state import JournalLine

_CRASH = re.compile(r"dumped core|code=(dumped|killed)|Failed with result|start request repeated too quickly|segfault")
#: Source: systemd's load-fragment.c and conf-parser.c: what it says of a unit file that it takes only in part.
_MISTAKE = re.compile(
    r"Unknown (key|section|lvalue)|Failed to parse|Failed to resolve|Missing '='|is not absolute|ignoring[.:]?\s*\S*$"
    r"|Invalid|is marked (executable|world-writable)|obsolete|deprecated|legacy|[Uu]nsafe|not safe|not supported"
)
#: Source: systemd's load-fragment.c, manager.c and transaction.c: what it says of a whole unit.
_ODD = re.compile(
    r"is not safe|is unsafe|legacy|has no ExecStart|ordering cycle|Cannot add dependency"
    r"|deleted to break|bad unit file"
)
_READERS = ("systemd", "systemd-tmpfiles", "systemd-sysusers", "systemd-udevd")
_ERROR_PRIORITY = 3
_MOST = 8


def judge(trial: Trial) -> Iterator[Finding]:
    """Look at the journal of each transition but killing; a stop that systemd has to enforce is a crash too."""
    units = {f"{unit}.service" for unit in trial.product.units}
    for seen in trial.transitions():
        if seen.kind.startswith("kill "):
            continue
        if seen.kind in CHANGES | {"reboot"}:
            yield from _mistakes(trial, seen)
        if seen.kind in INSTALLS | {REPAIR}:
            yield from _problems(trial, seen)
        loud = [
            line
            for line in seen.transition.journal
            if line.unit in units and (_is_error(seen, line) or _is_told_of(line))
        ]
        for unit in sorted({line.unit for line in loud}):
            lines = tuple(f"{line.source}: {line.message}" for line in loud if line.unit == unit)[:_MOST]
            yield Finding(seen, f"{unit} logs errors", lines, (unit.removesuffix(".service"),), process=unit)


def _is_error(seen: Seen, line: JournalLine) -> bool:
    """Say whether a service calls a line an error; in an outage it may say what does not work."""
    return line.priority <= _ERROR_PRIORITY and seen.kind != "outage"


def _is_told_of(line: JournalLine) -> bool:
    """Say whether systemd tells of a crash, or of something odd of the unit."""
    is_of_unit = line.source == "systemd" and line.message.startswith(f"{line.unit}: ")
    return bool(_CRASH.search(line.message) or (is_of_unit and _ODD.search(line.message)))


def _problems(trial: Trial, seen: Seen) -> Iterator[Finding]:
    """Give what systemd would find wrong when it starts one of the package's units, also those that nobody starts."""
    known = {*seen.transition.before.unit_problems, *(line.message for line in seen.transition.journal)}
    said = [line for line in seen.transition.after.unit_problems if line not in known]
    for file in trial.new.files if said else ():
        name = file.path.rpartition("/")[2]
        lines = tuple(line for line in said if re.search(rf"(^|[\s/]){re.escape(name)}[\s:]", line))[:_MOST]
        if file.kind == "f" and "/systemd/system/" in file.path and lines:
            yield Finding(seen, f"systemd finds mistakes in {file.path}", lines, (file.path,), by_file=True)


def _mistakes(trial: Trial, seen: Seen) -> Iterator[Finding]:
    """Give what systemd says of the text of the package's files, on which it goes on without a line."""
    said = [f"{line.source}: {line.message}" for line in seen.transition.journal
            if line.source in _READERS and _MISTAKE.search(line.message)]  # fmt: skip
    for file in trial.new.files if said else ():
        about = f"{file.path.removeprefix('/usr')}:"  # /lib leads to /usr/lib
        lines = tuple(line for line in said if file.kind == "f" and about in line)[:_MOST]
        if lines:
            yield Finding(seen, f"systemd does not understand {file.path}", lines, (file.path,), by_file=True)
