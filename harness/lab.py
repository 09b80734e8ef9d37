"""Put a case's lab together: network, cloud and machine, started side by side; and take it apart again."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from harness.cloud import await_cloud, cloud_spec, new_azure
from harness.context import Context
from harness.control import Control
from harness.machines.file_changes import WORK
from harness.machines.machine import CLOCK_FOLDER, NOTIFY_FOLDER, BootSignal, Machine
from harness.model.plan import Case
from harness.model.record import CommandRecord
from harness.owners import RUN_TIME_PREFIX
from harness.prepared import Prepared
from harness.substrate.docker import (
    LABEL_CASE,
    LABEL_FOLDER,
    LABEL_KEEP,
    LABEL_OWNER,
    LABEL_RUN,
    Container,
    ContainerSpec,
    Network,
    Substrate,
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
    cloud: Container


def build_lab(
    case: Case,
    prepared: Prepared,
    stack: contextlib.ExitStack,
    phases: Phases,
    on_command: Callable[[CommandRecord], None],
) -> Lab:
    """Start everything a case needs and wait until it is ready; what was started goes onto `stack`.

    Raises: LabError or EnvironmentProblem when a part does not start.
    """
    run_time = Path(tempfile.mkdtemp(prefix=RUN_TIME_PREFIX))
    stack.callback(shutil.rmtree, run_time, ignore_errors=True)
    labels = {LABEL_RUN: prepared.run_id, LABEL_OWNER: prepared.owner, LABEL_FOLDER: str(run_time)}
    substrate = Substrate(prepared.engine_url, labels, prepared.subnets)
    stack.callback(substrate.close)
    labels = {LABEL_CASE: case.id} | ({LABEL_KEEP: "1"} if prepared.keep_failed else {})
    name = f"arclab-{prepared.run_id}-{run_time.name.removeprefix(RUN_TIME_PREFIX)}"
    with phases.timed("network"):
        network = substrate.create_network(name, labels)
    stack.callback(_remove_network, substrate, network, phases)
    every = Versions.from_index(prepared.index, prepared.distros[case.distro].format)
    published = every.only(case.scenario.given.published)
    releases = tuple(v.release for v in published.published) if case.scenario.given.published else ()
    azure = new_azure()
    cloud = cloud_spec(prepared, azure, network, run_time, name=f"{name}-cloud", published=releases)
    signal = BootSignal(_folder(run_time / "notify"))
    stack.callback(signal.close)
    spec = machine_spec(prepared, case, network, run_time, name=f"{name}-machine")
    with phases.timed("start"):
        containers = _start_both(substrate, (cloud, spec), labels, stack, phases)
    socket = str(run_time / "control" / "s")
    control = Control(Path(socket))
    stack.callback(control.close)
    arm = httpx.Client(
        transport=httpx.HTTPTransport(uds=socket), base_url=f"http://{contract.ARM_HOST}", timeout=30, trust_env=False
    )
    stack.callback(arm.close)
    machine = Machine(
        containers[1], network, prepared.distros[case.distro], prepared.product, signal=signal, lab_now=control.lab_now,
        on_command=on_command, secrets=tuple(p.secret for p in azure.principals),
    )  # fmt: skip
    stack.callback(machine.close)
    with phases.timed("boot"):
        machine.await_boot()
        machine.trust((Path(prepared.tls) / "ca.pem").read_text())
        if any(step.kind == "advance" for step in case.scenario.steps):
            machine.follow_lab_clock()
    with phases.timed("cloud"):
        await_cloud(containers[0], control)
    if case.scenario.given.alert_rule == "webhook":
        control.set_alert_rule(AlertRule(webhook="cloud"))
    context = Context(
        case, prepared.distros[case.distro], prepared.product, azure, control, arm, machine, every, published
    )
    return Lab(context, run_time / "work", spec.name, containers[0])


def _start_both(
    substrate: Substrate,
    specs: tuple[ContainerSpec, ContainerSpec],
    labels: dict[str, str],
    stack: contextlib.ExitStack,
    phases: Phases,
) -> list[Container]:
    """Start the containers at the same time; each that started is removed at the end, even if the other failed."""
    started: list[Container] = []
    guard = threading.Lock()

    def start(spec: ContainerSpec) -> Container:
        container = substrate.start(spec, labels)
        with guard:
            started.append(container)
        return container

    def remove_all() -> None:
        with phases.timed("destroy"), ThreadPoolExecutor(2) as pool:
            list(pool.map(Container.remove, started))

    stack.callback(remove_all)
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(start, specs))


def _remove_network(substrate: Substrate, network: Network, phases: Phases) -> None:
    with phases.timed("destroy"):
        substrate.remove_network(network.id)


def machine_spec(prepared: Prepared, case: Case, network: Network, run_time: Path, *, name: str) -> ContainerSpec:
    """Give the container of a machine: systemd as PID 1, the cloud as its name server."""
    mounts: dict[Path, tuple[str, str]] = {Path(host): (path, "rw") for host, path in prepared.machine_mounts.items()}
    mounts |= {
        _folder(run_time / "work"): (WORK, "rw"),
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
        host_config=prepared.machine_host_config,
        stop_signal=prepared.machine_stop_signal,
    )


def _folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o755)
    return path
