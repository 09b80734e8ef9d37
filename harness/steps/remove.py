"""remove: remove the agent and keep its configuration files, where the package manager tells that from a purge."""

from __future__ import annotations

from harness.context import Context
from harness.model.scenario import Remove
from harness.steps.documented import run_documented


def run(context: Context, arguments: Remove) -> None:  # noqa: ARG001 - all steps are called alike
    """Run the package manager's command."""
    run_documented(context, context.machine.package_manager.remove(context.product.package))
