"""Files are sane: nothing that anybody may write to, no new setuid, no owner without a name, no broken link."""

from __future__ import annotations

from collections.abc import Iterator

from harness.laws.trial import CHANGES, REMOVALS, Finding, Seen, Trial, named_owner, shown
from harness.model.state import FileFacts, State

_STICKY, _SET_ID, _OTHERS_WRITE = 0o1000, 0o6000, 0o002
_NO_PROGRAMS = ("/etc/systemd/system/", "/usr/lib/systemd/system/", "/lib/systemd/system/")


def judge(trial: Trial) -> Iterator[Finding]:
    """Look at what the package holds, and at every file of the product's that is there after a transition."""
    for file in trial.new.files:
        for problem in _mode_problems(file.kind, int(file.mode, 8), file.path):
            evidence = (f"in the package: mode {file.mode}, owner {file.owner}:{file.group}",)
            yield Finding(None, f"{file.path} {problem}", evidence, (file.path,))
    delivered = {file.path for file in trial.new.files}
    for seen in trial.transitions(CHANGES - REMOVALS):
        after = seen.transition.after
        for path, state in sorted(after.files.items()):
            if state.now is not None and path not in delivered and trial.is_own(path, after):
                yield from _of_file(seen, after, path, state.now)
        for path in after.broken_links:
            yield Finding(seen, f"the link {path} leads nowhere", (shown(after.files[path].now),), (path,))


def _of_file(seen: Seen, state: State, path: str, found: FileFacts) -> Iterator[Finding]:
    problems = [*_mode_problems(found.kind, int(found.mode, 8), path)]
    owner = named_owner(state, found.owner)
    if any(name.isdigit() or name in ("nobody", "nogroup") for name in owner.split(":")):
        problems.append(f"belongs to nobody: {owner}")
    for problem in problems:
        yield Finding(seen, f"{path} {problem}", (f"{shown(found)} ({owner})",), (path,))


def _mode_problems(kind: str, mode: int, path: str) -> Iterator[str]:
    if kind not in ("f", "d"):
        return
    if mode & _OTHERS_WRITE and not (kind == "d" and mode & _STICKY):
        yield "may be written by anybody"
    if kind == "f" and mode & _SET_ID:
        yield "runs with the rights of its owner or group (setuid, setgid)"
    if kind == "f" and mode & 0o111 and path.startswith(_NO_PROGRAMS):
        yield "is a unit file and marked as a program"
