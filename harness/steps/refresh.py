"""refresh: update the package index with the documented command."""

from __future__ import annotations

from harness.context import Context
from harness.model.scenario import Refresh
from harness.steps.documented import run_documented


def run(context: Context, arguments: Refresh) -> None:  # noqa: ARG001 - all steps are called alike
    """Run the package manager's command."""
    run_documented(context, context.machine.package_manager.refresh())
