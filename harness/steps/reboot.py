"""reboot: restart the machine: everything ends, PID 1 starts again in the same file system."""

from __future__ import annotations

from harness.collect import save_machine_journal
from harness.context import Context
from harness.model.machine_steps import Reboot


def run(context: Context, arguments: Reboot) -> None:  # noqa: ARG001 - all steps are called alike
    """Restart the machine and wait until it has booted."""
    save_machine_journal(context.machine)
    context.machine.reboot()
