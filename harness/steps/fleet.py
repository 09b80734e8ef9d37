"""fleet: new machines onboard with the portal's script, some at once, and end when they are connected."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from harness.context import Context
from harness.errors import LabError
from harness.machine_room import MachineRoom
from harness.machines.machine import Machine
from harness.model.machine_steps import Fleet
from harness.model.scenario import Onboard
from harness.steps import onboard


def run(context: Context, arguments: Fleet) -> None:
    """Do it. A failed command is the step's last one. Raises: LabError when a machine does not start."""
    if context.room is None:
        raise LabError("fleet-room", "this case has no place for more machines.")
    names = [f"{arguments.name}-{number}" for number in range(1, arguments.size + 1)]
    for begin in range(0, len(names), arguments.at_once):
        if not _onboarded(context, context.room, names[begin : begin + arguments.at_once], arguments.principal):
            break


def _onboarded(context: Context, room: MachineRoom, names: Sequence[str], principal: str) -> bool:
    """Start machines and onboard them side by side; say whether all of them succeeded."""

    def bring(machine: Machine) -> None:
        onboard.run(replace(context, machine=machine), Onboard(connect=machine.name, principal=principal))

    with contextlib.ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(len(names)))  # outlives the machines: what hangs ends with them
        first = len(context.machines) + 1
        machines = [room.start(name, place, stack) for place, name in enumerate(names, start=first)]
        for machine in machines:
            room.make_ready(machine)
        for done in [pool.submit(bring, machine) for machine in machines]:
            done.result()
        failed = [command for command in context.commands if command.exit != 0]
        if not failed:
            return True
        context.commands.remove(failed[0])
        context.commands.append(failed[0])
        context.machines.update((machine.name, machine) for machine in machines)
        room.stack.enter_context(stack.pop_all())
        return False
