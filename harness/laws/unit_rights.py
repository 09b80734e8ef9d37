"""Say what a unit file says otherwise than before: what its processes may do and use up, and who looks after them."""

from __future__ import annotations

import re
from collections.abc import Iterator

_UNIT = re.compile(r"/(etc|usr/lib|lib)/systemd/system/[^/]+\.(service|socket|mount|slice)(\.d/[^/]+\.conf)?$")
#: Source: systemd.exec(5), systemd.resource-control(5), systemd.kill(5).
_RIGHTS = re.compile(
    r"(User|Group|SupplementaryGroups|DynamicUser|UMask|(Ambient|Bounding)?Capabilit\w+|CapabilityBoundingSet|SecureBits"
    r"|NoNewPrivileges|Protect\w+|Private\w+|Restrict\w+|SystemCall\w+|MemoryDenyWriteExecute|LockPersonality"
    r"|(ReadOnly|ReadWrite|Inaccessible|Exec|NoExec)Paths|Bind\w*Paths|RootDirectory|Device(Allow|Policy)|KeyringMode"
    r"|(AppArmor|SELinux|Smack)\w+|IPAddress\w+|Delegate|\w+DirectoryMode|SocketMode|SocketUser|SocketGroup"
    r"|CPU\w+|Memory\w+|Tasks\w+|IO\w+|Limit\w+|OOM\w+|Nice|KillMode|SendSIGKILL|WatchdogSec|RuntimeMaxSec)"
)


#: How much of what ends a service starts it again. Source: systemd.service(5), the table of `Restart=`.
_RESTARTS = {"no": 0, "": 0, "on-watchdog": 1, "on-abort": 1, "on-abnormal": 2, "on-success": 2, "on-failure": 3,
             "always": 4}  # fmt: skip
#: Of lists each word counts; of what says how a service begins, whether it says anything.
_LISTS = ("EnvironmentFile", "WantedBy", "RequiredBy", "Alias", "Also")
_CARE = re.compile(
    rf"Restart|{'|'.join(_LISTS)}|ExecReload|After|Wants|Requires|BindsTo|(State|Logs|Cache|Runtime|Configuration)Directory"
)


def lost_care(path: str, before: str, after: str) -> Iterator[str]:
    """Give what a unit does not do any more: be restarted as often, read a file of settings, have a name, be wanted."""
    if not _UNIT.match(path):
        return
    old, new = _settings(before, _CARE), _settings(after, _CARE)
    one, other = old.pop("Restart", ""), new.pop("Restart", "")
    if _RESTARTS.get(other, 0) < _RESTARTS.get(one, 0):
        yield f"is restarted less often: Restart={one} -> {other or 'no'}"
    for key in sorted(old):
        kept = new.get(key, "").split()
        gone = [word for word in old[key].split() if word not in kept]
        if gone and (key in _LISTS or key not in new):
            yield f"has no {key}={' '.join(gone)} any more"


def changed_rights(path: str, before: str, after: str) -> Iterator[str]:
    """Give `KEY: OLD -> NEW` of each setting of a unit that bears on rights or limits; `default` for none."""
    if not _UNIT.match(path):
        return
    old, new = _settings(before), _settings(after)
    for key in sorted(old.keys() | new.keys()):
        if old.get(key) != new.get(key):
            yield f"{key}: {old.get(key, 'default')} -> {new.get(key, 'default')}"


def _settings(text: str, wanted: re.Pattern[str] = _RIGHTS) -> dict[str, str]:
    """Give such settings; one that is there more than once has all its values, an empty one takes those before away."""
    found: dict[str, str] = {}
    for line in text.replace("\\\n", " ").splitlines():
        key, equals, value = (part.strip() for part in line.partition("="))
        if equals and wanted.fullmatch(key):
            found[key] = " ".join(filter(None, (found.get(key, "") if value else "", " ".join(value.split()))))
    return found
