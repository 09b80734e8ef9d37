"""repository: let the package repository be hostile in one way, or sound again.

Machines are less patient as long as it is: a client that waits for two minutes would tell no more in the end.
"""

from __future__ import annotations

import msgspec

from harness.context import Context
from harness.errors import LabError
from harness.machines.package_managers.base import Patience
from harness.model.repository_steps import Repository
from harness.repository_faults import NONE, find_fault
from harness.steps.documented import run_documented
from simulator import contract


def run(context: Context, arguments: Repository) -> None:
    """Let the cloud's repository have the fault and no other, and the step's machine be one that meets it."""
    before, fault = find_fault(context.repository_fault), find_fault(arguments.fault)
    machine, control = context.machine, context.control
    manager = machine.package_manager
    address = str(machine.network.subnet.broadcast_address - 1) if fault.nowhere else ""
    if address in {one.address for one in context.machines.values()}:
        raise LabError("network-full", f"the case has so many machines that '{arguments.fault}' has no address to use.")
    for identifier in context.request_faults:
        control.clear_fault(identifier)
    control.spoil_repository(msgspec.structs.replace(fault.repository, address=address))
    if fault.brings_key or before.brings_key:
        url = f"https://{contract.PACKAGES_HOST}/{context.distro.config_package}"
        run_documented(context, *manager.renew_key(url))
    context.request_faults = tuple(control.add_fault(request) for request in fault.requests)
    context.repository_fault = arguments.fault
    patience: Patience = "usual" if arguments.fault == NONE else "brief" if fault.silent else "once"
    machine.must(manager.set_patience(patience), "set how long its package manager waits")
    if not fault.knows:
        machine.must(manager.forget(), "forget what it has read of its repositories")
