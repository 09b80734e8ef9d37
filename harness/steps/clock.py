"""clock: set the machine's clock ahead of lab time or behind it, or right again."""

from __future__ import annotations

from harness.context import Context
from harness.model.machine_steps import Clock
from harness.wait import duration_s


def run(context: Context, arguments: Clock) -> None:
    """Set it; programs that run see it at their next look."""
    machine = context.machine
    machine.clock_ahead_s = sum(
        sign * duration_s(text) for sign, text in ((1, arguments.ahead), (-1, arguments.behind)) if text
    )
    machine.be_ahead(context.control.offset_s)
    machine.follow_lab_clock()
