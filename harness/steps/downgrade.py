"""downgrade: install an older version."""

from __future__ import annotations

from harness.context import Context
from harness.model.scenario import Downgrade
from harness.steps.documented import run_documented


def run(context: Context, arguments: Downgrade) -> None:
    """Run the package manager's command."""
    version = context.version(arguments.version).version
    run_documented(context, context.machine.package_manager.downgrade(context.product.package, version))
