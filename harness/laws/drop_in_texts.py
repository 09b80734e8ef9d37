"""Say of a file that a program of others reads what that program would not understand in it.

Only what is a mistake for certain is told: names of accounts that no machine has, and lines that do not have the form
which the reader's manual demands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet

from simulator.contract import PackageFormat, PayloadFile

_RANGE = r"(?:\*|[0-9A-Za-z]+(?:[-~][0-9A-Za-z]+)?)(?:/\d+)?"
_FIELD = rf"{_RANGE}(?:,{_RANGE})*"
_WORD = r"@(?:reboot|yearly|annually|monthly|weekly|daily|midnight|hourly)"
#: Source: crontab(5): five fields or a word, then whose job it is, then a command; a `-` before it is cronie's.
_JOB = re.compile(rf"^\s*-?(?:{_WORD}\s+|(?:{_FIELD}\s+){{5}})(?P<user>\S+)\s+\S")
_SETTING = re.compile(r"^\s*[A-Za-z_]\w*\s*=")
#: Source: logrotate(8): who owns what is made anew, and on whose behalf files are rotated.
_OWNED = re.compile(r"^\s*(?:create|createolddir)\s+(?:[0-7]{3,4}\s+)?(?P<user>[^\s\d]\S*)(?:\s+(?P<group>\S+))?\s*$")
_OPENED = re.compile(r"^\s*create(?:olddir)?\s+[0-7]{0,1}[0-7]{2}[2367](?:\s|$)")
_ACTS_AS = re.compile(r"^\s*su\s+(?P<user>\S+)\s+(?P<group>\S+)\s*$")
_OF_ALL = (
    r"(?:syslog|messages|secure|debug|maillog|lastlog|[wb]tmp|(?:alternatives|auth|boot|cron|daemon|dpkg|kern|mail|user)"
    r"\.log|cron)"
)
#: Logs of all, by the system's own names for them or by a pattern that has no name at all.
_OF_OTHERS = re.compile(
    rf"^[\"']?(/var/log/(?:\*[^/\"']*(?:/\*[^/\"']*)*|{_OF_ALL}\*?|\{{(?:[^{{}}/]*,)?{_OF_ALL}(?:,[^{{}}/]*)?\}}))[\"']?$"
)
_OPENS = re.compile(r"(?:^|\s)\{|\{\s*$")  # a block, and not a pattern's alternatives
_SCRIPT = re.compile(r"^\s*(prerotate|postrotate|firstaction|lastaction|preremove)\s*$")
#: Source: sysusers.d(5), tmpfiles.d(5).
_ACCOUNT_LINE = re.compile(r'^([ugmr]!?)\s+(\S+)(\s+("[^"]*"|\S+)){0,5}\s*$')
_PATH_LINE = re.compile(
    r"^[a-zA-Z][-+!=~^$]*\s+(\"[/%][^\"]*\"|'[/%][^']*'|[/%]\S*)(\s+(?P<mode>\S+)(\s+(?P<user>\S+)(\s+(?P<group>\S+))?)?)?"
)
_MODE = re.compile(r"^(-|[:~]*[0-7]{3,4})$")
#: Source: udev(7): keys with an operator and a value in quotes, between commas.
_RULE = re.compile(r'^\s*([A-Z_]+(\{[^}]*\})?\s*(==|!=|=|\+=|-=|:=)\s*[ei]?"(\\.|[^"\\])*"\s*,?\s*)+$')
_RULE_NAME = re.compile(r'\b(OWNER|GROUP)\s*:?=\s*"(?P<name>[^"$%]+)"')
#: Source: dbus-daemon(1): what anybody may do whom a policy is for.
_OPEN_BUS = re.compile(r'<allow\s+(own|send_destination|send_interface|eavesdrop)\s*=\s*"(\*|true)"')
_RUNS_AS = re.compile(r"(?m)^(User|Group|SocketUser|SocketGroup)\s*=\s*(?P<name>[^\s%$]+)\s*$")
_WANTED_BY = re.compile(r"(?m)^(?:WantedBy|RequiredBy|UpheldBy)\s*=(.*)$")
_MADE_BY_SYSTEMD = re.compile(r"(?mi)^DynamicUser\s*=\s*(yes|true|on|1)\s*$")

#: Folders whose readers know lines by their line feed alone. systemd's take a carriage return for an end too.
_OF_UNIX = re.compile(r"/etc/(cron\.|logrotate\.d/|profile\.d/|init\.d/|pam\.d/|ld\.so\.conf\.d/|default/|sysconfig/)")

Names = AbstractSet[str]


def mistakes_in(file: PayloadFile, kind: PackageFormat, names: Names) -> Iterator[str]:
    """Give what is wrong in a file for its reader. `names` are a machine's accounts, groups, units; none: unknown."""
    if not file.text:
        return
    if "\r\n" in file.text and _OF_UNIX.match(file.path):
        yield "its lines end with a carriage return, which is a part of what they say"
    for folder, read in _READERS.items():
        if re.match(folder, file.path):
            yield from read(file.text, kind, names)


def _cron(text: str, kind: PackageFormat, names: Names) -> Iterator[str]:
    if kind == "deb" and not text.endswith("\n"):
        yield "its last line has no end, so that cron does not read it"  # Source: cron's `Missing newline before EOF`
    for line in _lines(text):
        job = _JOB.match(line)
        if job is None and not _SETTING.match(line):
            yield f"no job of cron has this form: {line.strip()}"
        elif job is not None:
            yield from _unknown(names, job["user"])


def _logrotate(text: str, _kind: PackageFormat, names: Names) -> Iterator[str]:
    depth, script = 0, ""
    for line in _lines(text):
        if script:
            script = "" if line.strip() == "endscript" else script
            continue
        begins = _SCRIPT.match(line)
        script = begins[1] if begins else ""
        for word in _OPENS.split(line)[0].split() if not depth else ():
            if others := _OF_OTHERS.match(word):
                yield f"it rotates logs of others: {others[1]}"
        depth += line.count("{") - line.count("}")
        if _OPENED.match(line):
            yield f"anybody may write to what it makes: {line.strip()}"
        for found in filter(None, (_OWNED.match(line), _ACTS_AS.match(line))):
            yield from _unknown(names, found["user"], found["group"])
    if script:
        yield f"'{script}' has no 'endscript'"
    if depth:
        yield "its braces do not match"


def _sysusers(text: str, _kind: PackageFormat, _names: Names) -> Iterator[str]:
    for line in _lines(text):
        if not _ACCOUNT_LINE.match(line):
            yield f"no account has this form: {line.strip()}"


def _tmpfiles(text: str, _kind: PackageFormat, names: Names) -> Iterator[str]:
    for line in _lines(text):
        found = _PATH_LINE.match(line)
        if found is None:
            yield f"no path has this form: {line.strip()}"
            continue
        if found["mode"] and not _MODE.match(found["mode"]):
            yield f"'{found['mode']}' is no mode: {line.strip()}"
        yield from _unknown(names, *(name for name in (found["user"], found["group"]) if name and name[0] not in ":-%"))


def _udev(text: str, _kind: PackageFormat, names: Names) -> Iterator[str]:
    for line in _lines(text.replace("\\\n", " ")):
        if not _RULE.match(line):
            yield f"no rule of udev has this form: {line.strip()}"
        yield from _unknown(names, *(found["name"] for found in _RULE_NAME.finditer(line)))


def _bus(text: str, _kind: PackageFormat, _names: Names) -> Iterator[str]:
    for found in _OPEN_BUS.finditer(text):
        yield f"it lets others use all of the bus: {found[0]}"


def _unit(text: str, _kind: PackageFormat, names: Names) -> Iterator[str]:
    if not _MADE_BY_SYSTEMD.search(text):
        yield from _unknown(names, *(found["name"] for found in _RUNS_AS.finditer(text)))
    targets = [target for found in _WANTED_BY.finditer(text) for target in found[1].split()]
    if names and targets and all(_is_missing(target, names) for target in targets):
        yield f"nothing ever starts it: there is no {' and no '.join(dict.fromkeys(targets))}"


def _is_missing(target: str, names: Names) -> bool:
    """Say whether a target is on no machine; other units, and names that only an instance has, may be."""
    return target.endswith(".target") and "%" not in target and target not in names


def _unknown(names: Names, *wanted: str | None) -> Iterator[str]:
    for name in wanted:
        if names and name and not name.isdigit() and name not in names:
            yield f"it names {name}, who is neither an account nor a group of the machine"


def _lines(text: str) -> Iterator[str]:
    return (line for line in text.splitlines() if line.strip() and not line.lstrip().startswith(("#", ";")))


#: Folders, and what reads their files.
_READERS: dict[str, Callable[[str, PackageFormat, Names], Iterator[str]]] = {
    r"/etc/cron\.d/": _cron,
    r"/etc/logrotate\.d/": _logrotate,
    r"/(etc|usr/lib|lib)/sysusers\.d/": _sysusers,
    r"/(etc|usr/lib|lib)/tmpfiles\.d/": _tmpfiles,
    r"/(etc|usr/lib|lib)/udev/rules\.d/": _udev,
    r"/(etc|usr/share)/dbus-1/system\.d/": _bus,
    r"/(etc|usr/lib|lib)/systemd/system/[^/]+\.(service|socket|timer|path)$": _unit,
    r"/usr/share/dbus-1/system-services/": _unit,
}
