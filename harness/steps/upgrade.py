"""upgrade: the two documented commands, one for the index and one for the package."""

from __future__ import annotations

from harness.context import Context
from harness.model.scenario import Upgrade
from harness.steps.documented import run_documented


def run(context: Context, arguments: Upgrade) -> None:
    """Run both commands, with or without sudo; the second is not run when the first fails."""
    manager = context.machine.package_manager
    if arguments.anew:
        context.machine.must(manager.forget(), "forget what it has read of its repositories")
    package = "" if arguments.everything else context.product.package
    run_documented(context, manager.refresh(), manager.upgrade(package), sudo=arguments.sudo)
