"""Files are sane: not for anybody to write to, no new setuid or capability, owners with a name, links that lead on."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from harness.laws.trial import (
    CHANGES,
    DELETES,
    REMOVALS,
    WRITES,
    Finding,
    Seen,
    Trial,
    is_runnable,
    merged,
    named_owner,
    shown,
)
from harness.model.state import FileFacts, State
from simulator.contract import PackageContents, PayloadFile

_STICKY, _SET_ID, _OTHERS_WRITE, _OTHERS_PASS = 0o1000, 0o6000, 0o002, 0o001
_OWNER_WRITES, _GROUP_WRITES = 0o200, 0o020
_MOST = 8
_CAPABILITY, _CAPABILITY_TEXT, _NO_CAPABILITIES = "security.capability", "capabilities", "="
_CAPABLE = "runs with capabilities of root"
_NO_PROGRAMS = ("/etc/systemd/system/", "/usr/lib/systemd/system/", "/lib/systemd/system/")


def judge(trial: Trial) -> Iterator[Finding]:
    """Look at what the package holds, and at every file of the product's that is there after a transition."""
    yield from _in_package(trial)
    for seen in trial.transitions(CHANGES | {"reboot", "connect"}):
        yield from _below_run(trial, seen)
    for seen in trial.transitions(REMOVALS):
        yield from _without_owner(trial, seen)
    delivered = {merged(file.path): set(_payload_problems(file)) for file in trial.new.files}
    known = {line for state in _states_of_old(trial) for line in _writers(state, state.files)}
    for seen in trial.transitions((CHANGES - REMOVALS) | {"reboot"}):
        after = seen.transition.after
        for path, state in sorted(after.files.items()):
            if state.now is not None and trial.is_own(path, after):
                yield from _of_file(seen, after, path, state.now, delivered.get(merged(path), set()))
        yield from _programs(trial, seen, known)
        for path in after.broken_links:
            yield Finding(seen, f"the link {path} leads nowhere", (shown(after.files[path].now),), (path,))


def _in_package(trial: Trial) -> Iterator[Finding]:
    known = {merged(file.path): set(_payload_problems(file)) for file in (trial.old.files if trial.old else ())}
    delivered = {file.path: set(_payload_problems(file)) for file in trial.new.files}
    accounts = {"root", "0", *trial.product.accounts}
    for file in trial.new.files:
        old = {problem for problem in known.get(merged(file.path), ()) if problem.startswith("runs with")}
        for problem in _payload_problems(file):
            if problem not in old:
                evidence = (f"in the package: mode {file.mode}, owner {file.owner}:{file.group} {file.capabilities}",)
                yield Finding(None, f"{file.path} {problem}", evidence, (file.path,))
        if file.owner not in accounts:
            problem = f"belongs to {file.owner}, who is neither root nor an account of the product"
            yield Finding(None, f"{file.path} {problem}", (), (file.path,))
    if trial.old is not None:
        told = {file.path for file in trial.new.files if delivered[file.path] or file.owner not in accounts}
        yield from _changed(trial.old, trial.new, told)


def _programs(trial: Trial, seen: Seen, known: set[tuple[str, str]]) -> Iterator[Finding]:
    """Tell of programs that the product's own accounts may change, as those of the previous release could not.

    `known` is what each account could change there; whoever can change a folder can change what comes to be below it.
    Root runs what lies there, if only in a script of the next upgrade. Source: CWE-732, CWE-250.
    """
    after = seen.transition.after
    changeable: dict[str, list[str]] = {}
    for path, writer in _writers(after, _programs_and_folders(trial, after)):
        places = (path, *map(str, PurePosixPath(path).parents))
        if not any((place, writer) in known for place in places):
            changeable.setdefault(writer, []).append(path)
    for writer, paths in changeable.items():
        evidence = tuple(f"{path}: {shown(after.files[path].now)}" for path in paths[:_MOST])
        yield Finding(seen, f"programs may be changed by {writer}, and root runs what is there", evidence,
                      tuple(paths[:_MOST]), deed=WRITES)  # fmt: skip
    if after.installed != trial.new.package.version:
        return
    runnable = {merged(file.path) for file in trial.new.files if is_runnable(file)}
    for path in sorted(path for path in after.files if merged(path) in runnable):
        now = after.files[path].now
        if now is not None and not int(now.mode, 8) & 0o111:
            yield Finding(seen, f"the program {path} cannot be executed", (shown(now),), (path,), deed=WRITES)


def _states_of_old(trial: Trial) -> Iterator[State]:
    old = trial.old.package.version if trial.old else ""
    steps = (step for run in trial.runs for step in run.transitions)
    return (state for step in steps for state in (step.before, step.after) if old and state.installed == old)


def _programs_and_folders(trial: Trial, state: State) -> list[str]:
    programs = {path for path, found in state.files.items() if _is_program(trial, state, path, found.now)}
    paths = programs | {path.rpartition("/")[0] for path in programs}
    return sorted(path for path in paths if path in state.files and not trial.is_state(path))


def _writers(state: State, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Give (path, account) of those that somebody else than root may change."""
    name = functools.cache(functools.partial(named_owner, state))
    for path in paths:
        now = state.files[path].now
        if now is None or now.owner == "0:0":
            continue
        user, _, group = name(now.owner).partition(":")
        mode = int(now.mode, 8)
        if user != "root" and mode & _OWNER_WRITES:
            yield path, user
        elif group != "root" and mode & _GROUP_WRITES:
            yield path, group


def _is_program(trial: Trial, state: State, path: str, now: FileFacts | None) -> bool:
    is_runnable_file = now is not None and now.kind == "f" and int(now.mode, 8) & 0o111
    return bool(is_runnable_file) and not trial.is_state(path) and trial.is_own(path, state)


def _below_run(trial: Trial, seen: Seen) -> Iterator[Finding]:
    """Tell of what comes to be below /run that anybody may write to; the folder of all locks is for that.

    A file of the package that says so is to blame: of tmpfiles.d, or a unit with a folder of its own there.
    """
    for line in sorted(set(seen.transition.after.open_to_all) - set(seen.transition.before.open_to_all)):
        path = line.partition(" ")[0]
        name = re.escape(path.split("/")[2])
        made = re.compile(rf"{re.escape(path)}(?!\w)|^RuntimeDirectory\s*=(.*\s)?{name}(\s|$)", re.MULTILINE)
        maker = next((file.path for file in trial.new.files if made.search(file.text)), "")
        yield Finding(seen, f"{path} may be written by anybody", (line,), (maker or path,), deed=WRITES,
                      by_file=bool(maker))  # fmt: skip


def _without_owner(trial: Trial, seen: Seen) -> Iterator[Finding]:
    """Tell of files that stay when their account goes: its number is given to somebody else.

    Source: Debian policy 9.2.2; Fedora's guidelines on users and groups, which never delete one.
    """
    after = seen.transition.after
    owners: dict[str, list[str]] = {}
    for path, state in sorted(after.files.items()):
        if state.now is None or state.was is not None or trial.is_background(path):
            continue
        owner = named_owner(after, state.now.owner)
        if any(name.isdigit() for name in owner.split(":")):
            owners.setdefault(state.now.owner, []).append(path)
    for owner, paths in owners.items():
        lost = _kinds_of_accounts(seen.transition.before) - _kinds_of_accounts(after)
        about = tuple(sorted({name for name, _ in lost})) or (paths[0],)
        yield Finding(seen, "files stay whose account has gone", (f"owner {owner}", *paths[:_MOST]), about,
                      deed=DELETES)  # fmt: skip


def _kinds_of_accounts(state: State) -> set[tuple[str, int]]:
    """Give each account and each group, which may have the same name, with its number of fields."""
    return {(line.partition(":")[0], line.count(":")) for line in state.accounts}


def _changed(old: PackageContents, new: PackageContents, told: set[str]) -> Iterator[Finding]:
    """Tell of rights that a file of both packages does not have any more, or has now; `told` are those told of."""
    known = {merged(file.path): file for file in old.files}
    for file in new.files:
        before = known.get(merged(file.path))
        if before is None or before.kind != file.kind or file.kind not in ("f", "d") or file.path in told:
            continue
        rights = [f"mode {f.mode}, owner {f.owner}:{f.group}" for f in (before, file)]
        if rights[0] != rights[1]:
            yield Finding(None, f"{file.path} changes its mode or owner", (" -> ".join(rights),), (file.path,))


def _of_file(seen: Seen, state: State, path: str, found: FileFacts, delivered: set[str]) -> Iterator[Finding]:
    """Look at one file; what is wrong in the package already is told of that."""
    problems = [*_mode_problems(found.kind, int(found.mode, 8), path)]
    if found.kind == "s" and int(found.mode, 8) & _OTHERS_WRITE and _is_open_to_all(state, path):
        problems.append("is a socket to which anybody may write")
    if any(_gives_rights(attribute) for attribute in found.attributes):
        problems.append(_CAPABLE)
    owner = named_owner(state, found.owner)
    if any(name.isdigit() or name in ("nobody", "nogroup") for name in owner.split(":")):
        problems.append(f"belongs to nobody: {owner}")
    for problem in problems:
        if problem not in delivered:
            yield Finding(seen, f"{path} {problem}", (f"{shown(found)} ({owner})",), (path,), deed=WRITES)


def _is_open_to_all(state: State, path: str) -> bool:
    """Say whether nobody is kept out by one of the folders that a path is in, as far as they came with the product."""
    folders = (str(parent) for parent in PurePosixPath(path).parents)
    known = (state.files[folder].now for folder in folders if folder in state.files)
    return all(int(found.mode, 8) & _OTHERS_PASS for found in known if found is not None)


def _gives_rights(attribute: str) -> bool:
    """Say whether an attribute is a set of capabilities that is not empty, as `setcap cap_net_raw-ep` leaves one.

    Source: capabilities(7) and the kernel's `struct vfs_cap_data`: four bytes of version and flags, then the sets of 32
    bits each, permitted and inheritable, twice; cap_to_text(3) where they come as text.
    """
    name, _, value = attribute.partition("=")
    if name == _CAPABILITY_TEXT:
        return value != _NO_CAPABILITIES
    return name == _CAPABILITY and set(value[8:40]) != {"0"}


def _payload_problems(file: PayloadFile) -> Iterator[str]:
    yield from _mode_problems(file.kind, int(file.mode, 8), file.path)
    if file.capabilities:
        yield _CAPABLE


def _mode_problems(kind: str, mode: int, path: str) -> Iterator[str]:
    if kind not in ("f", "d"):
        return
    if mode & _OTHERS_WRITE and not (kind == "d" and mode & _STICKY):
        yield "may be written by anybody"
    if kind == "f" and mode & _SET_ID:
        yield "runs with the rights of its owner or group (setuid, setgid)"
    if kind == "f" and mode & 0o111 and path.startswith(_NO_PROGRAMS):
        yield "is a unit file and marked as a program"
