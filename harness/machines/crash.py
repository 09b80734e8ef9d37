"""Let a package manager come to grief on a machine: killed, without power, without space or without its lock.

Kill and power strike at a boundary that is met while it works (`tracer.py`); a full disk and a held lock are there
before.
"""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Iterator
from pathlib import Path

from harness.errors import LabError
from harness.machines.file_changes import WORK
from harness.machines.machine import Machine
from harness.machines.package_managers import Script
from harness.wait import look_until

#: What the container of a machine needs to be harmed so, beside the usual capabilities.
CAPABILITIES = ("SYS_ADMIN", "SYS_BOOT")
_TRACER = Path(__file__).with_name("tracer.py")
_REPORT = f"{WORK}/boundaries.txt"
_SPACE = "4k"
_OFF_LIMIT_S = 10.0


def strike(machine: Machine, script: Script, at: str, by: str, *, removes: bool = False) -> tuple[int | None, bool]:
    """Run a command, and kill it (`kill`) or the machine (`power`) at a boundary; the machine runs again afterwards.

    `removes` says that it unpacks nothing, so that an rpm's first script is that of a removal.

    Gives the exit status, None where the machine was gone before, and whether the boundary was met.
    Raises: LabError when the harm cannot be prepared, or the machine does not come back.
    """
    process, status, is_off = _trace(machine, at, by, "removal" if removes else "installation"), None, False
    try:
        status = machine.run_unattended(script).exit  # a terminal would break with the machine
    except LabError:
        if by == "kill":
            raise
    if by == "power" and status != 0:
        running, _, _ = look_until(machine.container.is_running, lambda runs: not runs, _OFF_LIMIT_S)
        is_off = not running
    if is_off:
        machine.power_on()
    else:
        machine.must(f"kill {process} 2> /dev/null; while kill -0 {process} 2> /dev/null; do :; done", "stop watching")
    return status, f"{at} harm" in machine.must(f"cat {_REPORT}", "tell what was met").splitlines()


def _trace(machine: Machine, at: str, by: str, work: str) -> str:
    """Watch for a boundary; give the process that does."""
    machine.must(f"cat > {WORK}/tracer.py <<'ARCLAB_TRACER'\n{_TRACER.read_text()}\nARCLAB_TRACER", "take the tracer")
    words = shlex.join([at, by, work, _REPORT, ",".join(machine.package_manager.programs), *machine.product.units])
    return machine.must(f"python3 -B {WORK}/tracer.py {words}", "watch its package manager").strip()


@contextlib.contextmanager
def full_disk(machine: Machine, folder: str) -> Iterator[None]:
    """Have a disk with next to no space in place of a folder. Raises: LabError when that cannot be done."""
    machine.must(f"mkdir -p {folder} && mount -t tmpfs -o size={_SPACE} full {folder}", "fill a disk")
    with _undone(machine, f"umount {folder}", "empty a disk"):
        yield


@contextlib.contextmanager
def held_lock(machine: Machine, path: str, for_s: float = 86400) -> Iterator[None]:
    """Have a lock of the package manager held by another process, to the end or no longer than `for_s`.

    Raises: LabError when that cannot be done.
    """
    holder = (
        f"import fcntl, time; file = open({path!r}, 'a'); fcntl.lockf(file, fcntl.LOCK_EX); "
        f"print('held', flush=True); time.sleep({for_s})"
    )
    line = f"exec 3< <(exec python3 -c {shlex.quote(holder)}); read -t 20 -u 3 said && echo $!"
    process = machine.must(line, "hold a lock").strip()
    with _undone(machine, f"kill {process} 2> /dev/null || true", "release a lock"):
        yield


@contextlib.contextmanager
def _undone(machine: Machine, script: str, what: str) -> Iterator[None]:
    """Undo a harm at the end, also after an error, which is told whether or not the harm could be undone."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(LabError):  # what happened first is told
            if machine.container.is_running():
                machine.must(script, what)
        raise
    machine.must(script, what)
