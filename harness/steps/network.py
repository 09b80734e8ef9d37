"""network: pull the machine's network cable, or plug it in again."""

from __future__ import annotations

from harness.context import Context
from harness.model.scenario import Network


def run(context: Context, arguments: Network) -> None:
    """Take the machine off its network, or put it back with the address it had."""
    if arguments.cable == "unplugged":
        context.machine.unplug()
    else:
        context.machine.plug()
