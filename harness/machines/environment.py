"""Make a machine hostile in one way, and see that it is."""

from __future__ import annotations

from harness.errors import LabError
from harness.machines.machine import Machine
from harness.machines.package_managers import Script
from harness.model.environment import ORDINARY_SEAT, Environment

_LIMIT_S = 60.0


def establish(machine: Machine, environment: Environment) -> None:
    """Put a machine that has booted into an environment, and check that it is in it; a later boot does not end it.

    What does not outlast a boot is made again after each. One in which no service runs ends with the next boot.
    Raises: LabError when it cannot be made, or is not in force as commands are typed.
    """
    what = f"be put into an environment ({environment.title})"
    for script in filter(None, (environment.set_up, environment.at_boot)):
        machine.must(script, what)
    machine.seat = environment.seat
    check(machine, environment)

    def again() -> None:
        if not environment.services:
            machine.seat = ORDINARY_SEAT
        elif environment.at_boot:
            machine.must(environment.at_boot, what)

    machine.after_boot = again


def check(machine: Machine, environment: Environment) -> None:
    """See that a machine is in an environment. Raises: LabError when it is not, as commands are typed."""
    done = machine.run_script(Script(environment.check, timeout_s=_LIMIT_S))
    if done.exit != 0:
        raise LabError(
            "environment-not-in-force", f"the environment is not in force: {environment.title}.",
            hint=f"'{environment.check.strip()}' ended with {done.exit}:\n{done.stdout}{done.stderr}".strip(),
        )  # fmt: skip
