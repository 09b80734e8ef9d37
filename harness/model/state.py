"""What a machine looked like at one moment, whole enough to be judged later, and what happened between two moments.

`evidence.json` of a case holds one `Evidence`. Laws read nothing else of a run.
"""

from __future__ import annotations

import functools
from typing import Literal

import msgspec

from harness.model.record import CommandRecord, Outcome
from simulator.contract import Event, MachineState, PackageFormat

EVIDENCE_FILE = "evidence.json"


#: The kind of a transition that takes away what is left of the package's earlier name, and nothing of the present one.
PURGE_OF_EARLIER = "purge of the earlier name"
#: The kind of a transition in which a later release has refused to come, so that all should be as before.
REFUSED_UPGRADE = "refused upgrade"
#: The kind of what is a value in the registry of Windows, and no file.
REGISTRY_VALUE = "v"


class FileFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """One path. `kind` is find's `%y`; `owner` is `uid:gid`; `content` a SHA-256, empty where it was not read.

    A value of the registry is a path too, `HKLM\\KEY\\NAME`: of kind `v`, without rights, its data as `content`.
    """

    kind: str
    mode: str  # octal, without the type
    owner: str
    size: int = 0
    link: str = ""
    content: str = ""
    attributes: tuple[str, ...] = ()  # extended ones: `name=hex`, or `capabilities=TEXT` of cap_to_text(3)
    text: str = ""  # of a file that programs of others read, as jobs of cron and units are


class FileState(msgspec.Struct, frozen=True, omit_defaults=True):
    """A path that differs from the machine's first look: as it was then, and as it is now; None where it is not."""

    was: FileFacts | None
    now: FileFacts | None


class UnitState(msgspec.Struct, frozen=True, omit_defaults=True):
    """One unit of the product. `active` is systemd's ActiveState, `enabled` its UnitFileState; `absent` for no unit."""

    active: str
    enabled: str
    sub: str = ""
    pid: int = 0
    restarts: int = 0
    path: str = ""
    is_stale: bool = False  # its file is not the one that systemd has read


class Process(msgspec.Struct, frozen=True, omit_defaults=True):
    """One process. `unit` is the last part of its control group that names a unit; `parent` is 1 for an orphan."""

    pid: int
    user: str
    unit: str
    command: str
    parent: int = 0


class State(msgspec.Struct, frozen=True, omit_defaults=True, dict=True):
    """One look at a machine, and at what Azure knows of it.

    `installed` is the version in the package database, or empty; `problems` is what the package manager finds wrong.
    `files` has only what differs from the first look of this machine.
    """

    package: Literal["installed", "half-installed", "absent"]
    installed: str
    problems: tuple[str, ...]
    owned: tuple[str, ...]  # the package's own paths
    cli_version: str  # empty where there is no command line, or it does not answer
    packages: dict[str, str]
    units: dict[str, UnitState]  # of the product
    other_units: dict[str, str]  # all other unit files -> enablement
    accounts: tuple[str, ...]  # lines of /etc/passwd and /etc/group
    listening: tuple[str, ...]
    environment: tuple[str, ...]
    processes: tuple[Process, ...]
    temporary: tuple[str, ...]  # `path kind mode owner` in folders that anybody may write to
    broken_links: tuple[str, ...]
    files: dict[str, FileState]
    connected: tuple[MachineState, ...]
    active_units: tuple[str, ...] = ()  # all other units that are active
    unwatched: dict[str, str] = {}  # what no watch on files sees -> SHA-256, or `type and mode, owner`
    failed_units: tuple[str, ...] = ()  # all other units that have failed
    runtime: tuple[str, ...] = ()  # what names the product below /run, which no watch sees
    runtime_folders: tuple[str, ...] = ()  # those of them that are folders
    kernel: dict[str, str] = {}  # settings below /proc/sys that differ from the first look -> value
    firewall: tuple[str, ...] = ()  # its tables, chains and rules, without counters
    open_to_all: tuple[str, ...] = ()  # `path kind mode owner` below /run of what anybody may write to
    unit_problems: tuple[str, ...] = ()  # what systemd finds wrong in the package's units, a line each
    passwords: dict[str, str] = {}  # account -> `locked`, `empty`, or `set` with a digest of the password's hash

    def owns(self, path: str) -> bool:
        """Say whether a path is the package's own."""
        return path in self._owned

    @functools.cached_property
    def _owned(self) -> frozenset[str]:
        return frozenset(self.owned)


class JournalLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of the machine's journal. `priority` is syslog's: 3 is an error."""

    unit: str
    source: str
    priority: int
    message: str


class Transition(msgspec.Struct, frozen=True, omit_defaults=True):
    """One step that changed the machine, with what was seen before and after it."""

    index: int
    kind: str
    title: str
    outcome: Outcome
    before: State
    after: State
    commands: tuple[CommandRecord, ...] = ()
    accepted_exits: tuple[int, ...] = ()
    journal: tuple[JournalLine, ...] = ()
    since: int = 0  # the cloud's journal when it began and when it had ended, by sequence number
    until: int = 0
    exposed: tuple[str, ...] = ()  # places that show a secret
    edited: tuple[str, ...] = ()  # paths that the administrator had edited before
    duration_s: float = 0.0


class Ending(msgspec.Struct, frozen=True):
    """A step in which the machine was ended from within. Nobody could look after it: `after` is what was before."""

    transition: Transition
    how: str


class Evidence(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one lifecycle on one machine left to judge. `events` is the cloud's journal."""

    case: str
    lifecycle: str
    distro: str
    format: PackageFormat
    transitions: tuple[Transition, ...]
    events: tuple[Event, ...] = ()
    ending: Ending | None = None
    environment: str = ""  # what is hostile about the machine, one word
    services: bool = True  # else: no service could run there until the machine booted
