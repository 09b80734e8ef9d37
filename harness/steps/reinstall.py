"""reinstall: install the installed version once more."""

from __future__ import annotations

from harness.context import Context
from harness.model.scenario import Reinstall
from harness.steps.documented import run_documented


def run(context: Context, arguments: Reinstall) -> None:  # noqa: ARG001 - all steps are called alike
    """Run the package manager's command."""
    manager = context.machine.package_manager
    _, installed = manager.installed(
        context.machine.must(manager.query(context.product.package), "tell what is installed")
    )
    run_documented(context, manager.reinstall(context.product.package, installed))
