"""The words of a scenario file, as types. The JSON Schema is generated from them.

Durations are text such as `90s`, `20m`, `24h`, `45d`, `2 periods` (a period is one heartbeat period).
Versions are a release (`1.50`), a full version, or a name: `latest`, `previous`, `oldest`, `candidate`.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from harness.model.record import Place

Duration = Annotated[str, msgspec.Meta(pattern=r"^[0-9]+ ?(s|m|h|d|periods?)$", description="90s, 20m, 24h, 2 periods")]
Version = Annotated[
    str, msgspec.Meta(min_length=1, title="version", description="1.50, latest, previous, oldest, candidate or $axis")
]
Words = str | tuple[str, ...]
Bound = Annotated[int, msgspec.Meta(ge=0)]
User = Literal["root", "tester"]


class _Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Base of everything in a scenario file: an unknown key is an error."""


# Steps: each acts, none judges -----------------------------------------------------------------------------


class ConfigureRepository(_Words, frozen=True):
    """Install `packages-microsoft-prod`, which brings the repository's definition and its key."""


class Refresh(_Words, frozen=True):
    """Fetch the repository's metadata with the documented command."""


class ListVersions(_Words, frozen=True):
    """List the published versions with the documented command."""


class Install(_Words, frozen=True):
    """Install one version with the documented command."""

    version: Version = "latest"


class Upgrade(_Words, frozen=True):
    """Run the two documented commands: refresh the index, upgrade the package."""


class Uninstall(_Words, frozen=True):
    """Run the documented command that removes the agent. `user: tester, sudo: false` is the refused form."""

    sudo: bool = True


class Connect(_Words, frozen=True):
    """Run `azcmagent connect`. `name` is the resource name; without it the host name is used."""

    name: str = ""
    auth: Literal["service-principal", "device-code", "access-token"] = "service-principal"
    principal: str = "onboarding"
    user: User = "root"


class Disconnect(_Words, frozen=True):
    """Run `azcmagent disconnect`."""

    auth: Literal["service-principal", "device-code", "access-token", "none"] = "service-principal"
    principal: str = "administrator"
    force_local_only: bool = msgspec.field(name="force-local-only", default=False)
    user: User = "root"


class Azcmagent(_Words, frozen=True):
    """Run the agent's command line with these arguments."""

    arguments: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    user: User = "root"


class Command(_Words, frozen=True):
    """Run a shell command line on the machine."""

    run: Annotated[str, msgspec.Meta(min_length=1)]
    user: User = "root"


class Service(_Words, frozen=True):
    """Act on a unit with systemctl; `kill` sends SIGKILL to its main process."""

    unit: str
    action: Literal["start", "stop", "restart", "enable", "disable", "mask", "unmask", "kill"]


class Network(_Words, frozen=True):
    """Pull the machine's network cable, or plug it in again."""

    cable: Literal["unplugged", "plugged"]


class Advance(_Words, frozen=True):
    """Move the lab clock, waiting at each heartbeat that is due.

    Either `by` a duration, or `to` a duration after the machine's last heartbeat. `advance: 20m` means `by`.
    """

    by: Duration = ""
    to: Duration = ""
    after: Literal["last-heartbeat", ""] = ""


class Azure(_Words, frozen=True):
    """Act in Azure as the operator: delete a connected machine, lock or unlock it."""

    delete: str = ""
    lock: str = ""
    unlock: str = ""


class Publish(_Words, frozen=True):
    """Publish a release in the repository, or withdraw one."""

    version: Version = ""
    withdraw: Version = ""


class Fault(_Words, frozen=True):
    """Let the cloud do something wrong. `host` and `operation` are patterns; `first` limits how often."""

    effect: Literal["http_error", "latency", "drop", "clear"] = "http_error"
    host: str = "*"
    operation: str = "*"
    answer: Annotated[int, msgspec.Meta(ge=400, le=599)] = 503
    first: Bound = 0
    retry_after: Bound = msgspec.field(name="retry-after", default=0)
    delay: Duration = ""


class Reboot(_Words, frozen=True):
    """Restart the machine: PID 1 and everything below it."""


StepArguments = (
    ConfigureRepository | Refresh | ListVersions | Install | Upgrade | Uninstall | Connect | Disconnect | Azcmagent
    | Command | Service | Network | Advance | Azure | Publish | Fault | Reboot
)  # fmt: skip

#: One line for each step: its word in the file, and its arguments. `harness.steps` has a file of the same name.
STEPS: dict[str, type[StepArguments]] = {
    "configure-repository": ConfigureRepository,
    "refresh": Refresh,
    "list-versions": ListVersions,
    "install": Install,
    "upgrade": Upgrade,
    "uninstall": Uninstall,
    "connect": Connect,
    "disconnect": Disconnect,
    "azcmagent": Azcmagent,
    "command": Command,
    "service": Service,
    "network": Network,
    "advance": Advance,
    "azure": Azure,
    "publish": Publish,
    "fault": Fault,
    "reboot": Reboot,
}

#: Steps that may be written with a bare value: `advance: 20m`. The value goes to the named argument.
SHORT_FORMS = {"advance": "by", "command": "run"}

#: Steps that change what is installed or how it runs: a snapshot is taken before and after.
TRANSITIONS = frozenset({"install", "upgrade", "uninstall", "connect", "disconnect", "reboot"})


# Expectations ----------------------------------------------------------------------------------------------


class Text(_Words, frozen=True):
    """What a text holds. Each entry of `contains` and `lacks` is looked for as it stands."""

    contains: Words = ()
    lacks: Words = ()
    matches: str = ""  # a regular expression, searched
    equals: str | None = None


class Range(_Words, frozen=True):
    """A number between bounds, both included."""

    min: Bound | None = None
    max: Bound | None = None


class DurationRange(_Words, frozen=True):
    max: Duration


class ExpectCommand(_Words, frozen=True):
    """About the step's commands: `exit` of the last one (default 0), and what all of them printed."""

    exit: int | tuple[int, ...] | Literal["nonzero"] = 0
    stdout: Text | None = None
    stderr: Text | None = None
    output: Text | None = None
    versions: Literal["published"] | tuple[str, ...] | None = None  # every version that a listing names


class ExpectMachine(_Words, frozen=True):
    """About the machine. `version` is what the package database says, or `absent`."""

    version: Version | None = None
    agent_version: Version | None = msgspec.field(name="agent-version", default=None)  # what the CLI says
    package: Literal["installed", "absent", "half-installed"] | None = None
    services: dict[str, Literal["active", "inactive", "failed", "activating", "absent"]] | None = None
    files: dict[str, Literal["present", "absent"]] | None = None
    show: dict[str, str | Text] | None = None  # `azcmagent show -j`
    package_log: Version | None = msgspec.field(name="package-log", default=None)  # what the step's lines in it name
    leftovers: Literal["documented", "none"] | None = None  # since before the agent was installed
    boots: int | Literal["unchanged"] | None = None
    changes: Literal["none"] | None = None  # of installed packages and files, but for logs and sockets, in this step


class ExpectCloud(_Words, frozen=True):
    """About Azure's side. `machine` names the connected machine; without it, the case's only one."""

    machine: str = ""
    status: Literal["Connected", "Disconnected", "Expired", "AwaitingConnection", "absent"] | None = None
    version: Version | None = None
    vm_id: Literal["unchanged", "changed"] | None = msgspec.field(name="vm-id", default=None)
    alerts: Literal["none", "active", "resolved"] | None = None  # the newest alert of the machine
    alert_count: int | None = msgspec.field(name="alert-count", default=None)
    deliveries: int | None = None  # webhook deliveries of the newest alert
    resource_health: Literal["Available", "Unavailable", "Unknown"] | None = msgspec.field(
        name="resource-health", default=None
    )


class ExpectBetween(_Words, frozen=True):
    """About the journal between the start and the end of the step."""

    heartbeats: int | Range | None = None
    heartbeat_gap: DurationRange | None = msgspec.field(name="heartbeat-gap", default=None)
    machine_creates: int | None = msgspec.field(name="machine-creates", default=None)
    requests: dict[str, int | Range] | None = None  # by operation: `his.heartbeat: 0`
    undeclared_hosts: Literal["none"] | None = msgspec.field(name="undeclared-hosts", default=None)


class Expect(_Words, frozen=True):
    """What must hold after a step. Looks are repeated until it holds or `within` (true time) is over."""

    command: ExpectCommand | None = None
    machine: ExpectMachine | None = None
    cloud: ExpectCloud | None = None
    between: ExpectBetween | None = None
    within: Duration = "10s"


# The file --------------------------------------------------------------------------------------------------


class Given(_Words, frozen=True):
    """How the case begins. `repository: configured` runs `configure-repository` and `refresh` beforehand."""

    repository: Literal["configured", "none"] = "configured"
    published: tuple[Version, ...] = ()  # releases in the repository at the start; default: all
    alert_rule: Literal["webhook", "none"] = msgspec.field(name="alert-rule", default="none")
    hostname: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", max_length=63)] = "box-1"


class Step(msgspec.Struct, frozen=True):
    """One step of a scenario, decoded."""

    kind: str
    arguments: StepArguments
    expect: Expect
    place: Place
    places: dict[str, Place]  # of each expectation: "machine.version" -> where it is written


class Scenario(msgspec.Struct, frozen=True):
    """One scenario file, decoded. `name` is its path below the library without the suffix: `upgrade/in-place`."""

    name: str
    title: str
    file: str
    source: tuple[str, ...]
    tags: tuple[str, ...]
    matrix: dict[str, tuple[str, ...]]
    given: Given
    steps: tuple[Step, ...]
    place: Place
