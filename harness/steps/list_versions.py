"""list-versions: list the published versions with the documented command."""

from __future__ import annotations

from harness.context import Context
from harness.model.scenario import ListVersions
from harness.steps.documented import run_documented


def run(context: Context, arguments: ListVersions) -> None:  # noqa: ARG001 - all steps are called alike
    """Run the package manager's command."""
    run_documented(context, context.machine.package_manager.list_versions(context.product.package))
