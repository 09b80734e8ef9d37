"""A package reaches no further into the machine than the previous release did, without saying so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from pathlib import PurePosixPath

import msgspec

from harness.laws.made_files import all_made_by, made_by
from harness.laws.reach_of_windows import reach_of_value, reached_by_actions, services_of
from harness.laws.running_texts import running_texts
from harness.laws.script_lines import ScriptLine, script_lines
from harness.laws.script_reach import MIGHTY, deleted_paths, reached, recursive_change, written_paths
from harness.laws.trial import Finding, Trial, merged
from harness.laws.unit_rights import changed_rights, reach_of_unit, read_units
from simulator.contract import PackageContents, PayloadFile

#: Folders whose files act on all of a machine: on its kernel, its people, its other services, its package manager.
#: Source: file-hierarchy(7), sysctl.d(5), modules-load.d(5), systemd.generator(7), sudoers(5), cron(8), pam.d(5).
_REACHES = {
    "settings of the kernel": r"/(etc|usr/lib|lib)/(sysctl|modules-load|modprobe|binfmt)\.d/|/etc/sysctl\.conf$",
    "the environment of all sessions": r"/etc/profile\.d/|/(etc|usr/lib)/environment\.d/|/etc/(environment|profile)$"
    r"|/etc/(update-motd\.d|skel|xdg|X11|bash_completion\.d|zsh|fish)/|/etc/(bash\.bashrc|bashrc|motd|issue)$",
    "who may do what": r"/etc/(sudoers|pam|doas)\.d/|/etc/security/|/(etc|usr/share)/(polkit-1|dbus-1|pam-configs)/"
    r"|/etc/(apparmor(\.d)?|selinux)/|/usr/share/selinux/|/etc/permissions\.d/|/usr/share/permissions/",
    "jobs of cron": r"/etc/cron\.(d|hourly|daily|weekly|monthly)/|/var/spool/(cron|at)/|/etc/(crontab|anacrontab)$",
    "what is trusted and installed": r"/etc/apt/|/etc/yum\.repos\.d/|/etc/zypp/|/etc/dnf/|/etc/pki/|/etc/dpkg/"
    r"|/usr/share/keyrings/|/etc/ssl/certs/|/usr/(local/)?share/ca-certificates/|/(etc|usr/lib)/rpm/|/etc/needrestart/"
    r"|/usr/lib/python3[^/]*/.*/(site|dist)-packages/dnf-plugins/",
    "how programs are linked": r"/etc/ld\.so\.",
    "how all programs of an interpreter start": r"/usr/lib(64)?/python3[^/]*/.*(\.pth|/(site|user)customize\.py)$",
    "devices": r"/(etc|usr/lib|lib)/udev/",
    "the network and its rules": r"/etc/(iptables|nftables|firewalld|ufw|NetworkManager|network|netplan|dnsmasq\.d)"
    r"|/usr/lib/(firewalld|NetworkManager)/|/etc/nftables\.conf$|/(etc|usr/lib)/systemd/(network|resolved\.conf)"
    r"|/etc/(dhcp|ppp|fail2ban|sysconfig/network-scripts)/",
    "who may sign in from afar": r"/etc/ssh/",
    "logs of all": r"/etc/(rsyslog|audit)|/(etc|usr/lib)/systemd/journald\.conf",
    "how the machine starts": r"/etc/(grub\.d|default/grub|initramfs-tools|dracut\.conf\.d|kernel|rc\.local)"
    r"|/usr/(lib/dracut|share/initramfs-tools|lib/kernel)/",
    "systemd itself": r"/(etc|usr/lib|lib)/systemd/(system|logind|user|sleep|oomd|coredump)\.conf"
    r"|/(usr/)?lib/systemd/system-(generators|environment-generators|preset|shutdown|sleep)/"
    r"|/(etc|usr/lib|lib)/systemd/system/(service|socket|timer)\.d/|/(etc|usr/lib|lib)/systemd/user/",
}
#: Source: sysusers.d(5), type m.
_MEMBER = re.compile(rf"(?m)^m\s+(?P<account>\S+)\s+(?P<group>{MIGHTY})\s*$")
#: Source: the same, types u and g: the third word is a number where it is to be that one.
_NUMBERED = re.compile(r"(?m)^[ug]!?\s+(?P<account>\S+)\s+(?P<number>\d+)(?:[:\s]|$)")
#: Source: crontab(5): when a job runs.
_TIME = re.compile(r"(?m)^[ \t]*-?(?:@[a-z]+|(?:[\d*][^\s=]*[ \t]+){3}\S+[ \t]+\S+)[ \t]+")
_SYSUSERS = re.compile(r"/(etc|usr/lib|lib)/sysusers\.d/")
_UNIT_ENDINGS = (".service", ".socket", ".timer", ".path", ".target")
#: A unit or its drop-ins as an administrator wants them, and no link that enabling it makes.
_OF_ADMINISTRATORS = re.compile(r"/etc/systemd/system/[^/*?]+\.(service|socket|timer|path)(\.d(/.*)?)?")
_OF_REMOVALS = ("prerm", "postrm", "%preun", "%postun")
_SHORT = 3  # letters of a name that others may hold by chance
_DROP_IN = re.compile(r"/(etc|usr/lib|lib)/systemd/system/(?P<unit>[^/]+)\.d/[^/]+$")


def judge(trial: Trial) -> Iterator[Finding]:
    """Compare the files of both packages; what the previous release reached already is known."""
    if trial.old is None:
        return
    if trial.new.package.format == "msi":
        yield from _of_windows(trial.old, trial.new)
        return
    known = {merged(file.path) for file in trial.old.files}
    delivered = {file.path.rpartition("/")[2] for file in trial.new.files}
    own = {*delivered, *(f"{unit}.service" for unit in trial.product.units)}
    for file in trial.new.files:
        if file.kind == "d" or merged(file.path) in known:
            continue
        what = _reach_of(file.path)
        drop_in = _DROP_IN.match(file.path)
        if drop_in and drop_in["unit"] not in own:
            what = what or f"the unit {drop_in['unit']}, which is not the package's"
        if what:
            yield Finding(None, f"new since the previous release: {file.path} changes {what}", (), (file.path,))
    old = (*trial.old.files, *map(_timeless, all_made_by(trial, trial.old)))
    new = (*trial.new.files, *map(_timeless, made_by(trial, trial.new)))
    yield from _changed(old, new)
    yield from _members(old, new)
    names = _own_names(trial, trial.old)
    yield from _units(old, new, (*trial.old.files, *made_by(trial, trial.old)), names)
    made, made_of_old = (files[len(package.files) :] for files, package in ((new, trial.new), (old, trial.old)))
    yield from _scripts(trial, (trial.old, made_of_old), made, names)


def _timeless(file: PayloadFile) -> PayloadFile:
    """Give a job of cron without its time, which a script may draw by lot."""
    is_job = _reach_of(file.path) == "jobs of cron"
    return msgspec.structs.replace(file, text=_TIME.sub("", file.text)) if is_job else file


def _changed(old: Iterable[PayloadFile], new: Iterable[PayloadFile]) -> Iterator[Finding]:
    """Tell of files of both releases that say something else of the machine now."""
    known: dict[str, list[str]] = {}
    for file in old:
        known.setdefault(merged(file.path), []).extend([file.text] if file.text else [])
    for file in new:
        before = known.get(merged(file.path))
        if not before or not file.text or file.text in before:
            continue
        if what := _reach_of(file.path):
            yield Finding(None, f"changed since the previous release: {file.path} changes {what}", (), (file.path,))


def _units(
    old: Sequence[PayloadFile], new: Sequence[PayloadFile], first: Sequence[PayloadFile], own: set[str]
) -> Iterator[Finding]:
    """Tell of units whose rights are others than before, and of those that act on other units or the machine.

    `old` has all that the previous release was seen to make, `first` what each look had of it first.
    """
    known, before = {(merged(file.path), file.text) for file in old}, read_units(first)
    for unit, files in read_units(new).items():
        was = before.get(unit, [])
        is_same = len(was) == len(files) and all((merged(file.path), file.text) in known for file in files)
        for path, change in changed_rights(was, files) if was and not is_same else ():
            yield Finding(None, f"changed since the previous release: {path}: {change}", (), (path,))
        reach = [reach_of_unit("\n".join(file.text for file in part), own) for part in (was, files)]
        for what, word in sorted(reach[1] - reach[0]):
            path = next((file.path for file in files if word.partition("=")[2] in file.text), files[0].path)
            yield Finding(None, f"new since the previous release: {path} changes {what}: {word}", (), (path,))


def _members(old: Iterable[PayloadFile], new: Iterable[PayloadFile]) -> Iterator[Finding]:
    """Tell of accounts that a line of sysusers.d makes one of a mighty group, or gives a number of its own choice."""
    known = {found.groups() for file in old for found in _MEMBER.finditer(file.text)}
    numbered = {found.groups() for file in old for found in _NUMBERED.finditer(file.text)}
    for file in new:
        for found in _NUMBERED.finditer(file.text) if _SYSUSERS.match(file.path) else ():
            if found.groups() not in numbered:
                summary = (
                    f"new since the previous release: {file.path} gives {found['account']} the number {found['number']}"
                )
                yield Finding(None, summary, (), (file.path,))
        for found in _MEMBER.finditer(file.text) if _SYSUSERS.match(file.path) else ():
            if found.groups() not in known:
                member = f"{found['account']} one of {found['group']}"
                summary = f"new since the previous release: {file.path} makes {member}"
                yield Finding(None, summary, (), (file.path,))


def _reach_of(path: str) -> str:
    return next((what for what, pattern in _REACHES.items() if re.match(pattern, merged(path))), "")


def _of_windows(old: PackageContents, new: PackageContents) -> Iterator[Finding]:
    """Tell of values of the registry, and of custom actions."""
    known, own = {file.path.casefold() for file in old.files}, services_of(new)
    for file in new.files:
        if file.path.casefold() not in known and (what := reach_of_value(file, own)):
            yield Finding(None, f"new since the previous release: {file.path} changes {what}", (), (file.path,))
    for action, what, command, row in reached_by_actions(new, old):
        summary = f"new since the previous release: the custom action {action} changes {what}: {command}"
        yield Finding(None, summary, (row.replace("\t", " "),), (action,))


def _scripts(
    trial: Trial, old: tuple[PackageContents, Iterable[PayloadFile]], made: Iterable[PayloadFile], own: set[str]
) -> Iterator[Finding]:
    """Tell of commands that nothing of what the previous release runs has; `old` is that and what it makes."""
    texts = running_texts(old[0], (*old[0].files, *old[1]))
    before = [line for text in texts for line in script_lines(text.text)]
    own_paths = {file.path for file in (*old[0].files, *old[1], *trial.new.files, *made)}
    known, alike = {line.text.strip() for line in before}, {(line.written, _unnumbered(line.text)) for line in before}
    for script in running_texts(trial.new, (*trial.new.files, *made)):
        for line in script_lines(script.text):
            if line.text.strip() in known or (line.written, _unnumbered(line.text)) in alike:
                continue
            evidence = (f"{script.name}:{line.number}: {line.written}",)
            gone = _deletions(trial, line, own, own_paths) if script.name not in _OF_REMOVALS else ()
            for deed, command in (*_deeds(trial, line, own), *gone):
                summary = f"new since the previous release: {script.name} {deed}"
                if script.is_file:
                    yield Finding(None, summary, evidence, (script.name,))
                else:
                    yield Finding(None, summary, evidence, (line.written, command), script.name, line=line.number)


def _deeds(trial: Trial, line: ScriptLine, own: set[str]) -> Iterator[tuple[str, str]]:
    """Give what a line does to the machine, and the words of it that do so."""
    if command := recursive_change(line.text):
        yield f"changes rights of whole folders: {line.written}", command
    for path in written_paths(line.text):
        if (what := _reach_of(path) or _reach_of(f"{path}/")) and not trial.is_declared(path):
            yield f"writes {path}, which changes {what}", path
    for what, command in reached(line.text, own):
        yield f"changes {what}: {command}", command


def _deletions(
    trial: Trial, line: ScriptLine, own: AbstractSet[str], own_paths: AbstractSet[str]
) -> Iterator[tuple[str, str]]:
    """Give what a line deletes of others: of what programs of others read, and of units, where it is not the package's.

    Source: systemd.unit(5): /etc/systemd/system is the administrator's, also for units of the package.
    """
    for path in deleted_paths(line.text):
        if path in own_paths or trial.is_declared(path):
            continue
        if _OF_ADMINISTRATORS.fullmatch(path):
            yield f"deletes {path}, which is an administrator's", path
        elif (what := _reach_of(path)) and not _is_named_by(path, own):
            yield f"deletes {path}, which changes {what}", path


def _is_named_by(path: str, own: AbstractSet[str]) -> bool:
    """Say whether a file has a name of the product's in its own."""
    words = set(re.split(r"[^A-Za-z0-9]+", PurePosixPath(path).name))
    return bool(words & own) or any(name in PurePosixPath(path).name for name in own if len(name) > _SHORT)


def _unnumbered(text: str) -> str:
    """Give a line without the numbers in it, which are another release's each time."""
    return re.sub(r"\d+", "", text)


def _own_names(trial: Trial, old: PackageContents) -> set[str]:
    """Give the names of the product's units, programs, accounts and packages."""
    product = trial.product
    files = (*old.files, *trial.new.files)
    names = {PurePosixPath(path).name for path in (*product.made, *(file.path for file in files if file.kind != "d"))}
    bare = {name.rpartition(".")[0] for name in names if name.endswith(_UNIT_ENDINGS)}
    return names | bare | {*product.units, *product.accounts, *product.names}
