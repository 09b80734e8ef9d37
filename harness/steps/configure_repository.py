"""configure-repository: install `packages-microsoft-prod` with the documented commands."""

from __future__ import annotations

from harness.context import Context
from harness.model.scenario import ConfigureRepository
from harness.steps.documented import run_documented
from simulator.contract import PACKAGES_HOST


def run(context: Context, arguments: ConfigureRepository) -> None:  # noqa: ARG001 - all steps are called alike
    """Run the commands, one after another, until one fails."""
    url = f"https://{PACKAGES_HOST}/{context.distro.config_package}"
    run_documented(context, *context.machine.package_manager.configure_repository(url))
