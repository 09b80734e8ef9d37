"""Start the machines of a case: containers on the case's network, each with folders and an address of its own."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from harness.cloud import CloudHost, readable_folder
from harness.machines import clock
from harness.machines.boot_signal import BootSignal
from harness.machines.crash import CAPABILITIES
from harness.machines.environment import check, establish
from harness.machines.file_changes import WORK
from harness.machines.machine import NOTIFY_FOLDER, Machine
from harness.model.environment import Environment
from harness.model.plan import Case
from harness.model.record import CommandRecord
from harness.proxy import Proxy
from harness.substrate.docker import LABEL_MACHINE, Container, ContainerSpec


@dataclass
class Phases:
    """Where a case's time goes, in seconds by phase."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextlib.contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Add the block's time to a phase."""
        started = time.monotonic()
        try:
            yield
        finally:
            self.seconds[name] = round(self.seconds.get(name, 0.0) + time.monotonic() - started, 3)


@dataclass(frozen=True)
class MachineRoom:
    """Where the machines of a case are.

    `folder` is the case's on the host, `prefix` what the names of its containers begin with, `labels` are put on them;
    `secrets` are what all of the machines hide. What is on `stack` is taken down when the case ends.
    """

    stack: contextlib.ExitStack
    host: CloudHost
    case: Case
    folder: Path
    prefix: str
    labels: dict[str, str]
    phases: Phases
    lab_now: Callable[[], datetime]
    on_command: Callable[[CommandRecord], None]
    proxy: Proxy | None
    secrets: list[str]
    environment: Environment | None = None

    def start(self, name: str, place: int, stack: contextlib.ExitStack) -> Machine:
        """Start a machine at the network's address `place`; it has yet to boot. What was started goes onto `stack`.

        Raises: LabError or EnvironmentProblem when it does not start.
        """
        prepared, network = self.host.prepared, self.host.network
        own = readable_folder(self.folder / str(place))
        stack.callback(shutil.rmtree, own, ignore_errors=True)
        signal = BootSignal(readable_folder(own / "notify"))
        stack.callback(signal.close)
        with self.phases.timed("start"):
            container = self.host.substrate.start(self._spec(name, place, own), {**self.labels, LABEL_MACHINE: name})
        stack.callback(self._remove, container)
        if self.proxy:
            container.plug(self.proxy.network, self.proxy.network.address(place))
        distro = prepared.distros[self.case.distro]
        machine = Machine(
            container, network, distro, prepared.product.packed_as(distro.format), signal=signal,
            lab_now=self.lab_now, on_command=self.on_command, secrets=self.secrets,
        )  # fmt: skip
        stack.callback(machine.close)
        return machine

    def make_ready(self, machine: Machine) -> None:
        """Wait until a machine has booted; let it trust the lab's CA, and follow its clock where that moves.

        An environment of the case is in force from then on.

        Raises: LabError when it does not boot, or is not in the case's environment.
        """
        with self.phases.timed("boot"):
            machine.await_boot()
            machine.trust((Path(self.host.prepared.tls) / "ca.pem").read_text())
            if self.environment is not None:
                establish(machine, self.environment)
            if any(step.kind in ("advance", "clock", "outage") for step in self.case.scenario.steps):
                machine.follow_lab_clock()

    def check_environment(self, machines: Iterable[Machine]) -> None:
        """See after the last step that an environment that lasts is still in force. Raises: LabError when it is not."""
        if self.environment is not None and self.environment.lasting:
            for machine in machines:
                check(machine, self.environment)

    def _spec(self, name: str, place: int, own: Path) -> ContainerSpec:
        """Give the container of a machine: systemd as PID 1, the cloud as its name server."""
        prepared, network = self.host.prepared, self.host.network
        mounts: dict[Path, tuple[str, str]] = {Path(path): (to, "rw") for path, to in prepared.machine_mounts.items()}
        mounts |= {
            readable_folder(own / "work"): (WORK, "rw"),
            self.folder / "clock": (clock.FOLDER, "ro"),
            own / "notify": (NOTIFY_FOLDER, "rw"),
        }
        spec = ContainerSpec(
            name=f"{self.prefix}-{name}",
            image=prepared.images[self.case.distro],
            command=["/sbin/init"],
            role="machine",
            network=network,
            address=network.address(place),
            hostname=name,
            environment={**prepared.machine_environment, "NOTIFY_SOCKET": f"{NOTIFY_FOLDER}/s"},
            mounts=mounts,
            tmpfs=prepared.machine_tmpfs,
            dns=(network.address(0),),
            hosts=self.proxy.hosts if self.proxy else {},
            host_config=prepared.machine_host_config,
            stop_signal=prepared.machine_stop_signal,
        )
        if any(step.kind == "interrupt" for step in self.case.scenario.steps):
            spec = hostile_spec(spec, CAPABILITIES)
        if self.environment is not None:
            spec = hostile_spec(spec, self.environment.capabilities, self.environment.sysctls, self.environment.tmpfs)
        return spec

    def _remove(self, container: Container) -> None:
        with self.phases.timed("destroy"):
            container.remove()


def hostile_spec(
    spec: ContainerSpec,
    capabilities: Iterable[str],
    sysctls: Mapping[str, str] = MappingProxyType({}),
    tmpfs: Mapping[str, str] = MappingProxyType({}),
) -> ContainerSpec:
    """Give the container of a machine to which something hostile is done, with what that needs."""
    more: dict[str, Any] = {**spec.host_config}
    if capabilities:  # AppArmor's profile for containers refuses mounts whatever the capabilities
        more["cap_add"] = sorted({*more.get("cap_add", []), *capabilities})
        more["security_opt"] = ["apparmor=unconfined"]
    if sysctls:
        more["sysctls"] = dict(sysctls)
    return replace(spec, tmpfs={**spec.tmpfs, **tmpfs}, host_config=more)
