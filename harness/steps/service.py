"""service: act on a unit of the machine or a service of Windows; `kill` sends SIGKILL to its main process."""

from __future__ import annotations

from harness.context import Context
from harness.model.scenario import Service


def run(context: Context, arguments: Service) -> None:
    """Run the command."""
    context.machine.run(context.machine.services.act(arguments.action, arguments.unit), timeout_s=120)
