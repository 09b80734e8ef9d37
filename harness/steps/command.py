"""command: run a shell command line on the machine."""

from __future__ import annotations

from harness.context import Context
from harness.model.scenario import Command


def run(context: Context, arguments: Command) -> None:
    """Run the command line."""
    context.machine.run(arguments.run, user=arguments.user, timeout_s=300)
