"""hold: keep the package at its version in the package manager's own way, or release it."""

from __future__ import annotations

from harness.context import Context
from harness.model.scenario import Hold
from harness.steps.documented import run_documented


def run(context: Context, arguments: Hold) -> None:
    """Run the command."""
    run_documented(context, context.machine.package_manager.hold(context.product.package, release=arguments.release))
