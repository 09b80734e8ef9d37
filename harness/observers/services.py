"""machine.services: the state of units, as systemd says."""

from __future__ import annotations

import shlex

from harness.context import Context
from harness.model.record import Observation


def states(context: Context, units: tuple[str, ...]) -> Observation:
    """Read the active state of each unit; a unit that systemd cannot find is `absent`."""
    names = [unit if "." in unit else f"{unit}.service" for unit in units]
    done = context.machine.read("systemctl show --property=Id,LoadState,ActiveState " + shlex.join(names))
    blocks = [
        dict(line.partition("=")[::2] for line in block.splitlines()) for block in done.stdout.strip().split("\n\n")
    ]
    if done.exit != 0 or len(blocks) != len(units):
        return Observation("machine.services", "unreadable", None, f"exit {done.exit}: {done.stderr.strip()}")
    seen = {
        unit: "absent" if block.get("LoadState") == "not-found" else block.get("ActiveState", "?")
        for unit, block in zip(units, blocks, strict=True)
    }
    return Observation("machine.services", "seen", seen)
