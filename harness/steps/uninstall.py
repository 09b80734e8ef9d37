"""uninstall: the documented command that removes the agent; `sudo: false` is what an ordinary user gets."""

from __future__ import annotations

from harness.context import Context
from harness.model.scenario import Uninstall
from harness.steps.documented import run_documented


def run(context: Context, arguments: Uninstall) -> None:
    """Run the package manager's command, with or without sudo."""
    names = context.product.formerly if arguments.formerly else (context.product.package,)
    scripts = (context.machine.package_manager.uninstall(name) for name in names)
    run_documented(context, *scripts, sudo=arguments.sudo)
