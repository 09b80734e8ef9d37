"""repair: finish what was interrupted, as the package manager's documentation says."""

from __future__ import annotations

from harness.context import Context
from harness.model.crash_steps import Repair
from harness.steps.documented import run_documented


def run(context: Context, arguments: Repair) -> None:
    """Run the package manager's commands for the state that the package is in."""
    machine, package = context.machine, context.product.package
    manager = machine.package_manager
    state = machine.must(manager.query(package), "tell the package's state").strip()
    if arguments.of == "removal":
        run_documented(context, *manager.repair_removal(package, state))
    else:
        run_documented(context, *manager.repair(package, context.version(arguments.version).version, state))
