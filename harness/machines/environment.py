"""Make a machine hostile in one way, and see that it is."""

from __future__ import annotations

from harness.errors import LabError
from harness.machines.machine import Machine
from harness.machines.package_managers import Script
from harness.model.environment import ORDINARY_SEAT, Environment

_LIMIT_S = 60.0


def establish(machine: Machine, environment: Environment) -> None:
    """Put a machine that has booted into an environment, now and after each further boot, and check that it is in it.

    One in which no service runs ends with the next boot.
    Raises: LabError when it cannot be made, or is not in force as commands are typed.
    """
    if environment.set_up:
        machine.must(environment.set_up, f"be put into an environment ({environment.title})")
    machine.seat = environment.seat
    check = machine.run_script(Script(environment.check, timeout_s=_LIMIT_S))
    if check.exit != 0:
        raise LabError(
            "environment-not-in-force", f"the environment is not in force: {environment.title}.",
            hint=f"'{environment.check.strip()}' ended with {check.exit}:\n{check.stdout}{check.stderr}".strip(),
        )  # fmt: skip

    def again() -> None:
        machine.seat = ORDINARY_SEAT
        if environment.services:
            establish(machine, environment)

    machine.after_boot = again
