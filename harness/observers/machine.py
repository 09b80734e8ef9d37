"""machine.boots: how often the machine has booted."""

from __future__ import annotations

from harness.context import Context
from harness.errors import LabError
from harness.model.record import Observation


def boots(context: Context) -> Observation:
    """Count the boots since the case began, the first included; one that the lab did not ask for counts too."""
    try:
        is_same = context.machine.boot_mark() == context.machine.last_boot_mark
    except LabError as error:
        return Observation("machine.boots", "unreadable", None, str(error))
    return Observation("machine.boots", "seen", context.machine.boots + (not is_same))
