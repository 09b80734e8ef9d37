"""fleet: new machines onboard with the portal's script, some at once, and end when they are connected."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace

from harness.context import Context
from harness.errors import ArclabError, LabError
from harness.machine_room import MachineRoom
from harness.machines.machine import Machine
from harness.model.machine_steps import Fleet, Onboard
from harness.steps import onboard


def run(context: Context, arguments: Fleet) -> None:
    """Do it. A failed command is the step's last one. Raises: ArclabError when a machine does not start, or is gone."""
    if context.room is None:
        raise LabError("fleet-room", "this case has no place for more machines.")
    names = arguments.names()
    for begin in range(0, len(names), arguments.at_once):
        if not _onboarded(context, context.room, names[begin : begin + arguments.at_once], arguments.principal):
            break


def _onboarded(context: Context, room: MachineRoom, names: Sequence[str], principal: str) -> bool:
    """Start machines and onboard them side by side; say whether all of them succeeded.

    Where one did not, or broke, all that were started stay until the case ends, so that their logs are brought home.
    """

    def bring(machine: Machine) -> None:
        onboard.run(replace(context, machine=machine), Onboard(connect=machine.name, principal=principal))

    with contextlib.ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(len(names)))  # outlives the machines: what hangs ends with them
        machines: dict[str, Machine] = {}
        first = len(context.machines) + 1
        try:
            for place, name in enumerate(names, start=first):
                machines[name] = room.start(name, place, stack)
            for machine in machines.values():
                room.make_ready(machine)
            onboardings = [pool.submit(bring, machine) for machine in machines.values()]
            wait(onboardings)  # all of them: a machine that is still at work has no time for its logs
            for onboarding in onboardings:
                onboarding.result()
            failed = [command for command in context.commands if command.exit != 0]
        except ArclabError:
            _keep(context, room, machines, stack)
            raise
        if failed:
            context.commands.remove(failed[0])
            context.commands.append(failed[0])
            _keep(context, room, machines, stack)
        return not failed


def _keep(context: Context, room: MachineRoom, machines: dict[str, Machine], stack: contextlib.ExitStack) -> None:
    context.machines.update(machines)
    room.stack.enter_context(stack.pop_all())
