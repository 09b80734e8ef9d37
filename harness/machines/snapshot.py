"""What a machine looks like at one moment, and what changed between two moments.

One shell script reads all at once but files and services; see `file_changes` and `service_managers` for those. Caches,
logs and databases of the package manager are left out: they change by design.
"""

from __future__ import annotations

import ipaddress
import shlex
import time
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from harness.errors import LabError
from harness.machines.file_changes import FileChange, is_below

#: Files of any machine that are the lab's own, or change by themselves; patterns as of find's -path.
OWN_PATHS = ("/etc/ld.so.preload", "/etc/faketimerc", "/home/tester/.bash_history", "/home/tester/.wget-hsts",
             "/root/.bash_history", "/var/log/journal", "/var/log/lastlog", "/var/log/wtmp", "/var/log/btmp",
             "/etc/resolv.conf", "/etc/hosts", "/etc/hostname", "/.dockerenv", "/var/lib/systemd/random-seed",
             "/var/lib/systemd/timers", "/var/lib/systemd/catalog", "/var/lib/sudo")  # fmt: skip
_SEPARATOR = "--arclab--"
_PARTS = 3
_RESOLVER = "127.0.0.11:"  # the engine's name server, on a port that changes from boot to boot
_FIRST_OF_CLIENTS = 32768
_MOST_PAUSES = 20


class Snapshot(msgspec.Struct, frozen=True):
    """One look: packages (name -> version), units (name -> state), accounts, listening ports, service environment.

    `files` holds what differs from the previous look of the same machine.
    """

    packages: dict[str, str]
    units: dict[str, str]
    accounts: tuple[str, ...]
    listening: tuple[str, ...]
    environment: tuple[str, ...]
    files: tuple[FileChange, ...]


def snapshot_script(list_packages: str) -> str:
    """Give the script that looks at everything but files and services, as root."""
    mark = f"printf '\\n{_SEPARATOR}\\n'"
    return f"""
(set -o pipefail; {list_packages}) || exit 1
{mark}
mapfile lines < /etc/passwd && printf '%s' "${{lines[@]}}"; mapfile lines < /etc/group && printf '%s' "${{lines[@]}}"
{mark}
ss -Hltun || exit 1
"""


def exposure_script(secrets: Iterable[str], places: Iterable[str], units: Iterable[str], data: Iterable[str]) -> str:
    """Give the script that prints which places, which of journal and processes show one of the secrets, as root.

    So it does of private keys below the product's `data` that anybody may read.
    """
    listed = "\n".join(secrets)
    return (
        f"cd /run; umask 077; cat > secrets <<'ARCLAB_SECRETS'\n{listed}\nARCLAB_SECRETS\n"
        f"grep -rlaFf secrets {shlex.join(places)} 2>/dev/null\n"
        f"journalctl -q {' '.join(f'-u {unit}' for unit in units)} 2>/dev/null | grep -qaFf secrets && echo journal\n"
        "grep -laFf secrets /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null\n"
        "rm secrets\n"
        f"grep -rlaF 'PRIVATE KEY' {shlex.join(data) or '/nonexistent'} 2>/dev/null | while IFS= read -r path; do\n"
        'runuser -u nobody -- test -r "$path" && echo "$path, a private key that anybody may read"; done; true'
    )


def parse_snapshot(
    output: str, units: dict[str, str], environment: tuple[str, ...], files: tuple[FileChange, ...]
) -> Snapshot:
    """Read the script's output, and join it with the rest. Raises: LabError when a part is missing."""
    parts = output.split(f"\n{_SEPARATOR}\n")
    if len(parts) != _PARTS:
        raise LabError("snapshot-incomplete", f"a snapshot has {len(parts)} parts instead of {_PARTS}.")
    packages, accounts, listening = parts
    return Snapshot(
        packages=dict(line.partition(" ")[::2] for line in packages.splitlines() if line),
        units=units,
        accounts=tuple(line for line in accounts.splitlines() if line),
        listening=tuple(
            sorted({_listener(line) for line in listening.splitlines() if line and _RESOLVER not in line} - {""})
        ),
        environment=environment,
        files=files,
    )


def _listener(line: str) -> str:
    """Read a line of `ss -ltun`: the address, and `/udp` where it is one; nothing for a client's port of UDP.

    Source: ip(7), ip_local_port_range: from which number on a client gets its port.
    """
    kind, _, _, _, shown, *_ = line.split()
    address = _address(shown)
    if kind != "udp":
        return address
    return "" if int(address.rpartition(":")[2]) >= _FIRST_OF_CLIENTS else f"{address}/udp"


def _address(shown: str) -> str:
    """Read an address as ss shows it; any address of the loopback is `loopback`, and that of all interfaces `any`."""
    host, _, port = shown.rpartition(":")
    host = host.partition("%")[0].strip("[]")
    if host in ("*", "0.0.0.0", "::"):  # noqa: S104 - read, not bound
        return f"any:{port}"
    return f"{'loopback' if ipaddress.ip_address(host).is_loopback else host}:{port}"


def changes_between(before: Snapshot, after: Snapshot) -> dict[str, Any]:
    """Give what changed, as JSON for a step's record; parts without a change are left out."""
    files = {
        "added": [change.path for change in after.files if not change.before],
        "removed": [change.path for change in after.files if not change.after],
        "changed": {c.path: f"{c.before} -> {c.after}" for c in after.files if c.before and c.after},
    }
    result: dict[str, Any] = {
        "packages": _mapping_changes(before.packages, after.packages),
        "files": {kind: value for kind, value in files.items() if value},
        "units": _mapping_changes(before.units, after.units),
        "accounts": _set_changes(before.accounts, after.accounts),
        "listening": _set_changes(before.listening, after.listening),
        "environment": _set_changes(before.environment, after.environment),
    }
    return {part: value for part, value in result.items() if value}


def disk_changes(before: Snapshot, after: Snapshot, logs: tuple[str, ...]) -> dict[str, Any]:
    """Give what changed of packages and files, but for a running agent's logs and sockets, which may come any time."""
    kept = tuple(
        change
        for change in after.files
        if not any(is_below(change.path, log) for log in logs) and not (change.after or change.before).startswith("s ")
    )
    changes = changes_between(before, msgspec.structs.replace(after, files=kept))
    return {part: changes[part] for part in ("packages", "files") if part in changes}


def settled(look: Callable[[], Snapshot], logs: tuple[str, ...], pause_s: float = 1.0) -> Snapshot:
    """Look until two looks see the same disk: services that an earlier step started may still be writing.

    Raises: LabError with what still changes.
    """
    last, changes = look(), {}
    for _ in range(_MOST_PAUSES):
        time.sleep(pause_s)
        before, last = last, look()
        changes = disk_changes(before, last, logs)
        if not changes:
            return last
    raise LabError(
        "machine-restless", "the machine's disk does not come to rest, so that what a step changes cannot be told.",
        hint=f"Changed between the last two looks: {changes}. The product file's 'logs' name what may always change.",
    )  # fmt: skip


def _mapping_changes(before: dict[str, str], after: dict[str, str]) -> dict[str, str]:
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    return {name: f"{before.get(name, 'absent')} -> {after.get(name, 'absent')}" for name in sorted(changed)}


def _set_changes(before: tuple[str, ...], after: tuple[str, ...]) -> dict[str, list[str]]:
    added, removed = sorted(set(after) - set(before)), sorted(set(before) - set(after))
    return {key: value for key, value in (("added", added), ("removed", removed)) if value}
