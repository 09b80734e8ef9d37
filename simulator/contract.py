"""Names and shapes that the simulator and the harness share: constants and structs, no behaviour.

This is the only module of `simulator` that `harness` may import. Everything else it needs of the simulator it gets
over HTTP or from the `arclab-sim` command.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

# Hosts of public Azure. Source: Azure Arc network requirements (learn.microsoft.com, read 2026-08-20).
ARM_HOST = "management.azure.com"
ENTRA_HOSTS = ("login.microsoftonline.com", "login.windows.net", "pas.windows.net")
ENTRA_REGIONAL_SUFFIX = ".login.microsoft.com"
HIS_GLOBAL_HOST = "gbl.his.arc.azure.com"
HIS_SUFFIX = ".his.arc.azure.com"
GAS_GLOBAL_HOST = "agentserviceapi.guestconfiguration.azure.com"
GAS_SUFFIX = "-gas.guestconfiguration.azure.com"
NOTIFICATION_HOST = "guestnotificationservice.azure.com"
PACKAGES_HOST = "packages.microsoft.com"
DOWNLOAD_HOST = "download.microsoft.com"
SHORT_LINK_HOST = "aka.ms"
MICROSOFT_UPDATE_HOST = "fe2.update.microsoft.com"
MICROSOFT_UPDATE_SUFFIX = ".update.microsoft.com"
UPDATE_CONTENT_HOST = "download.windowsupdate.com"
UPDATE_SERVER_HOST = "wsus.arclab.example"  # an organization's own, with Windows Server Update Services
GRAPH_HOST = "graph.microsoft.com"
DEVICE_LOGIN_HOST = "microsoft.com"  # https://microsoft.com/devicelogin is where a person types a device code

#: Names that the cloud's name server answers with the cloud's own address; a leading `*.` is a wildcard.
CLOUD_NAMES = (
    ARM_HOST,
    *ENTRA_HOSTS,
    f"*{ENTRA_REGIONAL_SUFFIX}",
    f"*{HIS_SUFFIX}",
    "*.guestconfiguration.azure.com",
    NOTIFICATION_HOST,
    f"*.{NOTIFICATION_HOST}",
    PACKAGES_HOST,
    DOWNLOAD_HOST,
    DEVICE_LOGIN_HOST,
    SHORT_LINK_HOST,
    f"*{MICROSOFT_UPDATE_SUFFIX}",
    UPDATE_CONTENT_HOST,
    UPDATE_SERVER_HOST,
    GRAPH_HOST,
)

#: HybridCompute's own application in Entra, audience of machine tokens for HIS and GAS.
#: Source: appId of "Microsoft.HybridCompute Agent Service", microsoft/azure_arc issue 3322.
AGENT_SERVICE_APP_ID = "eec53b1f-b9a4-4479-acf5-6b247c6a49f2"
ARM_AUDIENCES = (
    "https://management.azure.com",
    "https://management.azure.com/",
    "https://management.core.windows.net",
    "https://management.core.windows.net/",
)

# Times, in seconds. Source: agent overview and disconnected scenarios (learn.microsoft.com, read 2026-08-20).
HEARTBEAT_PERIOD_S = 300
DISCONNECTED_AFTER_S = 900
EXPIRED_AFTER_S = 45 * 86400
CERTIFICATE_LIFETIME_S = 90 * 86400

MachineStatus = Literal["Connected", "Disconnected", "Expired", "AwaitingConnection", "Error"]
EventKind = Literal[
    "request",  # one for each HTTP request, whatever became of it
    "transition",  # one for each change of state
    "heartbeat",  # an accepted heartbeat
    "alert",  # a Resource Health alert fired or resolved
    "webhook",  # one delivery to an action group's webhook, or its failure
    "dns",  # one name asked of the cloud's name server
    "clock",  # the lab clock moved
    "fault",  # a fault was set, applied or cleared
]


#: Classifications of the agent's updates that an organization may take. Source: the document's "Microsoft Update
#: configuration".
UpdateClass = Literal["Critical Updates", "Updates"]


class Event(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of the journal. `time` is lab time; `wall` is true time; both ISO 8601, UTC, microseconds."""

    seq: int
    time: str
    wall: str
    kind: EventKind
    host: str = ""
    operation: str = ""  # for example "machines.create", "his.heartbeat", "packages.get"
    method: str = ""
    path: str = ""  # with the query, secrets redacted
    status: int = 0  # HTTP status of a request
    client: str = ""  # the peer's address
    user_agent: str = ""  # what the client calls itself
    machine: str = ""  # ARM id of the connected machine it is about, canonical casing
    caller: str = ""  # object id of the token's principal
    duration_ms: float = 0.0
    data: dict[str, Any] = {}  # what else belongs to this kind, JSON values only


class EventPage(msgspec.Struct, frozen=True):
    """Answer of `GET /_sim/journal?after=SEQ[&kind=K][&wait_s=S]`; `last` is the newest sequence number."""

    events: list[Event]
    last: int


class Clock(msgspec.Struct, frozen=True):
    """The lab clock: `now` is ISO 8601 UTC; `offset_s` is lab time minus true time, whole seconds."""

    now: str
    offset_s: int


class ClockChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `POST /_sim/clock`: move by `advance_s` (never back)."""

    advance_s: int


class ClientSecret(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One of several secrets of an application. `expires` is ISO 8601 with a zone, lab time; empty is never."""

    value: str
    expires: str = ""


class Principal(msgspec.Struct, frozen=True, omit_defaults=True):
    """Somebody who may sign in: an application with secrets or certificates, or a user.

    `roles` are names of roles, which they hold at every subscription of their tenant. An application that is in several
    tenants is a principal in each, with the same client id.
    """

    name: str
    object_id: str
    client_id: str = ""  # application only
    secret: str = ""  # application's client secret, or the user's password
    upn: str = ""  # user only
    roles: tuple[str, ...] = ()
    tenant_id: str = ""  # the case's own when empty
    secrets: tuple[ClientSecret, ...] = ()  # application only: secrets besides `secret`, which never expires
    certificates: tuple[str, ...] = ()  # application only: certificates in PEM
    disabled: bool = False


class Tenant(msgspec.Struct, frozen=True, omit_defaults=True):
    """What else is known of a tenant of a case: the domain names that it goes by. It needs no subscription."""

    id: str
    domains: tuple[str, ...] = ()


class Subscription(msgspec.Struct, frozen=True, omit_defaults=True):
    """One more subscription of a case, of the case's tenant or of another one."""

    id: str
    name: str
    tenant_id: str = ""  # the case's own when empty
    location: str = ""  # where its groups are; the case's own when empty
    resource_groups: tuple[str, ...] = ()


class RateLimit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A bucket of tokens: how many it holds, and how many come again in a second of lab time."""

    size: int
    per_s: float


class Throttling(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """How many requests Resource Manager takes of one principal in one subscription; body of `PUT /_sim/throttling`.

    The whole subscription has 15 times as much. Source: sizes from recorded answers, rates from the documentation.
    """

    enabled: bool = True
    reads: RateLimit = RateLimit(1100, 25)
    writes: RateLimit = RateLimit(800, 10)
    deletes: RateLimit = RateLimit(800, 10)


class Case(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a cloud is seeded with: `arclab-sim serve --case FILE` reads it as JSON.

    It has one tenant and one subscription; `subscriptions` are those that it has besides.
    """

    tenant_id: str
    subscription_id: str
    subscription_name: str
    location: str
    resource_group: str
    principals: tuple[Principal, ...]
    page_size: int = 100
    subscriptions: tuple[Subscription, ...] = ()
    throttling: Throttling = Throttling()
    tenants: tuple[Tenant, ...] = ()


class ForkRequest(msgspec.Struct, frozen=True):
    """What `arclab-sim fork-server` is asked for: a process with these words, which prints into this file."""

    words: tuple[str, ...]
    log: str


class MachineState(msgspec.Struct, frozen=True, omit_defaults=True):
    """One connected machine as `GET /_sim/machines` shows it."""

    id: str
    name: str
    vm_id: str
    status: MachineStatus
    provisioning_state: str
    agent_version: str = ""
    last_heartbeat: str = ""
    heartbeats: int = 0
    creates: int = 0  # ARM create requests for this name since the cloud started
    principal_id: str = ""
    certificate_thumbprint: str = ""
    certificate_not_after: str = ""
    extensions: tuple[str, ...] = ()


class Alert(msgspec.Struct, frozen=True, omit_defaults=True):
    """One Resource Health transition as `GET /_sim/alerts` lists it. `resolved` is empty while it is active."""

    id: str
    machine: str
    fired: str
    resolved: str = ""
    previous: str = "Available"
    current: str = "Unavailable"
    deliveries: int = 0  # successful webhook deliveries of the firing


class AlertRule(msgspec.Struct, frozen=True, omit_defaults=True):
    """Body of `PUT /_sim/alert-rule`: where transitions are delivered; `cloud` means the cloud's own inbox
    (`GET /_sim/inbox`), so that a case needs no listener."""

    webhook: str


class RepositoryChange(msgspec.Struct, frozen=True, omit_defaults=True):
    """Body of `POST /_sim/repository`: package versions, as each format writes them, to add or take away.

    `publish` and `withdraw` name versions of the index (`1.57` or `candidate`); the answer comes when the
    metadata is signed and served.
    """

    publish: tuple[str, ...] = ()
    withdraw: tuple[str, ...] = ()


class UpdateServerChange(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Body of `POST /_sim/update-server`: what an organization's administrator does on its update server (WSUS).

    `synchronize` are the classifications of the agent's updates that it takes from now on, instead of those before;
    `approve`, `decline` and `forget` name releases (`1.67` or `candidate`), the last to be undecided again;
    `approve_automatically` is the rule that approves what is synchronized, unless it is declined.
    """

    synchronize: tuple[UpdateClass, ...] | None = None
    approve: tuple[str, ...] = ()
    decline: tuple[str, ...] = ()
    forget: tuple[str, ...] = ()
    approve_automatically: bool | None = None


class RepositoryFault(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Body of `PUT /_sim/repository-fault`: what is wrong with the package repository; `{}` makes it sound again.

    Metadata are signed by `key` with `digest`, `age_s` seconds ago; with `offers_key` that key is published beside the
    repository's own. `release` are fields of apt's Release, `newest` fields of the newest package's paragraph there.
    `without` are patterns of paths that are gone; those of `earlier` are as before the newest package was published.
    `package` says what became of the newest package's file after its hash was taken, `listed` whether it is published
    at all. `certificate` is what the host shows, and `address` the IPv4 address that its names have instead of the
    cloud's.
    """

    key: Literal["own", "other", "expired"] = "own"
    digest: Literal["SHA256", "SHA1"] = "SHA256"
    age_s: int = 0
    offers_key: bool = False
    release: dict[str, str] = {}
    newest: dict[str, str] = {}
    without: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()
    package: Literal["whole", "changed", "cut", "gone"] = "whole"
    listed: bool = True
    certificate: Literal["good", "unknown-ca", "expired", "other-name"] = "good"
    address: str = ""


class Fault(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Body of `POST /_sim/faults`: let requests that match go wrong.

    `host`, `operation`, `method`, `path` (without query) and `machine` (name or ARM id) are glob patterns. Of the
    requests that match, the first `after` are spared; of the others every `every`th is struck, with a `probability`
    that `seed` makes the same each time; no more than `first` in all (0: no limit). `begins` and `ends` bound it in lab
    time (ISO 8601).
    """

    effect: Literal["http_error", "answer", "latency", "drop", "truncate", "drip", "stale"]
    host: str = "*"
    operation: str = "*"
    method: str = "*"
    path: str = "*"
    machine: str = "*"
    first: int = 0
    after: int = 0
    every: int = 1
    probability: float = 1.0
    seed: int = 0
    begins: str = ""
    ends: str = ""
    status: int = 503  # http_error, answer
    code: str = "ServiceUnavailable"  # http_error
    message: str = "The service is unavailable."  # http_error
    retry_after_s: int = 0  # http_error, answer: adds the header
    headers: dict[str, str] = {}  # answer
    body: Any = None  # answer: a text as it is, or JSON
    delay_s: float = 0.0  # latency: once; drip: before each piece
    keep_share: float = 0.5  # truncate: how much of the body is sent
    piece_bytes: int = 16  # drip


class ArmedFault(msgspec.Struct, frozen=True):
    """A fault in force, as `GET /_sim/faults` lists it: how many requests matched, and how many were struck.

    `armed` is lab time, ISO 8601. One that is used up, or whose time is over, stays listed until it is cleared.
    """

    id: str
    fault: Fault
    armed: str
    matched: int
    struck: int


class Snapshot(msgspec.Struct, frozen=True):
    """A cloud's whole state, as `GET /_sim/snapshot` gives it and `PUT /_sim/snapshot` takes it; secrets included.

    `taken` is lab time, `lab_time_s` the same in seconds since 1970; `last` the newest event of the journal at that
    moment. `entities` has the values of each kind by its name.
    """

    arclab_snapshot: int  # the format, 1
    taken: str
    lab_time_s: float
    last: int
    entities: dict[str, list[Any]]


PackageFormat = Literal["deb", "rpm", "msi"]

#: Where drive C of a machine that plays Windows is.
DRIVE_C = "/var/lib/windows/drive_c"

#: The release of packages that others depend on: always published, and never a version of the product.
DEPENDENCY = "dependency"


class PackageFile(msgspec.Struct, frozen=True, omit_defaults=True):
    """One entry of `index.json` beside built packages. `path` is relative to the index."""

    name: str
    version: str  # as the package manager writes it: `1.28.02260.736` or `1.28.02260-755`
    release: str  # the release it belongs to: `1.28`; or `candidate`, `previous`, `dependency`
    format: PackageFormat
    path: str
    sha256: str
    size: int
    architecture: str = ""  # amd64, x86_64, all, noarch


class PackageIndex(msgspec.Struct, frozen=True):
    """`index.json`: oldest release first, the candidate last."""

    packages: list[PackageFile]


class PayloadFile(msgspec.Struct, frozen=True, omit_defaults=True):
    """One file, folder or link that a package brings. `kind` is `f`, `d`, `l` or another letter of find's `%y`.

    Of an .msi it may be a value of the registry too: `v`, and `path` is `HKLM\\KEY\\NAME`.
    """

    path: str
    kind: str
    mode: str  # octal, without the type: "755", "4755"
    owner: str
    group: str
    size: int = 0
    sha256: str = ""  # of a file's content, where it is known
    link: str = ""
    config: bool = False  # a configuration file, which an administrator may edit
    replaced: bool = False  # an edited one gives way to the new one on upgrade (an rpm's %config without noreplace)
    capabilities: str = ""
    varies: bool = False  # its content is not verified (an rpm's %verify(not md5)): scripts and programs may change it
    program: str = ""  # what runs a file: `ELF x86-64`, `#!/bin/sh`; empty for other files and where it is not known
    text: str = ""  # of a file that programs of others read (units, jobs of cron, rules), or a shell
    mistake: str = ""  # why what runs or reads it cannot: a shell's or a parser's words
    secret: bool = False  # it holds a private key, a token, or configuration with a password
    redirected: tuple[str, ...] = ()  # where else a machine of 64 bits may keep a value of a component of 32 bits


class PackageContents(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is in a package, without installing it: `arclab-sim packages contents` prints a list of these.

    `relations` has each kind of dependency (`depends`, `recommends` ..), with its bounds as the format writes them;
    `scripts` the maintainer scripts by the format's own name (`postinst`, `%post`), of an .msi the tables that say what
    is done to a machine (`ServiceControl`), a row each line; `digests` what the package says of itself
    (`payload-sha256`). `epoch` is empty where it has none; `compression` is the payload's: `gzip`, `xz`, `zstd`.
    """

    package: PackageFile
    files: tuple[PayloadFile, ...]
    scripts: dict[str, str]
    relations: dict[str, tuple[str, ...]]
    digests: tuple[str, ...]
    epoch: str = ""
    compression: str = ""
