"""What laws judge, and what they give: one distro's lifecycles with both packages, and findings."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from harness.machines.file_changes import is_below
from harness.model.background import ACCOUNT_FILES, BACKGROUND
from harness.model.product import Product
from harness.model.state import (
    PURGE_OF_EARLIER,
    REFUSED_UPGRADE,
    REGISTRY_VALUE,
    Evidence,
    FileFacts,
    State,
    Transition,
)
from simulator.contract import PackageContents, PayloadFile

INSTALLS = frozenset(
    {"install", "upgrade", "reinstall", "downgrade", PURGE_OF_EARLIER, REFUSED_UPGRADE}
)  # after which it is there
REMOVALS = frozenset({"remove", "uninstall"})
CHANGES = INSTALLS | REMOVALS
INSTALLS_CANDIDATE = "install candidate"  # the title of that step, as the runner makes it
RUNS_INSTALLER = "onboard"  # what the title of a step begins with that does so
REPAIR = "repair"  # of an installation that was interrupted
#: Deeds: patterns of what the guilty line of a script does.
STOPS, STARTS = r"\b(stop|disable|mask|kill)\b", r"\b(start|restart|try-restart|enable|unmask)\b"
DELETES, WRITES = (
    r"\b(rm|rmdir|mv|unlink|userdel|groupdel)\b",
    r"(>|\b(touch|tee|cp|mv|mkdir|install|ln|chmod|chown|setcap|sed)\b)",
)
#: Source: rpm's %config and dpkg's conffiles: how a file is called that was not replaced or not deleted.
_KEPT = ("rpmsave", "rpmnew", "rpmorig", "dpkg-old", "dpkg-dist", "dpkg-new")
_KEPT_BY_UCF = ("ucf-old", "ucf-dist", "ucf-new")  # Source: ucf(1), of files that no package manager knows
#: Source: deb-systemd-helper(1p) and update-rc.d(8): where they note which units and init scripts are enabled. Both are
#: kept until a purge, so that what an administrator has disabled is so after a new installation.
_HELPER = re.compile(r"/var/lib/systemd/deb-systemd-helper-(enabled|masked)/")
_RUN_LEVEL = re.compile(r"/etc/rc[0-6S]\.d/[SK]\d\d(?P<name>[^/]+)")
_ALTERNATIVES = "/etc/alternatives/"
_ALTERNATIVE_FOLDERS = (_ALTERNATIVES, "/var/lib/dpkg/alternatives/", "/var/lib/alternatives/")
_SERVICE_KEYS = "HKLM\\System\\CurrentControlSet\\Services\\"
_MERGED = ("/bin/", "/sbin/", "/lib/", "/lib32/", "/lib64/", "/libx32/")
_UNIT_FOLDERS = ("/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system")


@dataclass(frozen=True)
class Finding:
    """One thing that a law forbids. `about` are words that the guilty line would hold: paths, units, accounts.

    `deed` is a pattern of what that line would do: stop, delete, write.
    """

    where: Seen | None  # None: in the package itself
    summary: str
    evidence: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    script: str = ""  # the maintainer script that is known to be guilty
    process: str = ""
    deed: str = ""
    line: int | None = None  # of `script`, where it is known too
    by_file: bool = False  # the package's own file that `about` names is to blame, and no script


class CannotTell(Exception):  # noqa: N818 - no mistake, but an answer
    """A law lacks what it would compare with. Raised after all findings."""


@dataclass(frozen=True)
class Seen:
    """One transition of one lifecycle, and the one before it."""

    run: Evidence
    transition: Transition
    earlier: tuple[Transition, ...]

    @property
    def kind(self) -> str:
        """Give the step's word."""
        return self.transition.kind

    @property
    def until_next(self) -> float:
        """Give where the next transition begins in the cloud's journal, which may be where a silent one began too."""
        later = self.run.transitions[len(self.earlier) + 1 :]
        return later[0].since if later else float("inf")


@dataclass(frozen=True)
class Trial:
    """All lifecycles of one distro. `old` is the package that was upgraded from, where it is known."""

    product: Product
    new: PackageContents
    old: PackageContents | None
    runs: tuple[Evidence, ...]
    background: tuple[str, ...] = field(default=BACKGROUND)
    installer: str = ""  # the text of the script that people are told to install it with, where it is known

    def transitions(self, kinds: Iterable[str] = ()) -> Iterator[Seen]:
        """Give the transitions in which the candidate took part, of these kinds only where some are given.

        An interrupted installation is only given by name: it is judged by its repair.
        """
        wanted = frozenset(kinds)
        for run in self.runs:
            for number, transition in enumerate(run.transitions):
                seen = Seen(run, transition, run.transitions[:number])
                is_wanted = transition.kind in wanted if wanted else transition.kind != "interrupt"
                if is_wanted and self._is_ours(seen):
                    yield seen

    def endings(self) -> Iterator[tuple[Seen, str]]:
        """Give the transitions in which the candidate took part and the machine was ended from within, and how."""
        for run in self.runs:
            if run.ending is not None and self._is_ours(seen := Seen(run, run.ending.transition, run.transitions)):
                yield seen, run.ending.how

    def _is_ours(self, seen: Seen) -> bool:
        transition, ours = seen.transition, self.new.package.version
        return (
            ours in (transition.before.installed, transition.after.installed)
            or transition.after.package == "half-installed"
            or transition.title == INSTALLS_CANDIDATE  # also when it has left nothing
            or transition.title.startswith(RUNS_INSTALLER)
            or transition.kind == "upgrade"  # which is to the candidate, the newest
            # a removal of what is kept, too
            or (transition.kind in REMOVALS and ours in {step.after.installed for step in seen.earlier})
        )

    def accounts_of_old(self) -> set[str]:
        """Give the lines of accounts where the previous release was installed before the candidate."""
        found: set[str] = set()
        for run in self.runs:
            for step in run.transitions:
                if self.new.package.version in (step.before.installed, step.after.installed):
                    break
                found.update(step.after.accounts if step.after.installed else ())
        return found

    def is_declared(self, path: str) -> bool:
        """Say whether the product file tells of a path, or of a folder that it is below."""
        product = self.product
        declared = (*product.made, *product.leftovers, *product.logs, *product.all_configuration)
        return any(is_below(path, known) for known in declared)

    def is_own(self, path: str, *states: State) -> bool:
        """Say whether a path belongs to the product: its payload, what it makes, its state and its units' links."""
        if any(state.owns(path) for state in states) or self.is_declared(path) or self.is_in_tables(path):
            return True
        if self.is_registration(path) or self.is_kept_configuration(path):
            return True
        if any(self.is_alternative(path, state) for state in states):
            return True
        return path.startswith(_UNIT_FOLDERS) and any(self._names_unit(path, unit) for unit in self.product.units)

    def is_in_tables(self, path: str) -> bool:
        """Say whether an .msi brings a path: Windows knows one of each component alone, in letters of any size."""
        return path.casefold() in self._in_tables or self.is_of_service(path)

    @functools.cached_property
    def _in_tables(self) -> frozenset[str]:
        packages = [package for package in (self.new, self.old) if package and package.package.format == "msi"]
        paths = [file.path.casefold() for package in packages for file in package.files]
        paths += [path.casefold() for package in packages for file in package.files for path in file.redirected]
        keys = {path[: end + 1] for path in paths for end, letter in enumerate(path) if letter == "\\"}
        return frozenset({*paths, *keys})

    def is_of_service(self, path: str) -> bool:
        """Say whether a value of the registry is where Windows notes a service of the product."""
        folded = path.casefold()
        return any(folded.startswith(f"{_SERVICE_KEYS}{unit}\\".casefold()) for unit in self.product.units)

    def is_registration(self, path: str) -> bool:
        """Say whether a path is where Debian's tools note that a unit or an init script of the product is enabled."""
        if _HELPER.match(path):
            return any(self._names_unit(path.removesuffix(".dsh-also"), unit) for unit in self.product.units)
        link = _RUN_LEVEL.fullmatch(path)
        return link is not None and any(file.path == f"/etc/init.d/{link['name']}" for file in self.new.files)

    def is_kept_until_purge(self, path: str, state: State) -> bool:
        """Say whether a path is such a note, or a unit's link that one tells of."""
        noted = re.sub(r"^/etc/systemd/system/", "/var/lib/systemd/deb-systemd-helper-enabled/", path)
        found = state.files.get(noted)
        return self.is_registration(path) or (noted != path and found is not None and found.now is not None)

    def is_kept_configuration(self, path: str) -> bool:
        """Say whether a path is a package manager's copy of a configuration file, the edited one or the new one."""
        name, _, suffix = path.rpartition(".")
        if suffix in _KEPT_BY_UCF:
            return name in self.product.all_configuration
        return suffix in _KEPT and name in self._configuration

    @functools.cached_property
    def _configuration(self) -> frozenset[str]:
        files = (*self.new.files, *(self.old.files if self.old else ()))
        return frozenset(file.path for file in files if file.config)

    @staticmethod
    def is_alternative(path: str, state: State) -> bool:
        """Say whether a path is of a link of the alternatives that leads to the package.

        Source: update-alternatives(1): LINK -> /etc/alternatives/NAME -> PATH, and NAME among those that it keeps.
        """
        now = state.files.get(path)
        middle = now.now.link if now is not None and now.now is not None else ""
        if not middle.startswith(_ALTERNATIVES):
            middle = f"{_ALTERNATIVES}{path.rpartition('/')[2]}" if path.startswith(_ALTERNATIVE_FOLDERS) else ""
        link = state.files.get(middle)
        return link is not None and link.now is not None and state.owns(link.now.link)

    @staticmethod
    def _names_unit(path: str, unit: str) -> bool:
        return any(
            part in (f"{unit}.service", f"{unit}.service.d", f"{unit}.service.wants") for part in path.split("/")
        )

    def is_background(self, path: str) -> bool:
        """Say whether a path changes by itself, or is told by the accounts."""
        return path in ACCOUNT_FILES or any(is_below(path, known) for known in self.background)

    def is_state(self, path: str) -> bool:
        """Say whether a path is data or a log of the product, which the running agent writes at any time."""
        return any(is_below(path, known) for known in (*self.product.leftovers, *self.product.logs))


def facts(state: State, path: str, other: State) -> FileFacts | None:
    """Give a path's facts in a state; what a state does not list is as `other` says it was at first."""
    if path in state.files:
        return state.files[path].now
    return other.files[path].was if path in other.files else None


def changed_paths(transition: Transition) -> Iterator[tuple[str, FileFacts | None, FileFacts | None]]:
    """Give (path, before, after) of all files that a transition changed."""
    before, after = transition.before, transition.after
    for path in sorted(before.files.keys() | after.files.keys()):
        pair = facts(before, path, after), facts(after, path, before)
        if not same(*pair):
            yield path, *pair


def same(one: FileFacts | None, other: FileFacts | None) -> bool:
    """Say whether two facts are the same, where both contents are known; a folder that has gone is no change."""
    if one is None or other is None:
        return one is other or (one or other).kind == "d"  # type: ignore[union-attr] # one of them is there
    unread = "f" in (one.kind, other.kind) and not (one.content and other.content)
    mine = (one.kind, one.mode, one.owner, one.link, one.attributes, one.size, "" if unread else one.content)
    yours = (other.kind, other.mode, other.owner, other.link, other.attributes, other.size,
             "" if unread else other.content)  # fmt: skip
    return mine == yours


def named_owner(state: State, owner: str) -> str:
    """Give `uid:gid` as names; a number that no account has stays a number."""
    uid, _, gid = owner.partition(":")
    users = {line.split(":")[2]: line.split(":")[0] for line in state.accounts if line.count(":") == 6}
    groups = {line.split(":")[2]: line.split(":")[0] for line in state.accounts if line.count(":") == 3}
    return f"{users.get(uid, uid)}:{groups.get(gid, gid)}"


def account_names(state: State) -> set[str]:
    """Give the names of accounts and groups."""
    return {line.partition(":")[0] for line in state.accounts}


def shown(found: FileFacts | None) -> str:
    """Give facts as a line for people."""
    if found is None:
        return "not there"
    if found.kind == REGISTRY_VALUE:
        return f"value {found.content}" if found.content else "a key of the registry"
    kind = {"f": "file", "d": "folder", "l": "link"}.get(found.kind, found.kind)
    more = f" -> {found.link}" if found.link else f", {found.size} bytes" if found.kind == "f" else ""
    digest = f", sha256 {found.content[:12]}" if found.content else ""
    return f"{kind}, mode {found.mode}, owner {found.owner}{more}{digest}"


def merged(path: str) -> str:
    """Give the one name of a place that has two where /bin, /sbin and /lib are links to what is below /usr.

    Source: Debian policy 10.1; file-hierarchy(7).
    """
    return f"/usr{path}" if path.startswith(_MERGED) else path


def is_runnable(file: PayloadFile) -> bool:
    """Say whether anybody may run a file of a package."""
    return bool(int(file.mode, 8) & 0o111)
