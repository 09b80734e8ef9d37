"""The clock of a machine: the lab's, which libfaketime reads from a file at each look, or one that is wrong.

Each function gives shell text for the machine, as root.
"""

from __future__ import annotations

from harness.machines.file_changes import WORK

FOLDER = "/run/arclab/clock"  # where the machine sees the lab clock's file
PRELOAD = "/etc/ld.so.preload"  # Source: measured; a machine that has it does not boot
#: The offset is read at each look at the clock, and monotonic clocks are left alone. Every way into the machine has
#: to pass these on; sudo is told to in the image.
VARIABLES = {"FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
_FAKETIME = "/usr/lib/arclab/libfaketime.so.1"  # where every image has it
_FILE = "faketimerc"
_UNITS = "/usr/lib/systemd/system"
_UNIT = "arclab-clock.service"
_WANTED = f"{_UNITS}/sysinit.target.wants/{_UNIT}"
_PRELOADED = "systemctl set-environment {}\necho {} > {}".format(
    " ".join(f"{name}={value}" for name, value in VARIABLES.items()), _FAKETIME, PRELOAD
)


def follow(*, ahead: bool) -> str:
    """Let every program started from now on see the lab clock; with `ahead` what `show` says."""
    return (
        f"set -e\nln -sfn {WORK if ahead else FOLDER}/{_FILE} /etc/{_FILE}\n"
        f"rm -f {_UNITS}/{_UNIT} {_WANTED}\n{_PRELOADED}"
    )


def before_boot(*, moving: bool) -> str:
    """Let the machine boot; services of a machine that follows the lab clock do so from their start on.

    A unit of our own lays the library down before any service is started, and `follow` takes it away.
    """
    if not moving:
        return f"rm -f {PRELOAD}"
    command = _PRELOADED.replace("\n", "; ")
    unit = (
        f"[Unit]\nDefaultDependencies=no\nBefore=sysinit.target\n[Service]\nType=oneshot\nExecStart=sh -c '{command}'"
    )
    return f"set -e\nrm -f {PRELOAD}\ncat > {_UNITS}/{_UNIT} <<'EOF'\n{unit}\nEOF\nln -sfn ../{_UNIT} {_WANTED}"


def show(offset_s: int) -> str:
    """Show a time of its own: so many seconds after true time, or before it. The file changes at once."""
    return f"set -e\ncd {WORK}\necho {offset_s:+d} > {_FILE}.new\nmv {_FILE}.new {_FILE}"
