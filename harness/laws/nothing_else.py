"""Nothing else on the machine changes: foreign files, packages, units, accounts, ports, the default environment."""

from __future__ import annotations

from collections.abc import Iterator

from harness.laws.trial import CHANGES, REMOVALS, STOPS, Finding, Seen, Trial, changed_paths, shown
from harness.model.state import State

#: Static services that run until the machine goes down.
_LASTING = ("dbus.service", "systemd-journald.service", "systemd-logind.service", "systemd-udevd.service")
_REGISTER_TOOLS = {
    "diversions": "dpkg-divert", "statoverride": "dpkg-statoverride", "alternatives": "update-alternatives",
}  # fmt: skip


def judge(trial: Trial) -> Iterator[Finding]:
    """Compare everything that is not the product's before and after each transition."""
    for seen in trial.transitions(CHANGES):
        yield from _files(trial, seen)
        yield from _packages(trial, seen)
        yield from _unwatched(trial, seen)
        yield from _units(trial, seen)
        yield from _activity(trial, seen)
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


def _unwatched(trial: Trial, seen: Seen) -> Iterator[Finding]:
    before, after = seen.transition.before, seen.transition.after
    for path in sorted(before.unwatched.keys() | after.unwatched.keys()):
        if before.unwatched.get(path) == after.unwatched.get(path) or trial.is_own(path, before, after):
            continue
        verb = "appears" if path not in before.unwatched else "goes" if path not in after.unwatched else "changes"
        yield Finding(seen, f"{path}, which all of the machine heeds, {verb}", (), (path, *_tools(path)))


def _tools(path: str) -> tuple[str, ...]:
    """Give the commands that write a register of the package manager, as a script would hold them."""
    return tuple(tool for part, tool in _REGISTER_TOOLS.items() if part in path)


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


def _activity(trial: Trial, seen: Seen) -> Iterator[Finding]:
    """Timers, sockets and enabled services of others that were active go on; a static service may end by itself."""
    before, after = seen.transition.before, seen.transition.after
    own = {path.rpartition("/")[2] for path in (*before.owned, *after.owned, *trial.product.made)}
    for name in sorted(set(before.active_units) - set(after.active_units) - own):
        enabled = before.other_units.get(name, "")
        lasts = name.endswith((".timer", ".socket")) or name in _LASTING or enabled == "enabled"
        if lasts and enabled and enabled == after.other_units.get(name):
            about = (name, name.rpartition(".")[0])
            yield Finding(seen, f"the unit {name}, which is not the package's, is stopped", (), about, deed=STOPS)


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
