"""machine.services: the state of units, as what runs them says."""

from __future__ import annotations

from harness.context import Context
from harness.model.record import Observation


def states(context: Context, units: tuple[str, ...]) -> Observation:
    """Read the active state of each unit; one that is not there is `absent`."""
    done = context.machine.read(context.machine.services.show(units))
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
