"""install: install one version of the agent with the documented command.

An earlier release is installed by the name that its package had. A version that nothing published has is passed on as
it stands: refusing it is the package manager's part.
"""

from __future__ import annotations

from harness.context import Context
from harness.errors import UsageError
from harness.model.scenario import Install
from harness.steps.documented import run_documented


def run(context: Context, arguments: Install) -> None:
    """Run the package manager's command."""
    package = context.product.package
    try:
        found = context.version(arguments.version)
        version, package = found.version, found.package if found.package in context.product.formerly else package
    except UsageError:
        version = arguments.version
    run_documented(context, context.machine.package_manager.install(package, version))
