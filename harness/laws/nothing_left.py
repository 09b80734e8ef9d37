"""What is removed is gone: files, accounts, units, processes and ports, but for what the product file declares.

So are the files of a release that has been replaced, which would fill the disk with each upgrade.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.laws.trial import REMOVALS, WRITES, Finding, Seen, Trial, account_names, changed_paths, shown
from harness.machines.file_changes import is_below
from harness.model.state import State

_MOST = 8
_NUMBER = r"(?<=\D)\d+\."  # where the number of a release begins
_COPIES = r"\b(cp|mv|tar|rsync|ln|install)\b"


def judge(trial: Trial) -> Iterator[Finding]:
    """Compare the machine after a removal with what it was before the first installation; and look at each upgrade."""
    for seen in trial.transitions({"upgrade"}):
        yield from _replaced(trial, seen)
    for seen in trial.transitions(REMOVALS):
        if seen.transition.after.package != "installed" and seen.earlier:
            yield from _removed(trial, seen, seen.earlier[0].before)


def _removed(trial: Trial, seen: Seen, first: State) -> Iterator[Finding]:
    after = seen.transition.after
    yield from _files(trial, seen)
    for path in sorted(set(after.runtime) - set(first.runtime)):
        if not trial.is_declared(path):
            yield Finding(seen, f"{path} is left behind until the machine restarts", (), (path,), deed=WRITES)
    yield from _accounts(trial, seen, first)
    for unit, state in after.units.items():
        if state.active not in ("inactive", "failed", ""):
            yield Finding(seen, f"the service {unit} still runs", (f"state: {state.active}",), (unit,))
        elif state.enabled not in ("absent", "masked"):
            who, place = ("Windows", "key") if seen.run.format == "msi" else ("systemd", "unit file")
            evidence = (f"{place}: {state.path}",)
            yield Finding(seen, f"{who} still knows the unit {unit}", evidence, (unit, state.path))
    ports = sorted(set(after.listening) - set(first.listening))
    if ports:
        yield Finding(seen, "something of the package still listens", tuple(ports))
    known = {trial.product.listed_as, *trial.product.formerly}  # what is left of a name is its own purge's matter
    packages = sorted(set(after.packages) - set(first.packages) - known)
    if packages and seen.kind == "uninstall":
        yield Finding(seen, "packages that came with it stay", tuple(packages))


def _replaced(trial: Trial, seen: Seen) -> Iterator[Finding]:
    """Tell of copies of the previous release's own files among the data; elsewhere any file that is new is told of."""
    now = {file.sha256 for file in trial.new.files}
    files = trial.old.files if trial.old else ()
    gone = {file.sha256 for file in files if file.size and not file.config} - now
    copies = [
        path
        for path, before, after in changed_paths(seen.transition)
        if before is None and after is not None and after.content in gone and trial.is_state(path)
    ]
    for place in trial.product.leftovers:
        there = tuple(path for path in copies if is_below(path, place))
        if there:
            summary = f"an upgrade leaves copies of the previous release's files in {place}"
            made = {path.removeprefix(place).split("/")[1] for path in there}
            about = tuple(sorted(f"{place}/{re.split(_NUMBER, name)[0]}" for name in made))  # as a script would say it
            yield Finding(seen, summary, there[:_MOST], about, deed=_COPIES)


def _files(trial: Trial, seen: Seen) -> Iterator[Finding]:
    after = seen.transition.after
    kept = (*trial.product.leftovers, *trial.product.logs, *seen.transition.edited)
    if seen.kind == "remove":
        kept += tuple(file.path for file in trial.new.files if file.config)
        kept += trial.product.all_configuration
        kept += tuple(path for path in after.files if trial.is_kept_until_purge(path, after))
    for path, state in sorted(after.files.items()):
        if state.now is None or state.was is not None or trial.is_background(path) or trial.is_of_service(path):
            continue
        if any(is_below(path, known) or is_below(known, path) for known in kept) or trial.is_kept_configuration(path):
            continue
        if any(path == file.path for file in trial.new.files) or is_by_product(path, seen):
            yield Finding(seen, f"{path} is left behind", (shown(state.now),), (path,), deed=WRITES)


def is_by_product(path: str, seen: Seen) -> bool:
    """Say whether a path came with one of the transitions of the lifecycle; others are the administrator's."""
    return any(path in step.after.files and path not in step.before.files for step in (*seen.earlier, seen.transition))


def _accounts(trial: Trial, seen: Seen, first: State) -> Iterator[Finding]:
    declared = {*trial.product.accounts, *trial.product.groups}
    for name in sorted(account_names(seen.transition.after) - account_names(first) - declared):
        yield Finding(seen, f"the account or group {name} is left behind", (), (name,))
