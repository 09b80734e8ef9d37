"""The words of a scenario file, as types. The JSON Schema is generated from them.

What they are made of is in `words`, what may be expected in `expectation`.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from harness.model.azure_steps import Azure, Extension, Patches, Policy, RunCommand
from harness.model.crash_steps import Interrupt, Outage, Repair
from harness.model.expectation import Expect
from harness.model.machine_steps import Clock, Clone, Cron, Fleet, Jobs, Onboard, Reboot, UnattendedUpgrade
from harness.model.record import Place
from harness.model.repository_steps import Publish, Repository, UpdateServer
from harness.model.words import MOST_MACHINES, Bound, Duration, HostName, Version, WordsBase

User = Literal["root", "tester"]
ProxyKind = Literal["none", "open", "authenticated", "inspecting"]


# Steps: each acts, none judges -----------------------------------------------------------------------------


class ConfigureRepository(WordsBase, frozen=True):
    """Install `packages-microsoft-prod`, which brings the repository's definition and its key."""


class Refresh(WordsBase, frozen=True):
    """Fetch the repository's metadata with the documented command."""


class ListVersions(WordsBase, frozen=True):
    """List the published versions with the documented command."""


class Install(WordsBase, frozen=True):
    """Install one version with the documented command."""

    version: Version = "latest"


class Upgrade(WordsBase, frozen=True):
    """Run the two documented commands: refresh the index, upgrade the package. `sudo: false` is the refused form.

    With `everything` the second names no package. With `anew` the package manager first forgets what it knows of its
    repositories, which yum believes for two days.
    """

    sudo: bool = True
    everything: bool = False
    anew: bool = False


class Hold(WordsBase, frozen=True):
    """Hold the package at its version in the package manager's own way, or release it."""

    release: bool = False


class Uninstall(WordsBase, frozen=True):
    """Run the documented command that removes the agent. `user: tester, sudo: false` is the refused form.

    With `formerly` it removes what is left of the package under the name that it had before.
    """

    sudo: bool = True
    formerly: bool = False


class Remove(WordsBase, frozen=True):
    """Remove the agent, keeping its configuration files where the package manager tells that from a purge."""


class Reinstall(WordsBase, frozen=True):
    """Install the installed version once more."""


class Downgrade(WordsBase, frozen=True):
    """Install an older version."""

    version: Version = "previous"


class Edit(WordsBase, frozen=True):
    """Edit configuration files, narrow modes and add drop-ins, as administrators do."""


class Connect(WordsBase, frozen=True):
    """Run `azcmagent connect`. `name` is the resource name; without it the host name is used."""

    name: str = ""
    auth: Literal["service-principal", "device-code", "access-token"] = "service-principal"
    principal: str = "onboarding"
    user: User = "root"


class Disconnect(WordsBase, frozen=True):
    """Run `azcmagent disconnect`."""

    auth: Literal["service-principal", "device-code", "access-token", "none"] = "service-principal"
    principal: str = "administrator"
    force_local_only: bool = msgspec.field(name="force-local-only", default=False)
    user: User = "root"


class Azcmagent(WordsBase, frozen=True):
    """Run the agent's command line with these arguments."""

    arguments: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    user: User = "root"


class Command(WordsBase, frozen=True):
    """Run a shell command line on the machine."""

    run: Annotated[str, msgspec.Meta(min_length=1)]
    user: User = "root"


class Service(WordsBase, frozen=True):
    """Act on a unit, or on several with blanks between; `kill` sends SIGKILL to the main process of each."""

    unit: str
    action: Literal["start", "stop", "restart", "enable", "disable", "mask", "unmask", "kill"]


class Network(WordsBase, frozen=True):
    """Pull the machine's network cable or plug it in again; or change what the network gives access to.

    `access: proxy-only` needs `given: {proxy: ..}`: the proxy is all that can be reached, and no name outside is known.
    The package manager is told of the proxy, but for `told: false`. `trust: proxy` makes the machine trust the CA of
    an inspecting proxy. `proxy` stops the proxy, or starts it again.
    """

    cable: Literal["unplugged", "plugged", ""] = ""
    access: Literal["proxy-only", "direct", ""] = ""
    told: bool = True
    trust: Literal["proxy", ""] = ""
    proxy: Literal["stopped", "started", ""] = ""


class Advance(WordsBase, frozen=True):
    """Move the lab clock, waiting at each heartbeat that is due.

    Either `by` a duration, or `to` a duration after the machine's last heartbeat. `advance: 20m` means `by`. Where
    `heartbeats` are said to be `none`, none is waited for; that the machine has tried is for the step to expect.
    """

    by: Duration = ""
    to: Duration = ""
    after: Literal["last-heartbeat", ""] = ""
    heartbeats: Literal["none", ""] = ""


class Fault(WordsBase, frozen=True):
    """Let the cloud do something wrong. `host` and `operation` are patterns; `first` limits how often."""

    effect: Literal["http_error", "latency", "drop", "clear"] = "http_error"
    host: str = "*"
    operation: str = "*"
    answer: Annotated[int, msgspec.Meta(ge=400, le=599)] = 503
    first: Bound = 0
    retry_after: Bound = msgspec.field(name="retry-after", default=0)
    delay: Duration = ""


StepArguments = (
    ConfigureRepository | Refresh | ListVersions | Install | Onboard | Upgrade | UnattendedUpgrade | Hold
    | Uninstall | Remove | Reinstall | Downgrade | Interrupt | Repair | Edit | Connect | Disconnect | Azcmagent
    | Command | Service | Network | Advance | Clock | Cron | Jobs | Azure | Extension | RunCommand | Patches | Policy
    | Publish | Repository | UpdateServer | Fault | Outage | Clone | Fleet | Reboot
)  # fmt: skip

#: One line for each step: its word in the file, and its arguments. `harness.steps` has a file of the same name.
STEPS: dict[str, type[StepArguments]] = {
    "configure-repository": ConfigureRepository,
    "refresh": Refresh,
    "list-versions": ListVersions,
    "install": Install,
    "onboard": Onboard,
    "upgrade": Upgrade,
    "unattended-upgrade": UnattendedUpgrade,
    "hold": Hold,
    "uninstall": Uninstall,
    "remove": Remove,
    "reinstall": Reinstall,
    "downgrade": Downgrade,
    "edit": Edit,
    "interrupt": Interrupt,
    "repair": Repair,
    "connect": Connect,
    "disconnect": Disconnect,
    "azcmagent": Azcmagent,
    "command": Command,
    "service": Service,
    "network": Network,
    "advance": Advance,
    "clock": Clock,
    "cron": Cron,
    "jobs": Jobs,
    "azure": Azure,
    "extension": Extension,
    "run-command": RunCommand,
    "patches": Patches,
    "policy": Policy,
    "publish": Publish,
    "repository": Repository,
    "update-server": UpdateServer,
    "fault": Fault,
    "outage": Outage,
    "clone": Clone,
    "fleet": Fleet,
    "reboot": Reboot,
}

#: Steps that may be written with a bare value: `advance: 20m`. The value goes to the named argument.
SHORT_FORMS = {"advance": "by", "clone": "of", "command": "run", "cron": "file", "outage": "by", "patches": "action"}

#: Steps that change what is installed or how it runs: a snapshot is taken before and after.
TRANSITIONS = frozenset(
    {
        "install",
        "onboard",
        "upgrade",
        "unattended-upgrade",
        "reinstall",
        "downgrade",
        "remove",
        "uninstall",
        "connect",
        "cron",
        "jobs",
        "disconnect",
        "reboot",
    }
)


# The file --------------------------------------------------------------------------------------------------


class Given(WordsBase, frozen=True):
    """How the case begins. `repository: configured` runs `configure-repository` and `refresh` beforehand.

    `proxy` puts a forward proxy beside the machine: `http://proxy.arclab.example`, ports 3128 and 80. `authenticated`
    asks for the user `proxyuser` with the password `proxy-canary`; `inspecting` opens TLS with a CA of its own.
    `private-endpoints` let Azure Arc's names, and no others, lead to it on the proxy-only network, without the proxy.
    `machines` are the host names of the case's machines; a step without `machine` is done on the first.
    `environment` makes each machine hostile in one way, from the first step on: docs/environments.md lists the words.
    """

    repository: Literal["configured", "none"] = "configured"
    published: tuple[Version, ...] = ()  # releases in the repository at the start; default: all
    alert_rule: Literal["webhook", "none"] = msgspec.field(name="alert-rule", default="none")
    proxy: ProxyKind = "none"
    private_endpoints: bool = msgspec.field(name="private-endpoints", default=False)
    machines: Annotated[tuple[HostName, ...], msgspec.Meta(min_length=1, max_length=MOST_MACHINES)] = ("box-1",)
    environment: str = ""


class Step(msgspec.Struct, frozen=True):
    """One step of a scenario, decoded."""

    kind: str
    arguments: StepArguments
    expect: Expect
    place: Place
    places: dict[str, Place]  # of each expectation: "machine.version" -> where it is written
    machine: str  # the name of the one that it is done on


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
