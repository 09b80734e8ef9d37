"""Say what a unit file says otherwise than before of what its processes may do, and of what they may use up."""

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


def changed_rights(path: str, before: str, after: str) -> Iterator[str]:
    """Give `KEY: OLD -> NEW` of each setting of a unit that bears on rights or limits; `default` for none."""
    if not _UNIT.match(path):
        return
    old, new = _settings(before), _settings(after)
    for key in sorted(old.keys() | new.keys()):
        if old.get(key) != new.get(key):
            yield f"{key}: {old.get(key, 'default')} -> {new.get(key, 'default')}"


def _settings(text: str) -> dict[str, str]:
    """Give such settings; one that is there more than once has all its values, an empty one takes those before away."""
    found: dict[str, str] = {}
    for line in text.replace("\\\n", " ").splitlines():
        key, equals, value = (part.strip() for part in line.partition("="))
        if equals and _RIGHTS.fullmatch(key):
            found[key] = " ".join(filter(None, (found.get(key, "") if value else "", " ".join(value.split()))))
    return found
