"""A package reaches no further into the machine than the previous release did, without saying so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from harness.laws.made_files import made_by
from harness.laws.reach_of_windows import reach_of_value, reached_by_actions, services_of
from harness.laws.trial import Finding, Trial, merged
from harness.laws.unit_rights import changed_rights
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
#: Groups whose members may do what root may. Source: Debian's wiki, SystemGroups.
_MIGHTY = "root|sudo|wheel|admin|docker|lxd|libvirt|kvm|disk|kmem|shadow|sys"
#: Commands that act on all of a machine, at the beginning of a command of a script. Where they may not do it, as in a
#: container, no look at the machine shows what they would have done.
_COMMANDS = {
    "settings of the kernel": r"sysctl(?!\s+(?:-n|-a)\b)|modprobe|insmod|rmmod|setenforce|setsebool|semodule|semanage"
    r"|swapoff|mount",
    "the network and its rules": r"iptables|ip6tables|nft|ufw|firewall-cmd|ip\s+(?:route|rule|link|addr)|nmcli|netplan",
    "who may do what": r"pam-auth-update|authselect|authconfig|visudo|aa-enforce|aa-disable|aa-complain|setfacl"
    rf"|(?:usermod|gpasswd|adduser|addgroup)\s[^;&|]*\b(?:{_MIGHTY})\b",
    "how the machine starts": r"update-grub2?|grub-mkconfig|grub2-mkconfig|grubby|update-initramfs|dracut"
    r"|kernel-install",
    "jobs of cron": r"crontab|at\s+-f",
    "what is trusted and installed": r"apt-key|rpm\s+--import|yum-config-manager|add-apt-repository|update-ca-trust"
    r"|update-ca-certificates|apt-get|apt-mark|apt|yum|dnf|zypper|pip3?|snap|debconf-set-selections"
    r"|dpkg\s+(?:-[irP]\b|--(?:install|remove|purge|set-selections))|rpm\s+(?:-[eiUF]\w*|--(?:erase|install|upgrade))",
    "the machine's name and clock": r"hostnamectl|hostname\s+\w|timedatectl\s+set|hwclock|date\s+-s"
    r"|localectl\s+set\S*|update-locale",
    "the whole machine": r"reboot|shutdown|halt|poweroff|init\s+6|telinit"
    r"|systemctl\s+(?:reboot|isolate|set-default|daemon-reexec)",
    "programs of others": r"killall|pkill\s+-f",
}
_BEGINS = r"(?:^|[;&|({]|\b(?:then|else|do|exec|sudo)\b)\s*(?:/usr)?(?:/s?bin/)?"
#: Source: lintian's recursive-privilege-change: whoever may write below a folder may have planted a hard link there.
_RECURSIVE = re.compile(
    rf"{_BEGINS}(?P<command>(?:chown|chgrp|chmod)\s+(?:-\S+\s+)*(?:-[a-zA-Z]*R[a-zA-Z]*|--recursive)\b|find\s.*\b"
    r"(?:chown|chmod|chgrp)\b|setfacl\s.*-[a-zA-Z]*R)"
)
_PATH = r"/(?:etc|usr|lib|var)/[\w./@%+-]*\w"
#: What is written: what is redirected to, and the last path that a command names.
_WRITTEN = re.compile(rf">\s*[\"']?({_PATH})|\b(?:tee|cp|mv|install|ln|touch|sed\s+-i)\s[^;&|>]*[\s\"']({_PATH})")
_WRITES_TO = re.compile(r">\s*/(etc/ld\.so\.preload|proc/sys/\S+|sys/\S+)")
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
    yield from _changed((*trial.old.files, *made_by(trial, trial.old)), (*trial.new.files, *made_by(trial, trial.new)))
    yield from _scripts(trial, trial.old)


def _changed(old: Iterable[PayloadFile], new: Iterable[PayloadFile]) -> Iterator[Finding]:
    """Tell of files of both releases that say something else of the machine now, or of a service's rights."""
    known = {merged(file.path): file for file in old if file.text}
    for file in new:
        before = known.get(merged(file.path))
        if before is None or not file.text or before.text == file.text:
            continue
        if what := _reach_of(file.path):
            yield Finding(None, f"changed since the previous release: {file.path} changes {what}", (), (file.path,))
        for change in changed_rights(file.path, before.text, file.text):
            yield Finding(None, f"changed since the previous release: {file.path}: {change}", (), (file.path,))


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


def _scripts(trial: Trial, old: PackageContents) -> Iterator[Finding]:
    """Tell of commands in lines that no script of the previous release has."""
    known = {line.strip() for text in old.scripts.values() for line in text.splitlines()}
    for script, text in trial.new.scripts.items():
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip() in known or line.lstrip().startswith("#"):
                continue
            if found := _RECURSIVE.search(line):
                evidence = (f"{script}:{number}: {line.strip()}",)
                summary = f"new since the previous release: {script} changes rights of whole folders: {line.strip()}"
                yield Finding(None, summary, evidence, (line.strip(), found["command"]), script, line=number)
            for path in _written(line):
                if (what := _reach_of(path)) and not trial.is_declared(path):
                    evidence = (f"{script}:{number}: {line.strip()}",)
                    name = f"new since the previous release: {script} writes {path}, which changes {what}"
                    yield Finding(None, name, evidence, (line.strip(), path), script, line=number)
            for what, command in _reached(line):
                evidence = (f"{script}:{number}: {line.strip()}",)
                name = f"new since the previous release: {script} changes {what}: {command}"
                yield Finding(None, name, evidence, (line.strip(), command), script)


def _written(line: str) -> Iterator[str]:
    if not _WRITES_TO.search(line):  # which is told of otherwise
        yield from (found[1] or found[2] for found in _WRITTEN.finditer(line))


def _reached(line: str) -> Iterator[tuple[str, str]]:
    for what, commands in _COMMANDS.items():
        if found := re.search(rf"{_BEGINS}({commands})(?![\w-])", line):
            yield what, found[1].split()[0]
    if found := _WRITES_TO.search(line):
        yield "settings of the kernel" if "ld.so" not in found[1] else "how programs are linked", f"/{found[1]}"
