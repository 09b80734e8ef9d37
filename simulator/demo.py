"""The fleet of `--seed demo`: machines in every state that one can meet, the same each time.

Only times differ: they count back from the lab time at which the fleet is planted.
"""

from __future__ import annotations

import hashlib
import uuid
from typing import Any, NamedTuple

import msgspec

from simulator.contract import HEARTBEAT_PERIOD_S, Case
from simulator.resources import system_data
from simulator.resources.entities import Alert, AlertRule, Entity, Extension, Machine, Operation
from simulator.resources.machines import machine_id

_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86400
_NEVER = -1


class _Box(NamedTuple):
    """A machine: what it runs, how long it has been silent, the tag that says what it is for."""

    name: str
    system: str  # osSku
    kernel: str  # osVersion
    agent: str
    silent_s: int
    role: str


class _Installed(NamedTuple):
    """An extension of a machine, and how its last operation has ended; InProgress waits for the machine."""

    box: str
    name: str
    publisher: str
    kind: str
    version: str
    state: str
    code: str = "0"
    message: str = ""


_BOXES = (
    _Box("web-01", "Ubuntu 24.04.2 LTS", "6.8.0-60-generic", "1.67.03504.1320", 45, "web"),
    _Box("web-02", "Ubuntu 22.04.5 LTS", "5.15.0-140-generic", "1.57.03197.640", 130, "web"),
    _Box("db-01", "Red Hat Enterprise Linux 9.4 (Plow)", "5.14.0-427.el9.x86_64", "1.50.02986-258", 210, "database"),
    _Box("db-02", "SUSE Linux Enterprise Server 15 SP6", "6.4.0-150600.23-default", "1.36.02505-1202",
         14 * _MINUTE_S, "database"),
    _Box("app-01", "Debian GNU/Linux 12 (bookworm)", "6.1.0-37-amd64", "1.28.02260.736", 2 * _HOUR_S, "app"),
    _Box("app-02", "Oracle Linux Server 9.4", "5.15.0-206.el9uek.x86_64", "1.67.03504-1320", 15, "app"),
    _Box("old-01", "Amazon Linux 2023.7", "6.1.134-150.el2023.x86_64", "1.15.01838-036", 60 * _DAY_S, "retired"),
    _Box("new-01", "", "", "", _NEVER, "app"),
)  # fmt: skip
_MONITOR = ("Microsoft.Azure.Monitor", "AzureMonitorLinuxAgent", "1.35.1")
_SCRIPT = ("Microsoft.Azure.Extensions", "CustomScript", "2.1.13")
_EXTENSIONS = (
    _Installed("web-01", "AzureMonitorLinuxAgent", *_MONITOR, "Succeeded", message="Enable succeeded"),
    _Installed("web-02", "AzureMonitorLinuxAgent", *_MONITOR, "Succeeded", message="Enable succeeded"),
    _Installed("db-01", "CustomScript", *_SCRIPT, "Failed", "1", "the command ended with exit status 1"),
    _Installed("app-01", "CustomScript", *_SCRIPT, "InProgress"),
)  # fmt: skip


def fleet(case: Case, now: float) -> tuple[Entity, ...]:
    """Give the machines, extensions and alerts of the demo at a lab time.

    What is due already, such as the alerts of machines that are silent, fires when the cloud first looks.
    """
    machines = {box.name: _machine(case, box, number, now) for number, box in enumerate(_BOXES, 1)}
    installed = [part for row in _EXTENSIONS for part in _extension(machines[row.box], row, now)]
    return (*machines.values(), *installed, AlertRule(key="rule", webhook="cloud"), _past_alert(machines["web-02"]))


def _machine(case: Case, box: _Box, number: int, now: float) -> Machine:
    key = machine_id(case.subscription_id, case.resource_group, box.name)
    created = now - 90 * _DAY_S - number * _HOUR_S
    author = system_data.Author(case.principals[1].client_id)
    born = Machine(
        key=key, name=box.name, subscription_id=case.subscription_id, resource_group=case.resource_group,
        location=case.location, vm_id=_guid(box.name, "vm"), public_key="", principal_id=_guid(box.name, "principal"),
        client_id=_guid(box.name, "client"), created=created, tags={"role": box.role},
        system_data=system_data.made(author, created),
    )  # fmt: skip
    if box.silent_s == _NEVER:
        return born
    heard = now - box.silent_s
    return msgspec.structs.replace(
        born, facts=_facts(box), last_heartbeat=heard, heartbeats=int((heard - created) // HEARTBEAT_PERIOD_S),
        status_since=created + _MINUTE_S, certificate_end=heard + 60 * _DAY_S,
        certificate_thumbprint=hashlib.sha1(box.name.encode(), usedforsecurity=False).hexdigest().upper(),
    )  # fmt: skip


def _facts(box: _Box) -> dict[str, Any]:
    return {
        "agentVersion": box.agent, "osName": "linux", "osType": "linux", "osSku": box.system,
        "osVersion": box.kernel, "machineFqdn": f"{box.name}.arclab.example",
        "detectedProperties": {"cloudprovider": "N/A", "architecture": "x86_64", "coreCount": "2"},
    }  # fmt: skip


def _extension(machine: Machine, row: _Installed, now: float) -> list[Entity]:
    key = f"{machine.key}/extensions/{row.name}"
    waits = row.state == "InProgress"
    extension = Extension(
        key=key, machine=machine.key, name=row.name, location=machine.location, publisher=row.publisher,
        type=row.kind, version=row.version, state="Creating" if waits else row.state, code="" if waits else row.code,
        message=row.message, system_data=machine.system_data,
        settings={"commandToExecute": "/usr/bin/true"} if row.kind == "CustomScript" else {},
    )  # fmt: skip
    if not waits:
        return [extension]
    return [extension, Operation(key=_guid(key, "operation"), status="InProgress", started=now - _MINUTE_S,
                                 resource=key, action="extensions.install", machine=machine.key)]  # fmt: skip


def _past_alert(machine: Machine) -> Alert:
    """Give an alert of yesterday that is over."""
    fired = machine.last_heartbeat - _DAY_S
    return Alert(key=f"{machine.key}@{fired:.0f}", machine=machine.key, fired=fired, resolved=fired + 10 * _MINUTE_S,
                 deliveries=1, told="Resolved")  # fmt: skip


def _guid(*words: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, ".".join((*words, "arclab.example"))))
