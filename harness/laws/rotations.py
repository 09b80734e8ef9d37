"""Read how logrotate treats the product's logs: whether it rotates them, and whether they are written on then."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from harness.laws.trial import Finding, Trial, named_owner
from harness.model.state import FileFacts, State
from simulator.contract import PackageContents

_FOLDER = "/etc/logrotate.d/"
_SCRIPTS = ("prerotate", "postrotate", "firstaction", "lastaction", "preremove")
#: What lets a program that holds its log open go on in the new one. Source: logrotate(8).
_HEARD = {"postrotate", "lastaction", "copytruncate", "copy"}
_OWNED = re.compile(r"create\s+(?P<mode>[0-7]{3,4})\s+(?P<user>\S+)(?:\s+(?P<group>\S+))?$")
_GROUP_WRITES, _OTHERS_WRITE = 0o020, 0o002


@dataclass(frozen=True)
class Rotation:
    """One block: the logs that it is about, and its lines without those of scripts."""

    patterns: tuple[str, ...]
    lines: tuple[str, ...]

    def words(self) -> set[str]:
        """Give what its lines begin with."""
        return {line.split()[0] for line in self.lines}


def judge_rotations(trial: Trial) -> Iterator[Finding]:
    """Tell of rotations of the package that do not work on a machine that has it, or do less than they did."""
    looks = [step.after for run in trial.runs for step in run.transitions if not run.environment]
    states = [state for state in looks if state.installed == trial.new.package.version]
    old = _read(trial.old) if trial.old else {}
    for path, rotations in _read(trial.new).items():
        before = old.get(path, [])
        known = set(_faults(before, looks))
        told = [fault for fault in _faults(rotations, states) if fault not in known]
        for problem in dict.fromkeys([*told, *_losses(before, rotations)]):
            yield Finding(None, f"{path} {problem}", (), (path,))


def _read(package: PackageContents) -> dict[str, list[Rotation]]:
    files = (file for file in package.files if file.path.startswith(_FOLDER) and file.text)
    return {file.path: read_rotations(file.text) for file in files}


def read_rotations(text: str) -> list[Rotation]:
    """Give the blocks of a file; what stands outside of them holds for each that follows."""
    found: list[Rotation] = []
    general: list[str] = []
    names: list[str] = []
    own: list[str] | None = None
    script = ""
    for whole in text.splitlines():
        line = whole.strip()
        if script:
            script = "" if line == "endscript" else script
        elif not line or line.startswith("#"):
            continue
        elif own is None:
            before, brace, _ = line.partition(" {") if " {" in line else line.partition("{")
            if before.lstrip("\"'").startswith("/"):
                names += [word.strip("\"'") for word in before.split()]
            elif before:
                general.append(before)
            own = [] if brace else None
        elif line.startswith("}"):
            found.append(Rotation(tuple(names), (*general, *own)))
            names, own = [], None
        else:
            own.append(line)
            script = line if line in _SCRIPTS else ""
    return found


def _faults(rotations: Iterable[Rotation], states: Sequence[State]) -> Iterator[str]:
    for rotation in rotations:
        for state in states:
            for path, file in state.files.items():
                if file.now is not None:
                    yield from _of_path(rotation, state, path, file.now)


def _of_path(rotation: Rotation, state: State, path: str, now: FileFacts) -> Iterator[str]:
    """Say why logrotate passes a folder over, or why who writes a log cannot go on in the new one.

    Source: logrotate's own message of insecure permissions of the parent directory, and logrotate(8) on su and create.
    """
    mode, words = int(now.mode, 8), rotation.words()
    is_open = mode & _OTHERS_WRITE or (mode & _GROUP_WRITES and not now.owner.endswith(":0"))
    if now.kind == "d" and is_open and "su" not in words and _is_about(rotation, f"{path}/x", folder=True):
        yield f"does not rotate what is in {path}: others than root may write to that folder, and there is no 'su'"
    made = next(filter(None, map(_OWNED.match, rotation.lines)), None)
    if now.kind != "f" or made is None or words & {"copytruncate", "copy"} or not _is_about(rotation, path):
        return
    user, _, group = named_owner(state, now.owner).partition(":")
    rights = int(made["mode"], 8)
    may_write = rights & _OTHERS_WRITE or (rights & _GROUP_WRITES and made["group"] == group)
    if user != "root" and made["user"] != user and not may_write:
        yield f"makes {path} anew so that {user}, who writes it, may not: {made[0]}"


def _is_about(rotation: Rotation, path: str, *, folder: bool = False) -> bool:
    """Say whether a rotation means a log, or logs in the folder that a path is in."""
    wanted = PurePosixPath(path)
    patterns = (PurePosixPath(pattern) for pattern in rotation.patterns)
    return any(
        wanted.parent.match(str(pattern.parent)) if folder else wanted.match(str(pattern)) for pattern in patterns
    )


def _losses(old: Sequence[Rotation], new: Sequence[Rotation]) -> Iterator[str]:
    """Tell of what rotations of the previous release did, and none of these does."""
    before, after = (set[str]().union(*(rotation.words() for rotation in rotations)) for rotations in (old, new))
    if before & _HEARD and not after & _HEARD:
        yield "does not tell the program of a new log any more, which writes on to the old one"
    if "missingok" in before - after:
        yield "fails where there is no log yet: 'missingok' has gone"
    keeps = [any(line.split() == ["rotate", "0"] for r in rotations for line in r.lines) for rotations in (old, new)]
    if old and keeps[1] and not keeps[0]:
        yield "keeps no old log any more: rotate 0"
