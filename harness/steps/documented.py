"""Run the document's commands as they stand, stopping at the first that fails."""

from __future__ import annotations

from harness.context import Context
from harness.machines.package_managers import Script


def run_documented(context: Context, *scripts: Script) -> None:
    """Run the commands in order; an exit status that is neither 0 nor accepted ends the row."""
    for script in scripts:
        record = context.machine.run_script(script)
        context.accepted_exits = script.accept
        if record.exit != 0 and record.exit not in script.accept:
            return
