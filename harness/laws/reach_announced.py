"""A package reaches no further into the machine than the previous release did, without saying so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from harness.laws.made_files import all_made_by, made_by
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
_WORDS = r"[^;&|)`]*"  # of a command, behind its name
#: Commands that act on all of a machine, at the beginning of a command of a script. Where they may not do it, as in a
#: container, no look at the machine shows what they would have done.
_COMMANDS = {
    "settings of the kernel": rf"sysctl(?=\s{_WORDS}(?:=|(?<=\s)-(?:[a-zA-Z]*[wp]|-system|-load)))"
    r"|modprobe|insmod|rmmod|setenforce|setsebool|semodule|semanage|swapoff"
    r"|mount(?=\s+(?!-l\b|(?:-t\s+\S+\s*)?(?:\d?[>|;&)]|$))\S)",
    "the network and its rules": rf"(?:iptables|ip6tables)(?=\s+\S)(?!{_WORDS}\s-[a-zA-Z]*[LSC])|nft|ufw|firewall-cmd"
    rf"|netplan|nmcli(?={_WORDS}\s(?:add|connect|delete|disconnect|down|import|modify|off|on|reload|up)\b)"
    r"|ip\s+(?:-\S+\s+)*\w+\s+(?:add|append|change|del|delete|flush|replace|set)",
    "who may do what": r"pam-auth-update|authselect|authconfig|visudo(?!\s+-\w*c)|aa-enforce|aa-disable|aa-complain"
    rf"|setfacl|(?:usermod|useradd|adduser)\s(?:{_WORDS}\s)?(?:-[a-zA-Z]*[gG]|--(?:groups|gid|ingroup))[=\s]?\s*"
    rf"(?:[\w$-]+,)*(?:{_MIGHTY})"
    rf"|(?:gpasswd|adduser|addgroup)\s(?:{_WORDS}\s)?[\w$]\S*\s+(?:{_MIGHTY})(?=\s*(?:$|[;&|)`]|\d?>))",
    "how the machine starts": r"update-grub2?|grub-mkconfig|grub2-mkconfig|grubby|update-initramfs|dracut"
    r"|kernel-install",
    "jobs of cron": r"crontab|at\s+-f",
    "what is trusted and installed": r"apt-key|rpm\s+--import|yum-config-manager|add-apt-repository|update-ca-trust"
    r"|update-ca-certificates|apt-get|apt-mark|apt|yum|dnf|zypper|pip3?|snap|debconf-set-selections"
    r"|dpkg\s+(?:-[irP]\b|--(?:install|remove|purge|set-selections))|rpm\s+(?:-[eiUF]\w*|--(?:erase|install|upgrade))",
    "the machine's name and clock": r"hostnamectl\s+(?:set-\S+|hostname\s+\S+)|hostname\s+\w|timedatectl\s+set"
    r"|hwclock(?!\s+(?:-r|--show))|date\s+-s|localectl\s+set\S*|update-locale",
    "the whole machine": r"reboot|shutdown|halt|poweroff|init\s+6|telinit"
    r"|systemctl\s+(?:reboot|isolate|set-default|daemon-reexec)",
    "programs of others": r"killall|pkill\s+-f",
}
#: What may stand before a command: words of the shell, and programs that run another one.
_BEFORE = (
    r"if|elif|while|until|then|else|do|!|exec|command|time|sudo(?:\s+-\S+)*|env|nohup|timeout(?:\s+-\S+)*\s+\S+|\w+=\S*"
)
_BEGINS = rf"(?:^|[;&|(`]|(?<!\$)\{{)\s*(?:(?:{_BEFORE})\s+)*(?:/usr)?(?:/s?bin/)?"
#: What those commands are asked that only look, as the first word behind options or as an option.
_READS = (
    r"(?!(?:\s+-\S+)*\s+(?:list|show|info|search|status|policy|version|check|get|current|freeze|history|provides|repos"
    r"|lr|se|-s)(?![\w-])|(?:\s+-\S+)*\s+(?:list-|show|check-|repo(?:list|query))"
    rf"|{_WORDS}\s(?:-l(?![\w-])|--(?:state|info|default-|get-|query-|list|check|version|help|dry-run|simulate)))"
)
#: Source: lintian's recursive-privilege-change: whoever may write below a folder may have planted a hard link there.
_RECURSIVE = re.compile(
    rf"{_BEGINS}(?P<command>(?:chown|chgrp|chmod)(?={_WORDS}\s(?:-[a-zA-Z]*R[a-zA-Z]*|--recursive)(?:\s|$))|find\s.*\b"
    r"(?:chown|chmod|chgrp)\b|setfacl\s.*-[a-zA-Z]*R)"
)
_PATH = r"/(?:etc|usr|lib|var)/[\w./@%+${}-]+"
_REDIRECTED = re.compile(rf">[>|]?\s*({_PATH})")
_WRITES = re.compile(
    rf"{_BEGINS}(?P<command>cp|mv|install|ln|tee|touch|dd|sed(?={_WORDS}\s-(?:[a-zA-Z]*i|-in-place)))\s"
    r"(?P<words>(?:(?!\s\d?[<>])[^;&|)`<>])*)"
)
_TO_THE_LAST = ("cp", "mv", "install", "ln")  # they read the others
_WRITES_TO = re.compile(r">\s*/(etc/ld\.so\.preload|proc/sys/\S+|sys/\S+)")
#: Source: sysusers.d(5), type m.
_MEMBER = re.compile(rf"(?m)^m\s+(?P<account>\S+)\s+(?P<group>{_MIGHTY})\s*$")
#: Source: crontab(5): when a job runs.
_TIME = re.compile(r"(?m)^[ \t]*-?(?:@[a-z]+|(?:[\d*][^\s=]*[ \t]+){3}\S+[ \t]+\S+)[ \t]+")
_SYSUSERS = re.compile(r"/(etc|usr/lib|lib)/sysusers\.d/")
_QUOTED = re.compile(r"'([^']*)'|\"((?:\\.|[^\"\\])*)\"")
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
    yield from _scripts(trial, trial.old)


def _timeless(file: PayloadFile) -> PayloadFile:
    """Give a job of cron without its time, which a script may draw by lot."""
    is_job = _reach_of(file.path) == "jobs of cron"
    return msgspec.structs.replace(file, text=_TIME.sub("", file.text)) if is_job else file


def _changed(old: Iterable[PayloadFile], new: Iterable[PayloadFile]) -> Iterator[Finding]:
    """Tell of files of both releases that say something else of the machine now, or of a service's rights."""
    known: dict[str, list[str]] = {}
    for file in old:
        known.setdefault(merged(file.path), []).extend([file.text] if file.text else [])
    for file in new:
        before = known.get(merged(file.path))
        if not before or not file.text or file.text in before:
            continue
        if what := _reach_of(file.path):
            yield Finding(None, f"changed since the previous release: {file.path} changes {what}", (), (file.path,))
        for change in changed_rights(file.path, before[0], file.text):
            yield Finding(None, f"changed since the previous release: {file.path}: {change}", (), (file.path,))


def _members(old: Iterable[PayloadFile], new: Iterable[PayloadFile]) -> Iterator[Finding]:
    """Tell of accounts that a line of sysusers.d makes one of a mighty group."""
    known = {found.groups() for file in old for found in _MEMBER.finditer(file.text)}
    for file in new:
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


def _scripts(trial: Trial, old: PackageContents) -> Iterator[Finding]:
    """Tell of commands in lines that no script of the previous release has."""
    known = {line.strip() for text in old.scripts.values() for line in text.splitlines()}
    for script, text in trial.new.scripts.items():
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip() in known:
                continue
            plain, evidence = _plain(line), (f"{script}:{number}: {line.strip()}",)
            if found := _RECURSIVE.search(plain):
                summary = f"new since the previous release: {script} changes rights of whole folders: {line.strip()}"
                yield Finding(None, summary, evidence, (line.strip(), found["command"]), script, line=number)
            for path in _written(plain):
                if (what := _reach_of(path) or _reach_of(f"{path}/")) and not trial.is_declared(path):
                    name = f"new since the previous release: {script} writes {path}, which changes {what}"
                    yield Finding(None, name, evidence, (line.strip(), path), script, line=number)
            for what, command in _reached(plain):
                name = f"new since the previous release: {script} changes {what}: {command}"
                yield Finding(None, name, evidence, (line.strip(), command), script)


def _plain(line: str) -> str:
    """Give a line of a script without comments and labels of `case`, and each quoted text as one word.

    What is substituted in a text is a command as any other.
    """
    line = _QUOTED.sub(_as_word, line)
    line = re.sub(r"(^|\s)#.*", "", line)
    return re.sub(r"(^|;;)[^();&]*\)", ";", line)


def _as_word(quoted: re.Match[str]) -> str:
    text = quoted[1] or quoted[2] or ""
    return text if quoted[2] and re.search(r"\$\(|`", text) else re.sub(r"[^\w./@%+${}=,:*-]", "_", text)


def _written(line: str) -> Iterator[str]:
    """Give the paths that a line would write: what is redirected to, and what commands name that write."""
    if not _WRITES_TO.search(line):  # which is told of otherwise
        yield from (found[1] for found in _REDIRECTED.finditer(line))
    for found in _WRITES.finditer(line):
        words = found["words"].split()
        if found["command"] == "dd":
            words = [word.removeprefix("of=") for word in words if word.startswith("of=")]
        elif found["command"] in _TO_THE_LAST:
            words = words[-1:]
        yield from (word for word in words if re.fullmatch(_PATH, word))


def _reached(line: str) -> Iterator[tuple[str, str]]:
    for what, commands in _COMMANDS.items():
        if found := re.search(rf"{_BEGINS}({commands})(?![\w-]){_READS}", line):
            yield what, found[1].split()[0]
    if found := _WRITES_TO.search(line):
        yield "settings of the kernel" if "ld.so" not in found[1] else "how programs are linked", f"/{found[1]}"
