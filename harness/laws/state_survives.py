"""The product's data survive: nothing of it vanishes, changes hands or opens up when program or machine are renewed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.laws.trial import DELETES, INSTALLS, WRITES, Finding, Seen, Trial, facts, named_owner, same, shown
from harness.machines.file_changes import is_below
from harness.model.state import FileFacts, State

_OTHERS_READ, _MOST = 0o004, 8
#: What comes and goes with a process, or with a command of a script.
_PASSING = re.compile(r"/run/lock/|.*(\.(pid|sock|lock)|[.-]\d+)(/|$)")


def judge(trial: Trial) -> Iterator[Finding]:
    """Compare the declared data before and after; their content is the agent's, their owner and mode are not."""
    for seen in trial.transitions(INSTALLS | {"reboot"}):
        for path in sorted(seen.transition.before.files):
            if any(is_below(path, log) for log in trial.product.logs) or path in seen.transition.edited:
                continue
            if any(is_below(path, folder) for folder in trial.product.leftovers):
                yield from _of_path(seen, path)
    for seen in trial.transitions({"reboot"}):
        yield from _below_run(seen)
    for seen in trial.transitions(INSTALLS):
        yield from _logs(trial, seen)
    for seen in trial.transitions({"remove"}):
        yield from _kept(trial, seen)


def _logs(trial: Trial, seen: Seen) -> Iterator[Finding]:
    """Tell of logs that go, and not under another name, or that anybody may read now."""
    before, after = seen.transition.before, seen.transition.after
    for path in sorted(before.files):
        one, other = facts(before, path, after), facts(after, path, before)
        is_log = any(is_below(path, log) for log in trial.product.logs)
        if not is_log or path in seen.transition.edited or one is None or one.kind != "f":
            continue
        evidence = (f"before: {shown(one)}", f"after: {shown(other)}")
        if other is None and not _is_rotated(seen, path):
            yield Finding(seen, f"the log {path} is lost", evidence, (path, path.rpartition("/")[0]), deed=DELETES)
        elif other is not None and int(other.mode, 8) & ~int(one.mode, 8) & _OTHERS_READ:
            yield Finding(seen, f"anybody may read the log {path} now", evidence, (path,), deed=WRITES)


def _is_rotated(seen: Seen, path: str) -> bool:
    """Say whether a log has another name now, which was not there before or was another log's."""
    before, after = seen.transition.before, seen.transition.after
    stem, suffix = re.match(r"(.*?)((?:\.[a-z]+)?)$", path, re.DOTALL).groups()  # type: ignore[union-attr] # any text
    name = re.compile(rf"{re.escape(path)}.+|{re.escape(stem)}[-._]\d[\dT:_-]*{re.escape(suffix)}(\.\w+)?")
    return any(
        found.now is not None and name.fullmatch(there) and not same(facts(before, there, after), found.now)
        for there, found in after.files.items()
    )


def _kept(trial: Trial, seen: Seen) -> Iterator[Finding]:
    """Tell of data that are to be left and go with the program, although nobody has asked for a purge.

    What a service takes away when it ends is not told of: all files of a declared place have to go.
    """
    before, after = seen.transition.before, seen.transition.after
    for place in trial.product.leftovers:
        data = [path for path in before.files if is_below(path, place) and not _PASSING.match(path)]
        data = [path for path in data if not any(is_below(path, log) for log in trial.product.logs)]
        there = {path for path in data if (found := facts(before, path, after)) and found.kind == "f"}
        if there and not any(facts(after, path, before) for path in there):
            evidence = tuple(f"gone: {path}" for path in sorted(there)[:_MOST])
            yield Finding(seen, f"the product's data in {place} go with a removal that is no purge", evidence, (place,),
                          deed=DELETES)  # fmt: skip


def _below_run(seen: Seen) -> Iterator[Finding]:
    """Tell of folders that are not made anew by a boot, where each service runs again that might have made them."""
    before, after = seen.transition.before, seen.transition.after
    active, again = ({name for name, unit in s.units.items() if unit.active == "active"} for s in (before, after))
    if not active or not active <= again:
        return
    for path in sorted(set(before.runtime_folders) - set(after.runtime_folders)):
        if not _PASSING.match(path):
            problem = f"{path}, which was there before a boot, is not made anew by it"
            yield Finding(seen, problem, (), (path,), deed=WRITES)


def _of_path(seen: Seen, path: str) -> Iterator[Finding]:
    before, after = seen.transition.before, seen.transition.after
    one, other = facts(before, path, after), facts(after, path, before)
    if one is None or one.kind not in ("f", "d", "l"):
        return
    evidence = (f"before: {shown(one)}", f"after: {shown(other)}")
    if other is None:
        yield Finding(seen, f"the product's {path} is lost", evidence, (path, path.rpartition("/")[0]), deed=DELETES)
    elif _rights(before, one) != _rights(after, other):
        yield Finding(seen, f"the product's {path} changes its owner or mode", evidence, (path,))


def _rights(state: State, found: FileFacts) -> tuple[str, str, str]:
    return found.kind, found.mode, named_owner(state, found.owner)
