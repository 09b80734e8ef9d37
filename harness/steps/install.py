"""install: install one version of the agent with the documented command.

A version that nothing published has is passed on as it stands: refusing it is the package manager's part.
"""

from __future__ import annotations

from harness.context import Context
from harness.errors import UsageError
from harness.model.scenario import Install
from harness.steps.documented import run_documented


def run(context: Context, arguments: Install) -> None:
    """Run the package manager's command."""
    try:
        version = context.version(arguments.version).version
    except UsageError:
        version = arguments.version
    run_documented(context, context.machine.package_manager.install(context.product.package, version))
