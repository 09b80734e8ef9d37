"""Run the document's commands as they stand, stopping at the first that fails."""

from __future__ import annotations

from dataclasses import replace

from harness.context import Context
from harness.machines.package_managers import Script


def run_documented(context: Context, *scripts: Script, sudo: bool = True) -> None:
    """Run the commands in order; an exit status that is neither 0 nor accepted ends the row.

    Without `sudo` an ordinary user runs them as they stand but for that word.
    """
    for script in scripts:
        line = script.line if sudo else script.line.removeprefix("sudo ")
        record = context.machine.run_script(replace(script, line=line))
        context.accepted_exits = script.accept
        if record.exit != 0 and record.exit not in script.accept:
            return
