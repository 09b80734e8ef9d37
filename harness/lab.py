"""Put a case's lab together: network, cloud and machines, started side by side; and take it apart again."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass

from harness.cloud import Cloud, CloudHost, new_azure
from harness.context import Context
from harness.control import Control, http_over
from harness.environments import for_product
from harness.machine_room import MachineRoom, Phases
from harness.model.plan import Case
from harness.model.record import CommandRecord
from harness.proxy import PROXY_PASSWORD, start_proxy
from harness.substrate.docker import LABEL_CASE, LABEL_KEEP
from harness.versions import Versions, dependencies_of
from simulator import contract
from simulator.contract import AlertRule


@dataclass(frozen=True)
class Lab:
    """A running lab."""

    context: Context
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
    prepared, given = host.prepared, case.scenario.given
    run_time = host.new_folder()
    stack.callback(shutil.rmtree, run_time, ignore_errors=True)
    distro = prepared.distros[case.distro]
    every = Versions.from_index(prepared.index, distro.format)
    published = every.only(given.published)
    releases = tuple(v.release for v in published.published) if given.published else ()
    azure = new_azure()
    labels = {LABEL_CASE: case.id} | ({LABEL_KEEP: "1"} if prepared.keep_failed else {})
    prefix = f"{host.name}-{run_time.name}"
    product = prepared.product.packed_as(distro.format)
    proxy = None
    if given.proxy != "none":
        proxy = start_proxy(host, given.proxy, run_time, f"{prefix}-proxy", labels)
        stack.callback(proxy.container.remove)
    cloud = host.start(azure, run_time, releases, is_private=given.private_endpoints)
    stack.callback(cloud.close)
    control = Control(cloud.socket)
    stack.callback(control.close)
    arm = http_over(cloud.socket, f"http://{contract.ARM_HOST}")
    stack.callback(arm.close)
    room = MachineRoom(
        stack, host, case, run_time, prefix, labels, phases, control.lab_now, on_command, proxy,
        [PROXY_PASSWORD, *(p.secret for p in azure.principals if p.secret)],
        for_product(given.environment, product) if given.environment else None,
    )  # fmt: skip
    machines = {name: room.start(name, place, stack) for place, name in enumerate(given.machines, start=1)}
    for machine in machines.values():
        room.make_ready(machine)
    with phases.timed("cloud"):
        cloud.await_ready(control)
    if given.alert_rule == "webhook":
        control.set_alert_rule(AlertRule(webhook="cloud"))
    first = machines[given.machines[0]]
    context = Context(
        case, distro, product, azure, control, arm, first, every, published, proxy,
        given.private_endpoints, machines, room, dependencies=dependencies_of(prepared.index, distro.format),
        snapshots=prepared.snapshots,
    )  # fmt: skip
    return Lab(context, cloud)
