"""Everything a cloud remembers, as frozen values. `key` is unique within a kind; its case does not matter."""

from __future__ import annotations

from typing import Any

import msgspec

from simulator.contract import Case, ClientSecret, Fault, Throttling
from simulator.resources.machine_identity import MachineIdentity
from simulator.resources.roles import Role
from simulator.resources.system_data import SystemData


class Entity(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something remembered under `key`. It is a tree of values, in which the garbage collector has nothing to find."""

    key: str


class Machine(Entity, frozen=True):
    """A connected machine; the key is its ARM id in canonical casing. Times are seconds of lab time.

    `properties` is what clients have put, `facts` what the agent's heartbeats have told, `last_sender` the address
    that the last heartbeat came from, `other_sender` the one before it, and `turns` how often they have changed back.
    """

    name: str
    subscription_id: str
    resource_group: str
    location: str
    vm_id: str
    public_key: str
    principal_id: str
    client_id: str
    created: float
    tags: dict[str, str] = {}
    kind: str = ""
    properties: dict[str, Any] = {}
    facts: dict[str, Any] = {}
    last_heartbeat: float = 0.0
    heartbeats: int = 0
    last_sender: str = ""
    other_sender: str = ""
    other_heard: float = 0.0
    turns: int = 0
    status_since: float = 0.0
    certificate_thumbprint: str = ""
    certificate_end: float = 0.0
    deleting: bool = False
    identity: MachineIdentity = MachineIdentity()
    system_data: SystemData = SystemData()


class Extension(Entity, frozen=True):
    """An extension of a machine; the key is its ARM id. `protected` is never shown."""

    machine: str
    name: str
    location: str
    publisher: str
    type: str
    version: str
    settings: dict[str, Any] = {}
    protected: dict[str, Any] = {}
    options: dict[str, Any] = {}
    tags: dict[str, str] = {}
    state: str = "Creating"
    code: str = ""
    message: str = ""
    system_data: SystemData = SystemData()


class Resource(Entity, frozen=True):
    """An ARM resource of a type that has a row in the table of types; the key is its ARM id in canonical casing.

    `properties` has what clients have put and what the service has added for good; `members` what stands beside
    `properties`, such as `kind` or `identity`. `location` is that of the parent where the type has none of its own.
    """

    type: str
    name: str
    location: str = ""
    tags: dict[str, str] = {}
    properties: dict[str, Any] = {}
    members: dict[str, Any] = {}
    system_data: SystemData = SystemData()


class GuestReport(Entity, frozen=True):
    """How a machine complied with a guest configuration assignment, as its agent told; the key is its ARM id.

    `hash` is that of what was assigned then. It began and ended at seconds of the machine's clock, and came at one of
    lab time. `resources` are as a report shows them.
    """

    assignment: str
    hash: str
    configuration: dict[str, Any]
    is_initial: bool
    is_compliant: bool
    started: float
    ended: float
    resources: list[dict[str, Any]] = []
    arrived: float = 0.0


class RunCommand(Entity, frozen=True):
    """A script for a machine's agent; the key is its ARM id. `properties` are as written, secrets included.

    `run` is the operation in which it is run, `view` what the agent told of that run.
    """

    machine: str
    name: str
    location: str
    run: str
    properties: dict[str, Any] = {}
    tags: dict[str, str] = {}
    state: str = "Creating"
    view: dict[str, Any] = {}


class Operation(Entity, frozen=True):
    """A long-running operation; the key is its id.

    `resource` is the ARM id of what it works on, `machine` that of the machine whose agent carries it out; without one
    the cloud itself does. `parts` are the operations that it consists of. `result` is what it has given besides the
    resource. `action` is a family of `resources/agent_work.py` and a verb, or an operation of `machines` or of a plain
    type. `shows` is the body that its end shows, where the beginning knows it.
    """

    status: str
    started: float
    resource: str
    action: str
    machine: str = ""
    parts: tuple[str, ...] = ()
    code: str = ""
    message: str = ""
    fetched: float = 0.0
    ended: float = 0.0
    options: dict[str, Any] = {}
    result: dict[str, Any] = {}
    shows: Any = None


class ResourceGroup(Entity, frozen=True):
    """A resource group; the key is its ARM id."""

    name: str
    subscription_id: str
    location: str
    tags: dict[str, str] = {}
    managed_by: str = ""  # ARM id of what has made it and looks after it
    gone_at: float = 0.0  # lab time at which its deletion ends; 0 while nobody has asked for it


class Principal(Entity, frozen=True):
    """Somebody who may sign in; the key is the object id. See `simulator.contract.Principal`."""

    name: str
    tenant_id: str
    client_id: str = ""
    secret: str = ""
    upn: str = ""
    secrets: tuple[ClientSecret, ...] = ()
    certificates: tuple[str, ...] = ()
    disabled: bool = False
    valid_from: float = 0.0  # refresh tokens that are older are revoked


class RoleAssignment(Entity, frozen=True):
    """A role that somebody has on a scope and below; the key is its ARM id, which begins with the scope's.

    `role` is the GUID of a definition. Moments are seconds of lab time, authors object ids.
    """

    scope: str
    role: str
    principal_id: str
    principal_type: str
    description: str = ""
    created: float = 0.0
    created_by: str = ""


class RoleDefinition(Entity, frozen=True):
    """A role that somebody has made; the key is its GUID. `scopes` are where it can be assigned."""

    role: Role
    scopes: tuple[str, ...]
    created: float = 0.0
    created_by: str = ""
    updated: float = 0.0
    updated_by: str = ""


class Tenant(Entity, frozen=True):
    """A tenant's domain names, in lower case; the key is its id."""

    domains: tuple[str, ...] = ()


class SigningKey(Entity, frozen=True):
    """A key with which Entra signs since `since`, or one that it has withdrawn; the key is its `kid`."""

    since: float
    pem: str = ""
    withdrawn: bool = False


class Subscription(Entity, frozen=True):
    """A subscription; the key is its id."""

    name: str
    tenant_id: str
    location: str
    page_size: int = 100
    is_home: bool = False  # the one that the case itself names
    tags: dict[str, str] = {}


class ThrottlingRule(Entity, frozen=True):
    """How many requests Resource Manager takes; the key is always `arm`."""

    limits: Throttling


class Seed(Entity, frozen=True):
    """What a cloud began with, to begin again; the key is always `seed`. `is_demo` adds the fleet of the demo."""

    case: Case
    is_demo: bool = False


class Provider(Entity, frozen=True):
    """A resource provider that a subscription has registered; the key is its ARM id, the name its namespace."""

    name: str
    state: str = "Registered"


class Lock(Entity, frozen=True):
    """A lock on a scope and what is below; the key is its ARM id, which begins with the scope's.

    `level` is CanNotDelete or ReadOnly.
    """

    scope: str
    level: str = "CanNotDelete"
    notes: str = ""
    owners: tuple[str, ...] = ()
    system_data: SystemData = SystemData()


class DeviceCode(Entity, frozen=True):
    """A device code that waits for a sign-in; the key is the device code."""

    user_code: str
    client_id: str
    scope: str
    expires: float
    approved_by: str = ""  # object id
    approved: float = 0.0  # lab time at which this person has signed in
    declined: bool = False
    last_poll: float = 0.0
    tenant: str = ""  # the tenant's id; empty where any tenant's users may sign in


class AuthorizationCode(Entity, frozen=True):
    """What a browser was sent back with; the key is the code. It is good once, for who knows what `challenge` is of."""

    object_id: str
    client_id: str
    scope: str
    redirect_uri: str
    issued: float
    expires: float
    challenge: str = ""  # empty where the client has sent none
    method: str = ""  # of the challenge: S256 or plain
    nonce: str = ""
    redeemed: bool = False


class RefreshToken(Entity, frozen=True):
    """A refresh token; the key is its text."""

    object_id: str
    client_id: str
    issued: float = 0.0
    scope: str = ""


class AlertRule(Entity, frozen=True):
    """Where alerts go; the key is always `rule`."""

    webhook: str


class Alert(Entity, frozen=True):
    """A Resource Health transition to Unavailable; `resolved` is 0 while it lasts.

    `told` is the last state that the rule's webhook was told of: nothing yet, Fired or Resolved. `rules` are the rules
    that it has fired, by ARM id; the lab's own by its name.
    """

    machine: str
    fired: float
    resolved: float = 0.0
    deliveries: int = 0
    told: str = ""
    rules: tuple[str, ...] = ()


class AlertChange(Entity, frozen=True):
    """What somebody has made of a fired alert, by the number that names the alert to people."""

    alert: str
    before: str
    after: str
    by: str
    at: float
    comments: str


class Notice(Entity, frozen=True):
    """A body that a webhook of an action group has still to be sent, because of news (`condition`) of an alert."""

    alert: str
    condition: str
    since: float
    url: str
    rule: str
    body: dict[str, Any]


class PolicyState(Entity, frozen=True):
    """How a resource complies with an assignment, whose ARM id the key begins with. `effect` is in lower case."""

    assignment: str
    definition: str
    resource: str
    effect: str
    is_compliant: bool
    since: float
    evaluated: float


class PolicyScan(Entity, frozen=True):
    """A machine that policies look at when it is `due`, because it was made or changed; the key is its ARM id."""

    due: float


class Suppression(Entity, frozen=True):
    """What hides a recommendation of Advisor; the key is its ARM id. `expires` is 0 for one that does not end."""

    number: str
    ttl: str
    expires: float = 0.0


class InboxMessage(Entity, frozen=True):
    """A webhook body that came to the cloud's own inbox."""

    received: float
    body: dict[str, Any]


class FaultInForce(Entity, frozen=True):
    """A fault that was armed; the key is its number. `matched` and `struck` count requests."""

    fault: Fault
    armed: float
    matched: int = 0
    struck: int = 0


class EarlierState(Entity, frozen=True):
    """What the cloud remembered when a `stale` fault was armed, by kind; the key is the fault's."""

    entities: dict[str, list[Any]]


class RegionMove(Entity, frozen=True):
    """A region whose identity service has moved to another host; the key is the region."""

    code: str


class HealthEvent(Entity, frozen=True):
    """Something that happened to a service of Azure; the key is its tracking id. Moments are lab time, 0 for never.

    Without `regions` it is everywhere, without `subscriptions` everybody's.
    """

    type: str
    status: str
    level: str
    title: str
    summary: str
    service: str
    regions: tuple[str, ...]
    subscriptions: tuple[str, ...]
    started: float
    mitigated: float
    updated: float


class UpdateServer(Entity, frozen=True):
    """An organization's update server. `decisions` has `approved` or `declined` for releases that are decided.

    `decided` is when its administrator has last done something, 0 before that.
    """

    classifications: tuple[str, ...] = ()
    approves_automatically: bool = False
    decisions: dict[str, str] = {}
    decided: float = 0.0


class UpdateComputer(Entity, frozen=True):
    """A computer that has registered with the organization's update server; the key is the id that it gave itself."""

    name: str
    since: float


class Secret(Entity, frozen=True):
    """A key of the cloud itself, in PEM, so that a restarted cloud goes on with the same."""

    pem: str


ENTITIES: dict[str, type[Entity]] = {
    kind.__name__: kind
    for kind in (
        Suppression, Machine, Extension, Resource, Operation, ResourceGroup, Principal, Subscription, Provider, Lock,
        DeviceCode, RefreshToken, AlertRule, Alert, AlertChange, InboxMessage, RegionMove, Secret, Seed, FaultInForce,
        EarlierState, RunCommand, RoleAssignment, RoleDefinition, ThrottlingRule, Notice, SigningKey, Tenant,
        PolicyState, PolicyScan, HealthEvent, AuthorizationCode, GuestReport,
        UpdateServer, UpdateComputer,
    )
}  # fmt: skip
