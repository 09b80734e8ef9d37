"""service: act on a unit of the machine with systemctl; `kill` sends SIGKILL to its main process."""

from __future__ import annotations

import shlex

from harness.context import Context
from harness.model.scenario import Service


def run(context: Context, arguments: Service) -> None:
    """Run systemctl."""
    words = ["systemctl", arguments.action, arguments.unit]
    if arguments.action == "kill":
        words = ["systemctl", "kill", "--kill-who=main", "--signal=SIGKILL", arguments.unit]
    context.machine.run(shlex.join(words), timeout_s=120)
