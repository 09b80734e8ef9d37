"""What a scenario file may expect after a step, as types."""

from __future__ import annotations

from typing import Literal

import msgspec

from harness.model.words import Bound, Duration, Version, Words, WordsBase

Way = Literal["proxy", "direct", "both", "none"]
#: What a computer's client of Windows Update has told an update server.
UpdateReport = Literal["none", "looked", "downloaded", "installed", "not-looked", "not-downloaded", "not-installed"]


class Text(WordsBase, frozen=True):
    """What a text holds. Each entry of `contains` and `lacks` is looked for as it stands."""

    contains: Words = ()
    lacks: Words = ()
    matches: str = ""  # a regular expression, searched
    equals: str | None = None


class Range(WordsBase, frozen=True):
    """A number between bounds, both included."""

    min: Bound | None = None
    max: Bound | None = None


class DurationRange(WordsBase, frozen=True):
    max: Duration


class ExpectCommand(WordsBase, frozen=True):
    """About the step's commands: `exit` of the last one (default 0), and what all of them printed.

    With `any` the last one only has to end.
    """

    exit: int | tuple[int, ...] | Literal["nonzero", "any"] = 0
    stdout: Text | None = None
    stderr: Text | None = None
    output: Text | None = None
    versions: Literal["published"] | tuple[str, ...] | None = None  # every version that a listing names


class ExpectMachine(WordsBase, frozen=True):
    """About the step's machine, or the one called `name`. `version` is what the package database says, or `absent`."""

    name: str = ""
    version: Version | None = None
    agent_version: Version | None = msgspec.field(name="agent-version", default=None)  # what the CLI says
    package: Literal["installed", "absent", "half-installed"] | None = None
    services: dict[str, Literal["active", "inactive", "failed", "activating", "absent"]] | None = None
    files: dict[str, Literal["present", "absent"]] | None = None
    show: dict[str, str | Text] | None = None  # `azcmagent show -j`
    package_log: Version | None = msgspec.field(name="package-log", default=None)  # what the step's lines in it name
    leftovers: Literal["documented", "none"] | None = None  # since before the agent was installed
    boots: int | Literal["unchanged"] | None = None
    secrets: Literal["hidden"] | None = None  # in logs, in the journal of its units, on command lines
    changes: Literal["none"] | None = None  # of installed packages and files, but for logs and sockets, in this step


class ExpectRunCommand(WordsBase, frozen=True):
    """About a run command: its provisioning state, and what its instance view tells of the script."""

    name: str
    state: Literal["Creating", "Updating", "Deleting", "Succeeded", "Failed", "Canceled", "absent"] | None = None
    execution: Literal["Pending", "Running", "Failed", "Succeeded", "TimedOut", "Canceled"] | None = None
    exit_code: int | None = msgspec.field(name="exit-code", default=None)
    output: Text | None = None
    error: Text | None = None


class ExpectCloud(WordsBase, frozen=True):
    """About Azure's side. `machine` names the connected machine; without it, the case's only one."""

    machine: str = ""
    status: Literal["Connected", "Disconnected", "Expired", "AwaitingConnection", "absent"] | None = None
    version: Version | None = None
    vm_id: Literal["unchanged", "changed"] | None = msgspec.field(name="vm-id", default=None)
    alerts: Literal["none", "active", "resolved"] | None = None  # the newest alert of the machine
    alert_count: int | None = msgspec.field(name="alert-count", default=None)
    deliveries: int | None = None  # webhook deliveries of the newest alert
    webhook: dict[str, str | Text] | None = None  # what it was told last, in Azure's words
    extensions: dict[str, str] | None = None  # by name: provisioning state, or absent
    run_command: ExpectRunCommand | None = msgspec.field(name="run-command", default=None)
    update_report: UpdateReport | None = msgspec.field(name="update-report", default=None)  # what it told last
    patches: dict[str, str] | None = None  # what the last `patches` step's operation tells, in Azure's words
    agent_upgrade: dict[str, str] | None = msgspec.field(name="agent-upgrade", default=None)  # in Azure's words
    vm: Literal["present", "absent"] | None = None  # of an Arc VM on Azure Local
    statuses: dict[Literal["Connected", "Disconnected", "Expired", "AwaitingConnection"], int] | None = None  # of all
    status_reason: Literal["Cloned", "none"] | None = msgspec.field(name="status-reason", default=None)
    advisor: Literal["upgrade", "none"] | None = None  # whether Advisor recommends to upgrade the machine's agent
    resource_health: Literal["Available", "Unavailable", "Unknown"] | None = msgspec.field(
        name="resource-health", default=None
    )


class ExpectBetween(WordsBase, frozen=True):
    """About the journal between the start and the end of the step."""

    heartbeats: int | Range | None = None
    heartbeat_gap: DurationRange | None = msgspec.field(name="heartbeat-gap", default=None)
    machine_creates: int | None = msgspec.field(name="machine-creates", default=None)
    requests: dict[str, int | Range] | None = None  # by operation: `his.heartbeat: 0`
    ways: dict[str, Way] | None = None  # by host, a pattern: how the machine's requests reached it
    undeclared_hosts: Literal["none"] | None = msgspec.field(name="undeclared-hosts", default=None)


class Expect(WordsBase, frozen=True):
    """What must hold after a step. Looks are repeated until all holds or `within` (true time) is over."""

    command: ExpectCommand | None = None
    machine: ExpectMachine | None = None
    cloud: ExpectCloud | None = None
    between: ExpectBetween | None = None
    within: Duration = "10s"
