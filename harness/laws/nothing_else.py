"""Nothing else on the machine changes: foreign files, packages, units, accounts, ports, the default environment."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.laws.memberships import moved, of_those_that_stay, signs_in
from harness.laws.trial import (
    CHANGES,
    DELETES,
    REMOVALS,
    STARTS,
    STOPS,
    WRITES,
    Finding,
    Seen,
    Trial,
    account_names,
    changed_paths,
    facts,
    same,
    shown,
)
from harness.model.background import ACCOUNT_FILES
from harness.model.state import FileFacts, State

#: Static services that run until the machine goes down.
_LASTING = ("dbus.service", "systemd-journald.service", "systemd-logind.service", "systemd-udevd.service")
_SHORT_LIVED = ("/tmp/", "/var/tmp/", "/var/lib/systemd/", "/var/cache/", "/var/log/")  # noqa: S108 - of the machine
_NO_SHELLS = ("/nologin", "/false", "/sync", "/true")
_UNLOCKS = r"\b(passwd|chpasswd|usermod|useradd|chage)\b"
_SETS_ACCOUNT = r"\b(useradd|adduser|usermod|chsh|groupadd|addgroup)\b"
#: Source: login.defs(5), UID_MIN and GID_MIN; the last numbers are nobody's.
_FIRST_PERSON, _NOBODY = 1000, 65534
_REGISTER_TOOLS = {"diversions": "dpkg-divert", "statoverride": "dpkg-statoverride",
                   "alternatives": "update-alternatives"}  # fmt: skip


def judge(trial: Trial) -> Iterator[Finding]:
    """Compare everything that is not the product's before and after each transition."""
    for seen in trial.transitions(CHANGES):
        yield from _files(trial, seen)
        yield from _folders(trial, seen)
        yield from _account_files(seen)
        yield from _packages(trial, seen)
        yield from _unwatched(trial, seen)
        yield from _units(trial, seen)
        yield from _activity(trial, seen)
        yield from _environment(trial, seen)
        yield from _live(seen)
    for seen in trial.transitions({"connect", "disconnect"}):  # what a program does, and no script
        yield from _files(trial, seen)
    for seen in trial.transitions({"reboot"}):
        yield from _at_boot(trial, seen)
    for seen in trial.transitions(CHANGES | {"reboot"}):  # which is when what a package has laid down comes into force
        yield from _accounts(trial, seen)
        yield from _passwords(trial, seen)
        yield from _ports(trial, seen)


def _files(trial: Trial, seen: Seen) -> Iterator[Finding]:
    transition = seen.transition
    for path, before, after in changed_paths(transition):
        if trial.is_background(path):
            continue
        if trial.is_own(path, transition.before, transition.after):
            yield from _taken_over(trial, seen, path, after)
            continue
        if _is_shared_folder(transition.after, path):
            continue  # told below
        if path in transition.edited or path.startswith(("/tmp/", "/var/tmp/")):  # noqa: S108 - other laws' matters
            continue
        verb = "appears" if before is None else "is taken away" if after is None else "changes"
        if verb == "appears" and seen.kind in REMOVALS:
            verb = "appears at the removal"
        evidence = (f"before: {shown(before)}", f"after: {shown(after)}")
        yield Finding(seen, f"{path}, which is not the package's, {verb}", evidence, (path,))


def _taken_over(trial: Trial, seen: Seen, path: str, after: FileFacts | None) -> Iterator[Finding]:
    """Tell of a file of others that is the package's now, and of one that goes with it.

    Source: dpkg(1): a package that `Replaces` another one may overwrite its files.
    """
    states = (seen.transition.before, seen.transition.after)
    was = next((state.files[path].was for state in states if path in state.files), None)
    is_listed = any(state.owns(path) for state in states)
    is_known = trial.is_declared(path) or path in seen.transition.edited or _was_taken_over(trial, path)
    if was is None or was.kind == "d" or not is_listed or is_known or same(after, was):
        return
    verb = "goes with the package" if after is None else "is replaced by the package's"
    evidence = (f"at first: {shown(was)}", f"after: {shown(after)}")
    yield Finding(seen, f"{path}, which was there before the package, {verb}", evidence, (path,), by_file=True)


def _was_taken_over(trial: Trial, path: str) -> bool:
    """Say whether the previous release was seen to have another file there than the first one."""
    version = trial.old.package.version if trial.old else None
    states = [state for run in trial.runs for step in run.transitions for state in (step.before, step.after)]
    had = [state.files.get(path) for state in states if state.installed == version and state.owns(path)]
    return any(found is not None and not same(found.was, found.now) for found in had)


def _folders(trial: Trial, seen: Seen) -> Iterator[Finding]:
    """Folders that were there before the product stay, with their mode and owner, although packages may list them."""
    transition = seen.transition
    for path, state in sorted(transition.after.files.items()):
        before, after = facts(transition.before, path, transition.after), state.now
        if before is None or not _is_shared_folder(transition.after, path) or path in transition.edited:
            continue
        if trial.is_declared(path) or trial.is_background(path):
            continue
        if after is None and transition.before.owns(path):
            continue  # dpkg takes a folder away that is empty, and that no other package lists
        if after is None:
            yield Finding(seen, f"the folder {path}, which was there before, is taken away", (shown(before),), (path,),
                          deed=DELETES)  # fmt: skip
        elif (before.kind, before.mode, before.owner) != (after.kind, after.mode, after.owner):
            evidence = (f"before: {shown(before)}", f"after: {shown(after)}")
            delivered = any(file.path == path and file.mode == after.mode for file in trial.new.files)
            yield Finding(seen, f"the folder {path}, which was there before, changes", evidence, (path,), deed=WRITES,
                          by_file=delivered)  # fmt: skip


def _at_boot(trial: Trial, seen: Seen) -> Iterator[Finding]:
    """What lies on the machine keeps its owner and mode when it starts, and does not go; some of it is written then."""
    transition = seen.transition
    for path, before, after in changed_paths(transition):
        if trial.is_own(path, transition.before, transition.after) or trial.is_background(path):
            continue
        if path in transition.edited or path.startswith(_SHORT_LIVED) or before is None:
            continue
        if after is None or (before.kind, before.mode, before.owner) != (after.kind, after.mode, after.owner):
            verb = "goes" if after is None else "changes its mode or owner"
            evidence = (f"before: {shown(before)}", f"after: {shown(after)}")
            yield Finding(seen, f"{path}, which is not the package's, {verb} at boot", evidence, (path,))


def _live(seen: Seen) -> Iterator[Finding]:
    """What the running kernel does and what its firewall lets through stays."""
    before, after = seen.transition.before, seen.transition.after
    for path in sorted(before.kernel.keys() | after.kernel.keys()):
        one, other = (state.kernel.get(path, "as at first") for state in (before, after))
        if one != other:
            name = path.removeprefix("/proc/sys/").replace("/", ".")
            yield Finding(seen, f"the kernel's {name} changes", (f"{one} -> {other}",), (path, name, "sysctl"))
    lines = [f"gone: {line}" for line in before.firewall if line not in after.firewall]
    lines += [f"new: {line}" for line in after.firewall if line not in before.firewall]
    if lines:
        tools = tuple(sorted({line.split()[1] for line in lines}))
        yield Finding(seen, "the rules of the firewall change", tuple(lines), (*tools, "ufw", "firewall-cmd"))


def _account_files(seen: Seen) -> Iterator[Finding]:
    """What accounts are written down in is told by the accounts; who may read and write it stays."""
    before, after = seen.transition.before, seen.transition.after
    for path in ACCOUNT_FILES:
        one, other = facts(before, path, after), facts(after, path, before)
        if one is not None and (other is None or (one.mode, one.owner) != (other.mode, other.owner)):
            evidence = (f"before: {shown(one)}", f"after: {shown(other)}")
            yield Finding(seen, f"{path} changes its mode or owner", evidence, (path,), deed=WRITES)


def _is_shared_folder(state: State, path: str) -> bool:
    was = state.files[path].was if path in state.files else None
    return was is not None and was.kind == "d"


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
    for name in sorted((before.keys() | after.keys()) - {trial.product.listed_as, *trial.product.formerly}):
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
            yield Finding(seen, f"the unit {name}, which is not the package's, is stopped", (), _names(name),
                          deed=STOPS)  # fmt: skip
    for name in sorted(set(after.failed_units) - set(before.failed_units) - own):
        yield Finding(seen, f"the unit {name}, which is not the package's, fails", (), _names(name))
    for name in sorted(set(before.active_units) & set(after.active_units) - own):
        pids = [{process.pid for process in state.processes if process.unit == name} for state in (before, after)]
        if all(pids) and not pids[0] & pids[1] and (name in _LASTING or before.other_units.get(name) == "enabled"):
            yield Finding(seen, f"the unit {name}, which is not the package's, is restarted", (), _names(name),
                          deed=STARTS)  # fmt: skip


def _names(unit: str) -> tuple[str, str]:
    return unit, unit.rpartition(".")[0]


def _accounts(trial: Trial, seen: Seen) -> Iterator[Finding]:
    declared = {*trial.product.accounts, *trial.product.groups}
    before, after = of_those_that_stay(seen.transition)
    for name in sorted({line.partition(":")[0] for line in before ^ after} - declared):
        about = (name, *moved(before, after, name))
        yield Finding(seen, f"the account or group {name} changes", _account_lines(seen, name), about)
    yield from _people(seen, declared - account_names(seen.transition.before))
    known = {signs_in(line) for line in trial.accounts_of_old()}
    for name, shell in sorted({signs_in(line) for line in after} - known - {signs_in(line) for line in before}):
        if name in declared and shell and not shell.endswith(_NO_SHELLS):
            evidence = (f"its shell is {shell}",)
            yield Finding(seen, f"the product's account {name} may sign in", evidence, (name,), deed=_SETS_ACCOUNT)


def _people(seen: Seen, new: set[str]) -> Iterator[Finding]:
    """Tell of new accounts of the product among those of people."""
    for line in seen.transition.after.accounts:
        name, _, number, *_ = line.split(":")
        if name in new and number == "0":
            yield Finding(seen, f"the product's account or group {name} is root by its number", (line,), (name,),
                          deed=_SETS_ACCOUNT)  # fmt: skip
        if name in new and number.isdigit() and _FIRST_PERSON <= int(number) < _NOBODY:
            yield Finding(seen, f"the product's account or group {name} is one of a person", (line,), (name,),
                          deed=_SETS_ACCOUNT)  # fmt: skip


def _passwords(trial: Trial, seen: Seen) -> Iterator[Finding]:
    """Passwords of others stay as they are; the product's accounts get none, and do not lose the lock either."""
    before, after = seen.transition.before.passwords, seen.transition.after.passwords
    if not before:
        return  # evidence of a time when nobody looked at them
    for name, now in sorted(after.items()):
        was = before.get(name, "locked")
        if now == was:
            continue
        evidence, is_own = (f"before: {was}", f"after: {now}"), name in trial.product.accounts
        if not is_own and name in before:
            yield Finding(seen, f"the password of the account {name} changes", evidence, (name,), deed=_UNLOCKS)
        elif is_own and not now.startswith("locked"):
            what = "signs in without a password" if now.startswith("empty") else "has got a password"
            yield Finding(seen, f"the product's account {name} {what}", evidence, (name,), deed=_UNLOCKS)


def _account_lines(seen: Seen, name: str) -> tuple[str, ...]:
    states = {"before": seen.transition.before, "after": seen.transition.after}
    return tuple(f"{when}: {line}" for when in states for line in states[when].accounts if line.startswith(f"{name}:"))


def _ports(trial: Trial, seen: Seen) -> Iterator[Finding]:
    new = set(seen.transition.after.listening) - set(seen.transition.before.listening) - set(trial.product.ports)
    gone = set(seen.transition.before.listening) - set(seen.transition.after.listening) - set(trial.product.ports)
    for port in sorted(new):
        number = _number(port)
        said = re.compile(rf"([:=][ \t]*|,[ \t]+|(?i:listen\w*|port)[^\d\n]*)\b{number}\b")
        maker = next((file.path for file in trial.new.files if said.search(file.text)), "")
        yield Finding(seen, f"something listens on {port}, which the product does not declare", (), (maker or number,),
                      by_file=bool(maker))  # fmt: skip
    for port in sorted(gone):
        yield Finding(seen, f"nothing listens on {port} any more", (), (_number(port),))


def _number(port: str) -> str:
    return port.rpartition(":")[2].removesuffix("/udp")


def _environment(trial: Trial, seen: Seen) -> Iterator[Finding]:
    before, after = set(seen.transition.before.environment), set(seen.transition.after.environment)
    for name in sorted({line.partition("=")[0] for line in before ^ after} - set(trial.product.environment)):
        lines = tuple(f"after: {line}" for line in after if line.startswith(f"{name}=")) or ("after: not set",)
        yield Finding(seen, f"the default environment of all services changes: {name}", lines, (name,))
