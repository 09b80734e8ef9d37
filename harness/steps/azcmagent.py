"""azcmagent: run the agent's command line with the given arguments."""

from __future__ import annotations

import shlex

from harness.context import Context
from harness.model.scenario import Azcmagent


def run(context: Context, arguments: Azcmagent) -> None:
    """Run the command."""
    context.machine.run(shlex.join(["azcmagent", *arguments.arguments]), user=arguments.user, timeout_s=120)
