"""Put a case's lab together: network, cloud and machine, started side by side; and take it apart again."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from harness.cloud import Cloud, CloudHost, new_azure, readable_folder
from harness.context import Context
from harness.control import Control, http_over
from harness.machines.boot_signal import BootSignal
from harness.machines.file_changes import WORK
from harness.machines.machine import CLOCK_FOLDER, NOTIFY_FOLDER, Machine
from harness.model.plan import Case
from harness.model.record import CommandRecord
from harness.prepared import Prepared
from harness.proxy import PROXY_PASSWORD, start_proxy
from harness.substrate.docker import (
    LABEL_CASE,
    LABEL_KEEP,
    Container,
    ContainerSpec,
    Network,
)
from harness.versions import Versions
from simulator import contract
from simulator.contract import AlertRule


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
class Lab:
    """A running lab. `work` is the machine's work folder as the host sees it."""

    context: Context
    work: Path
    machine_name: str
    cloud: Cloud


def build_lab(
    case: Case,
    host: CloudHost,
    stack: contextlib.ExitStack,
    phases: Phases,
    on_command: Callable[[CommandRecord], None],
) -> Lab:
    """Start everything a case needs and wait until it is ready; what was started goes onto `stack`.

    Raises: LabError or EnvironmentProblem when a part does not start.
    """
    prepared = host.prepared
    run_time = host.new_folder()
    stack.callback(shutil.rmtree, run_time, ignore_errors=True)
    every = Versions.from_index(prepared.index, prepared.distros[case.distro].format)
    published = every.only(case.scenario.given.published)
    releases = tuple(v.release for v in published.published) if case.scenario.given.published else ()
    azure = new_azure()
    labels = {LABEL_CASE: case.id} | ({LABEL_KEEP: "1"} if prepared.keep_failed else {})
    prefix = f"{host.name}-{run_time.name}"
    proxy = None
    if case.scenario.given.proxy != "none":
        proxy = start_proxy(host, case.scenario.given.proxy, run_time, f"{prefix}-proxy", labels)
        stack.callback(proxy.container.remove)
    cloud = host.start(azure, run_time, releases)
    stack.callback(cloud.close)
    signal = BootSignal(readable_folder(run_time / "notify"))
    stack.callback(signal.close)
    spec = machine_spec(
        prepared,
        case,
        host.network,
        run_time,
        name=f"{prefix}-machine",
        hosts=proxy.hosts if proxy else {},
    )
    with phases.timed("start"):
        container = host.substrate.start(spec, labels)
    stack.callback(_remove, container, phases)
    if proxy:
        container.plug(proxy.network, proxy.network.address(1))
    control = Control(cloud.socket)
    stack.callback(control.close)
    arm = http_over(cloud.socket, f"http://{contract.ARM_HOST}")
    stack.callback(arm.close)
    machine = Machine(
        container, host.network, prepared.distros[case.distro], prepared.product, signal=signal,
        lab_now=control.lab_now, on_command=on_command, secrets=(PROXY_PASSWORD, *(p.secret for p in azure.principals)),
    )  # fmt: skip
    stack.callback(machine.close)
    with phases.timed("boot"):
        machine.await_boot()
        machine.trust((Path(prepared.tls) / "ca.pem").read_text())
        if any(step.kind == "advance" for step in case.scenario.steps):
            machine.follow_lab_clock()
    with phases.timed("cloud"):
        cloud.await_ready(control)
    if case.scenario.given.alert_rule == "webhook":
        control.set_alert_rule(AlertRule(webhook="cloud"))
    context = Context(
        case, prepared.distros[case.distro], prepared.product, azure, control, arm, machine, every, published, proxy
    )
    return Lab(context, run_time / "work", spec.name, cloud)


def _remove(container: Container, phases: Phases) -> None:
    with phases.timed("destroy"):
        container.remove()


def machine_spec(
    prepared: Prepared, case: Case, network: Network, run_time: Path, *, name: str, hosts: dict[str, str]
) -> ContainerSpec:
    """Give the container of a machine: systemd as PID 1, the cloud as its name server; `hosts` for /etc/hosts."""
    mounts: dict[Path, tuple[str, str]] = {Path(host): (path, "rw") for host, path in prepared.machine_mounts.items()}
    mounts |= {
        readable_folder(run_time / "work"): (WORK, "rw"),
        run_time / "clock": (CLOCK_FOLDER, "ro"),
        run_time / "notify": (NOTIFY_FOLDER, "rw"),
    }
    return ContainerSpec(
        name=name,
        image=prepared.images[case.distro],
        command=["/sbin/init"],
        role="machine",
        network=network,
        address=network.address(1),
        hostname=case.scenario.given.hostname,
        environment={**prepared.machine_environment, "NOTIFY_SOCKET": f"{NOTIFY_FOLDER}/s"},
        mounts=mounts,
        tmpfs=prepared.machine_tmpfs,
        dns=(network.address(0),),
        hosts=hosts,
        host_config=prepared.machine_host_config,
        stop_signal=prepared.machine_stop_signal,
    )
