"""Say what a line of a script does to all of a machine: by the commands that it begins with, and where it writes.

A line is as `script_lines` gives it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet

#: Groups whose members may do what root may. Source: Debian's wiki, SystemGroups.
MIGHTY = "root|sudo|wheel|admin|docker|lxd|libvirt|kvm|disk|kmem|shadow|sys"
_WORDS = r"[^;&|)`]*"  # of a command, behind its name
#: Commands that act on all of a machine, at the beginning of a command of a script. Where they may not do it, as in a
#: container, no look at the machine shows what they would have done.
_COMMANDS = {
    "settings of the kernel": rf"sysctl(?=\s{_WORDS}(?:=|(?<=\s)-(?:[a-zA-Z]*[wp]|-system|-load)))"
    r"|modprobe|insmod|rmmod|depmod|dkms|kexec|setenforce|setsebool|semodule|semanage|swapoff"
    r"|mount(?=\s+(?!-l\b|(?:-t\s+\S+\s*)?(?:\d?[>|;&)]|$))\S)",
    "the network and its rules": rf"(?:iptables|ip6tables)(?=\s+\S)(?!{_WORDS}\s-[a-zA-Z]*[LSC])|nft|ufw|firewall-cmd"
    rf"|netplan|nmcli(?={_WORDS}\s(?:add|connect|delete|disconnect|down|import|modify|off|on|reload|up)\b)"
    r"|ip6?tables-restore|ip\s+(?:-\S+\s+)*\w+\s+(?:add|append|change|del|delete|flush|replace|set)"
    r"|ipset\s+(?:-\S+\s+)*(?:add|create|del|destroy|flush)|tc\s+\w+\s+(?:add|change|del|replace)|route\s+(?:add|del)"
    r"|ifup|ifdown|resolvectl\s+(?:dns|domain)|networkctl\s+(?:delete|down|reconfigure|reload|up)",
    "who may do what": r"pam-auth-update|authselect|authconfig|visudo(?!\s+-\w*c)|aa-enforce|aa-disable|aa-complain"
    rf"|setfacl|chattr|loginctl\s+enable-linger|(?:usermod|useradd|adduser)\s(?:{_WORDS}\s)?(?:-[a-zA-Z]*[gG]|--(?:groups|gid|ingroup))[=\s]?\s*"
    rf"(?:[\w$-]+,)*(?:{MIGHTY})"
    rf"|(?:gpasswd|adduser|addgroup)\s(?:{_WORDS}\s)?[\w$]\S*\s+(?:{MIGHTY})(?=\s*(?:$|[;&|)`]|\d?>))",
    # Source: Debian policy 9.2.2: a number that nobody has given is somebody's on some machine.
    "whose numbers are whose": rf"(?:useradd|groupadd|adduser|addgroup|usermod|groupmod)(?={_WORDS}\s(?:-\w*[ug]"
    r"|--[ug]id)[=\s]?\s*\d)",
    "how the machine starts": r"update-grub2?|grub-mkconfig|grub2-mkconfig|grubby|update-initramfs|dracut"
    r"|kernel-install",
    "jobs of cron": r"crontab|at\s+-f",
    "what is trusted and installed": r"apt-key|rpm\s+--import|yum-config-manager|add-apt-repository|update-ca-trust"
    r"|update-ca-certificates|apt-get|apt-mark|apt|yum|dnf|zypper|pip3?|snap|flatpak|gem|npm|debconf-set-selections"
    r"|python3?(?:\.\d+)?\s+-m\s+pip|trust\s+anchor"
    r"|dpkg\s+(?:-[irP]\b|--(?:install|remove|purge|set-selections))|rpm\s+(?:-[eiUF]\w*|--(?:erase|install|upgrade))",
    "the machine's name and clock": r"hostnamectl\s+(?:set-\S+|hostname\s+\S+)|hostname\s+\w|timedatectl\s+set"
    r"|hwclock(?!\s+(?:-r|--show))|date\s+-s|localectl\s+set\S*|update-locale",
    "the whole machine": r"reboot|shutdown|halt|poweroff|init\s+6|telinit"
    r"|systemctl\s+(?:-\S+\s+)*(?:reboot|isolate|set-default|set-property|daemon-reexec|kexec|halt|poweroff|soft-reboot|suspend|hibernate"
    r"|rescue|emergency|default|exit)",
    "the environment of all services": r"systemctl\s+(?:-\S+\s+)*(?:import|set|unset)-environment",
    "logs of all": rf"journalctl(?={_WORDS}\s--(?:rotate|vacuum-\w+|flush|relinquish-var))"
    rf"|logrotate(?={_WORDS}\s(?:-\w*f|--force))"
    rf"|dmesg(?={_WORDS}\s(?:-\w*[cC]|--clear))",
}
#: What may stand before a command: words of the shell, and programs that run another one.
_BEFORE = (
    r"if|elif|while|until|then|else|do|!|exec|command|time|sudo(?:\s+-\S+)*|env|nohup|timeout(?:\s+-\S+)*\s+\S+|\w+=\S*"
)
BEGINS = rf"(?:^|[;&|(`]|(?<!\$)\{{)\s*(?:(?:{_BEFORE})\s+)*(?:/usr)?(?:/s?bin/)?"
#: Words and options of those commands that act, whatever else they are asked.
_ACTS = (
    r"\s(?:(?:add|allow|apply|delete|deny|dist-upgrade|downgrade|enable|disable|erase|full-upgrade|hold|import|insert|install"
    r"|limit|reinstall|reject|reload|remove|purge|set|update|upgrade)(?![\w-])|--(?:add|change|remove|set)-"
    r"|--(?:erase|import|install|reload)(?![\w-]))"
)
#: What those commands are asked that only look, as the first word behind options or as an option.
_READS = (
    r"(?!(?:\s+-\S+)*\s+(?:list|show|info|search|status|policy|version|check|get|current|freeze|history|provides|repos"
    r"|lr|se|-s)(?![\w-])|(?:\s+-\S+)*\s+(?:list-|show|check-|repo(?:list|query))"
    rf"|{_WORDS}\s(?:-l(?![\w-])|--(?:version|help|dry-run|simulate)(?![\w-]))"
    rf"|(?!{_WORDS}{_ACTS}){_WORDS}\s--(?:state|info|default-|get-|query-|list|check))"
)
#: Source: lintian's recursive-privilege-change: whoever may write below a folder may have planted a hard link there.
_RECURSIVE = re.compile(
    rf"{BEGINS}(?P<command>(?:chown|chgrp|chmod)(?={_WORDS}\s(?:-[a-zA-Z]*R[a-zA-Z]*|--recursive)(?:\s|$))|find\s.*\b"
    r"(?:chown|chmod|chgrp)\b|setfacl\s.*-[a-zA-Z]*R)"
)
_PATH = r"/(?:etc|usr|lib|var)/[\w./@%+${}-]+"
_REDIRECTED = re.compile(rf">[>|]?\s*({_PATH})")
_WRITES = re.compile(
    rf"{BEGINS}(?P<command>cp|mv|install|ln|rsync|tee|touch|truncate|dd|curl|wget|perl(?={_WORDS}\s-\w*i)"
    rf"|sed(?={_WORDS}\s-(?:[a-zA-Z]*i|-in-place)))\s"
    r"(?P<words>(?:(?!\s\d?[<>])[^;&|)`<>])*)"
)
_DELETES = re.compile(rf"{BEGINS}(?:rm|unlink|shred)\s(?P<words>(?:(?!\s\d?[<>])[^;&|)`<>])*)")
_TO_THE_LAST = ("cp", "mv", "install", "ln", "rsync")  # they read the others
_WRITES_TO = re.compile(r">\s*/(etc/ld\.so\.preload|proc/sys/\S+|sys/\S+)")
_TO_OUTPUT = re.compile(r"\s(?:-\w*[oO]|--output(?:-document)?)[=\s]\s*(\S+)")  # of curl and wget
#: Source: systemctl(1), service(8), invoke-rc.d(8), update-rc.d(8), chkconfig(8): what is done, and to which.
_UNIT_DEEDS = r"(?:re|try-re)?start|stop|enable|disable|reenable|mask|unmask|kill"
_UNITS = (
    re.compile(rf"{BEGINS}(?:systemctl|deb-systemd-invoke)\s+(?:-\S+\s+)*(?P<deed>{_UNIT_DEEDS})(?P<names>(?:\s+[^\s;&|)`<>]+)+)"),
    re.compile(rf"{BEGINS}(?:(?:service|invoke-rc\.d|chkconfig)\s+(?:--\S+\s+)*|/etc/init\.d/)(?P<names>\w[\w@.-]*)\s+"
               r"(?P<deed>(?:re|try-re)?start|stop|on|off)\b"),
    re.compile(rf"{BEGINS}chkconfig\s+--(?P<deed>add|del)\s+(?P<names>\w[\w@.-]*)"),
    re.compile(rf"{BEGINS}update-rc\.d\s+(?:-\S+\s+)*(?P<names>[\w@.-]+)\s+(?P<deed>remove|disable|enable|defaults)\b"),
)  # fmt: skip
_KILLS = re.compile(
    rf"{BEGINS}(?:(?P<command>killall)|(?P<pkill>pkill))(?={_WORDS}\s[\w./-])(?P<words>(?:\s+[^\s;&|)`<>]+)+)"
    r"|\bkill\s[^;&|]*(?:\$\(|`)\s*(?P<asks>pidof|pgrep)(?P<asked>(?:\s+[^\s;&|)`<>]+)+)"
)


def recursive_change(line: str) -> str:
    """Give the command that changes the rights of a whole folder; empty for none."""
    found = _RECURSIVE.search(line)
    return found["command"] if found else ""


def written_paths(line: str) -> Iterator[str]:
    """Give the paths that a line would write: what is redirected to, and what commands name that write."""
    if not _WRITES_TO.search(line):  # which is told of otherwise
        yield from (found[1] for found in _REDIRECTED.finditer(line))
    for found in _WRITES.finditer(line):
        words = found["words"].split()
        if found["command"] == "dd":
            words = [word.removeprefix("of=") for word in words if word.startswith("of=")]
        elif found["command"] in ("curl", "wget"):
            words = _TO_OUTPUT.findall(f" {found['words']}")
        elif found["command"] in _TO_THE_LAST:
            words = words[-1:]
        yield from (word for word in words if re.fullmatch(_PATH, word))


def deleted_paths(line: str) -> Iterator[str]:
    """Give the paths that a line would delete; `*` and `?` in them are as they stand there."""
    for found in _DELETES.finditer(line):
        yield from (word.rstrip("/") for word in found["words"].split() if re.fullmatch(rf"{_PATH}[*?]?", word))


def reached(line: str, own: AbstractSet[str]) -> Iterator[tuple[str, str]]:
    """Give what of the machine a line changes, and the command. `own` are names of the product's units and programs."""
    for what, commands in _COMMANDS.items():
        deeds = re.finditer(rf"{BEGINS}({commands})(?![\w=-]){_READS}", line)
        yield from ((what, command) for command in dict.fromkeys(deed[1].split()[0] for deed in deeds))
    if found := _WRITES_TO.search(line):
        yield "settings of the kernel" if "ld.so" not in found[1] else "how programs are linked", f"/{found[1]}"
    for pattern in _UNITS:
        for found in pattern.finditer(line):
            names = (name for name in found["names"].split() if re.fullmatch(r"[\w@.-]+", name) and name[0] != "-")
            yield from (("units of others", f"{found['deed']} {name}") for name in names if not _is_of(name, own))
    for found in _KILLS.finditer(line):
        command = found["command"] or found["pkill"] or "kill"
        words = [
            word for word in (found["words"] or found["asked"]).split() if word[0] not in "-$" and not word.isdigit()
        ]
        if words and not _is_of(words[-1].rpartition("/")[2], own):
            yield "programs of others", command


def _is_of(name: str, own: AbstractSet[str]) -> bool:
    """Say whether a name is one of the product's, or of a template of it; a number is nobody's name."""
    bare = re.sub(r"\.(service|socket|timer|path|target)$", "", name)
    return name.isdigit() or bool({name, bare, f"{bare.partition('@')[0]}@"} & own)
