"""Nothing else on the machine changes: foreign files, packages, units, accounts, ports, the default environment."""

from __future__ import annotations

from collections.abc import Iterator

from harness.laws.trial import CHANGES, REMOVALS, Finding, Seen, Trial, changed_paths, shown
from harness.model.state import State


def judge(trial: Trial) -> Iterator[Finding]:
    """Compare everything that is not the product's before and after each transition."""
    for seen in trial.transitions(CHANGES):
        yield from _files(trial, seen)
        yield from _packages(trial, seen)
        yield from _units(trial, seen)
        yield from _accounts(trial, seen)
        yield from _ports(trial, seen)
        yield from _environment(trial, seen)


def _files(trial: Trial, seen: Seen) -> Iterator[Finding]:
    transition = seen.transition
    for path, before, after in changed_paths(transition):
        if trial.is_own(path, transition.before, transition.after) or trial.is_background(path):
            continue
        if path in transition.edited or path.startswith(("/tmp/", "/var/tmp/")):  # noqa: S108 - other laws' matters
            continue
        verb = "appears" if before is None else "is taken away" if after is None else "changes"
        if verb == "appears" and seen.kind in REMOVALS:
            verb = "appears at the removal"
        evidence = (f"before: {shown(before)}", f"after: {shown(after)}")
        yield Finding(seen, f"{path}, which is not the package's, {verb}", evidence, (path,))


def _packages(trial: Trial, seen: Seen) -> Iterator[Finding]:
    before, after = seen.transition.before.packages, seen.transition.after.packages
    for name in sorted((before.keys() | after.keys()) - {trial.product.package}):
        if before.get(name) != after.get(name):
            change = f"{before.get(name, 'absent')} -> {after.get(name, 'absent')}"
            yield Finding(seen, f"the package {name} changes", (change,), (name,))


def _units(trial: Trial, seen: Seen) -> Iterator[Finding]:
    before, after = seen.transition.before.other_units, seen.transition.after.other_units
    own = {path.rpartition("/")[2] for state in (seen.transition.before, seen.transition.after) for path in state.owned}
    own |= {path.rpartition("/")[2] for path in trial.product.made}
    for name in sorted((before.keys() | after.keys()) - own):
        if before.get(name) != after.get(name):
            change = f"{before.get(name, 'absent')} -> {after.get(name, 'absent')}"
            about = (name, f"/usr/lib/systemd/system/{name}")
            yield Finding(seen, f"the unit {name}, which is not the package's, changes", (change,), about)


def _accounts(trial: Trial, seen: Seen) -> Iterator[Finding]:
    declared = {*trial.product.accounts, *trial.product.groups}
    before, after = set(seen.transition.before.accounts), set(seen.transition.after.accounts)
    for name in sorted({line.partition(":")[0] for line in before ^ after} - declared):
        lines = (
            *_account_lines(seen.transition.before, name, "before"),
            *_account_lines(seen.transition.after, name, "after"),
        )
        yield Finding(seen, f"the account or group {name} changes", lines, (name,))


def _account_lines(state: State, name: str, when: str) -> list[str]:
    return [f"{when}: {line}" for line in state.accounts if line.startswith(f"{name}:")]


def _ports(trial: Trial, seen: Seen) -> Iterator[Finding]:
    new = set(seen.transition.after.listening) - set(seen.transition.before.listening) - set(trial.product.ports)
    gone = set(seen.transition.before.listening) - set(seen.transition.after.listening) - set(trial.product.ports)
    for port in sorted(new):
        yield Finding(
            seen, f"something listens on {port}, which the product does not declare", (), (port.rpartition(":")[2],)
        )
    for port in sorted(gone):
        yield Finding(seen, f"nothing listens on {port} any more", (), (port.rpartition(":")[2],))


def _environment(trial: Trial, seen: Seen) -> Iterator[Finding]:
    before, after = set(seen.transition.before.environment), set(seen.transition.after.environment)
    for name in sorted({line.partition("=")[0] for line in before ^ after} - set(trial.product.environment)):
        lines = tuple(f"after: {line}" for line in after if line.startswith(f"{name}=")) or ("after: not set",)
        yield Finding(seen, f"the default environment of all services changes: {name}", lines, (name,))
