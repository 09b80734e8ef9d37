"""What is removed is gone: files, accounts, units, processes and ports, but for what the product file declares."""

from __future__ import annotations

from collections.abc import Iterator

from harness.laws.trial import REMOVALS, WRITES, Finding, Seen, Trial, account_names, shown
from harness.machines.file_changes import is_below
from harness.model.state import State


def judge(trial: Trial) -> Iterator[Finding]:
    """Compare the machine after a removal with what it was before the first installation."""
    for seen in trial.transitions(REMOVALS):
        after = seen.transition.after
        if after.package == "installed" or not seen.earlier:
            continue
        yield from _files(trial, seen)
        for path in sorted(set(after.runtime) - set(seen.earlier[0].before.runtime)):
            if trial.is_declared(path):
                continue
            yield Finding(seen, f"{path} is left behind until the machine restarts", (), (path,), deed=WRITES)
        yield from _accounts(trial, seen, seen.earlier[0].before)
        for unit, state in after.units.items():
            if state.active not in ("inactive", "failed", ""):
                yield Finding(seen, f"the service {unit} still runs", (f"state: {state.active}",), (unit,))
            elif state.enabled not in ("absent", "masked"):
                who, place = ("Windows", "key") if seen.run.format == "msi" else ("systemd", "unit file")
                evidence = (f"{place}: {state.path}",)
                yield Finding(seen, f"{who} still knows the unit {unit}", evidence, (unit, state.path))
        ports = sorted(set(after.listening) - set(seen.earlier[0].before.listening))
        if ports:
            yield Finding(seen, "something of the package still listens", tuple(ports))
        known = {trial.product.listed_as, *trial.product.formerly}  # what is left of a name is its own purge's matter
        packages = sorted(set(after.packages) - set(seen.earlier[0].before.packages) - known)
        if packages and seen.kind == "uninstall":
            yield Finding(seen, "packages that came with it stay", tuple(packages))


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
