"""unattended-upgrade: run the machine's own job that upgrades packages by itself, as its timer does."""

from __future__ import annotations

from harness.context import Context
from harness.model.machine_steps import UnattendedUpgrade
from simulator.contract import PACKAGES_HOST


def run(context: Context, arguments: UnattendedUpgrade) -> None:
    """Install it, or run its commands away from any terminal, up to the first that fails.

    Raises: LabError where the package manager has no such job.
    """
    manager = context.machine.package_manager
    if arguments.set_up:
        context.machine.must(manager.set_up_unattended(), "get the job that upgrades packages by itself")
        return
    if arguments.allow:
        context.machine.must(manager.let_upgrade_unattended(PACKAGES_HOST), "let the job take the agent's repository")
    for script in manager.upgrade_unattended():
        if context.machine.run_unattended(script).exit != 0:
            break
