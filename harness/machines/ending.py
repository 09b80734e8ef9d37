"""What has become of a machine that has broken off what it was asked to do."""

from __future__ import annotations

from harness.machines.machine import Machine

_PATIENCE_S = 10.0
_UP = ("initializing", "starting", "running", "degraded", "maintenance")  # Source: systemctl(1), is-system-running


def how_it_ended(machine: Machine) -> str:
    """Say what has been done to the machine from within: shut down, or its shells ended; an empty text for neither.

    Raises: LabError when the engine does not answer, so that nobody knows.
    """
    if not machine.container.is_running():
        return "shuts the machine down"
    gone = [pid for pid in machine.shells if machine.container.run(["test", "-e", f"/proc/{pid}"])[0] != 0]
    if not gone:
        return ""
    _, state = machine.container.run(["systemctl", "is-system-running"], timeout_s=_PATIENCE_S)
    return "ends the shell of whoever is signed in" if state.strip() in _UP else "shuts the machine down"
