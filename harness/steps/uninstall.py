"""uninstall: the documented command that removes the agent; `sudo: false` is what an ordinary user gets."""

from __future__ import annotations

from harness.context import Context
from harness.model.scenario import Uninstall
from harness.steps.documented import run_documented


def run(context: Context, arguments: Uninstall) -> None:
    """Run the package manager's command, with or without sudo."""
    script = context.machine.package_manager.uninstall(context.product.package)
    run_documented(context, script, sudo=arguments.sudo)
