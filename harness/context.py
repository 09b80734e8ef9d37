"""What a step or an observer of a running case may touch."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from harness.control import Control
from harness.errors import LabError
from harness.machine_room import MachineRoom
from harness.machines.machine import Machine
from harness.machines.snapshot import Snapshot
from harness.model.distro import Distro
from harness.model.plan import Case, PackageVersion
from harness.model.product import Product
from harness.model.record import CommandRecord
from harness.proxy import Proxy
from harness.versions import Versions
from simulator import contract

HYBRID_API_VERSION = "2026-07-15"
AZURE_LOCAL_API_VERSION = "2024-01-01"
VM_OF_MACHINE = "providers/Microsoft.AzureStackHCI/virtualMachineInstances/default"  # below a connected machine


@dataclass
class Context:
    """One running case. `machine` is the current step's, one of `machines`; so are `commands`.

    `since` is the journal's end when the step began.
    """

    case: Case
    distro: Distro
    product: Product
    azure: contract.Case
    control: Control
    arm: httpx.Client
    machine: Machine
    every: Versions  # all that the run knows in this format
    published: Versions  # what the repository offers now
    proxy: Proxy | None = None
    has_private_endpoints: bool = False
    machines: dict[str, Machine] = field(default_factory=dict)  # by name
    room: MachineRoom | None = None  # where a step may start more
    commands: list[CommandRecord] = field(default_factory=list)
    accepted_exits: tuple[int, ...] = ()  # exit codes of the step's last command that mean success, beside 0
    since: int = 0
    log_lines: int = 0  # of the package manager's own log when the step began
    boots_before: int = 0  # how often the machine had booted when the step began
    snapshots: bool = True  # taken before and after each transition
    before: Snapshot | None = None  # of the current transition
    after: Snapshot | None = None
    vm_ids: dict[str, str] = field(default_factory=dict)  # machine name -> vmId when it was first seen
    has_alert_rule: bool = False
    edited: tuple[str, ...] = ()  # paths that the case has edited as an administrator
    dependencies: tuple[str, ...] = ()  # packages that the product needs, installed before the scenario's first step
    repository_fault: str = "none"  # the word of the one that the repository has
    request_faults: tuple[str, ...] = ()  # the numbers of the cloud's faults that belong to it
    noted: dict[str, dict[str, Any]] = field(default_factory=dict)  # how extensions were configured, by name
    patches: str = ""  # where ARM tells of the last patch operation

    def version(self, name: str) -> PackageVersion:
        """Resolve a version: names mean what is published now, numbers anything that the run knows."""
        published = self.published.published
        named = name in ("latest", "previous", "oldest") or name in {v.release for v in published}
        return self.published.resolve(name) if named else self.every.resolve(name)

    def seen_on(self, machine: str) -> Context:
        """Give the same context for looks at the machine of this name; the step's own where it is empty."""
        return replace(self, machine=self.machines[machine]) if machine else self

    @property
    def subscription(self) -> str:
        """Give the ARM id of the case's subscription."""
        return f"/subscriptions/{self.azure.subscription_id}"

    def resource_id(self, machine: str) -> str:
        """Give the ARM id of a connected machine of the case."""
        group = f"{self.subscription}/resourceGroups/{self.azure.resource_group}"
        return f"{group}/providers/Microsoft.HybridCompute/machines/{machine}"

    def principal(self, name: str) -> contract.Principal:
        """Give a principal of the case. Raises: LabError when there is none of the name."""
        for principal in self.azure.principals:
            if principal.name == name:
                return principal
        known = ", ".join(principal.name for principal in self.azure.principals)
        raise LabError("principal-unknown", f"the case has no principal '{name}'.", hint=f"Known: {known}.")

    def can_be_heard(self) -> bool:
        """Say whether any machine has a way to the cloud: its cable, a private endpoint, or a proxy that runs."""
        has_proxy = self.proxy is not None and self.proxy.container.is_running()
        return has_proxy or self.has_private_endpoints or any(machine.is_plugged for machine in self.machines.values())

    def remember_machines(self) -> None:
        """Note the vmId of each connected machine that was not seen before."""
        for machine in self.control.machines():
            self.vm_ids.setdefault(machine.name, machine.vm_id)

    def in_azure(
        self, method: str, path: str, *, api_version: str = HYBRID_API_VERSION, body: dict[str, Any] | None = None
    ) -> httpx.Response:
        """Ask ARM as the operator, who owns the subscription."""
        token = self.control.operator_token("administrator")
        return self.arm.request(
            method, path, params={"api-version": api_version}, headers={"Authorization": f"Bearer {token}"}, json=body
        )

    def events(self) -> list[contract.Event]:
        """Give the journal since the current step began."""
        self.control.fetch()
        return [event for event in self.control.events if event.seq > self.since]

    def asked_of_arm(
        self, method: str, path: str, *, api_version: str = HYBRID_API_VERSION, body: dict[str, Any] | None = None
    ) -> httpx.Response:
        """Ask ARM as the operator for something that it has to do. Raises: LabError when it refuses."""
        answer = self.in_azure(method, path, api_version=api_version, body=body)
        if not answer.is_success:
            raise LabError("azure-refused", f"ARM refused '{path}': {answer.status_code} {answer.text}.")
        return answer

    def need_connected_machine(self) -> contract.MachineState:
        """Give the case's only connected machine. Raises: LabError when there is none, or more than one."""
        machine = self.connected_machine("")
        if machine is None:
            raise LabError("no-machine", "no machine is connected that Azure could act on.")
        return machine

    def connected_machine(self, name: str) -> contract.MachineState | None:
        """Give one connected machine of the cloud; without a name, the case's only one.

        Raises: LabError when there are several and none is named.
        """
        machines = self.control.machines()
        if name:
            return next((machine for machine in machines if machine.name == name), None)
        if len(machines) > 1:
            names = ", ".join(machine.name for machine in machines)
            raise LabError("machine-ambiguous", "there are several connected machines.", hint=f"Name one of {names}.")
        return machines[0] if machines else None
