"""Who made a container: a process that can be asked whether it still lives. Dead owners' things are swept away."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path
from typing import Any

from harness.errors import LabError
from harness.substrate.docker import LABEL_CASE, LABEL_FOLDER, LABEL_KEEP, LABEL_OWNER, LABEL_RUN, REFUSED, Substrate

RUN_TIME_PREFIX = "arclab-"  # of a case's folder for sockets and files that its containers share with the host
_START_TIME_FIELD = 19  # of /proc/PID/stat, counted after the command's closing bracket
_UNKNOWN = "unknown"  # stands for the boot id where there is no /proc


def this_owner() -> str:
    """Name this process so that no other process, before or after a reboot, is called so."""
    return _name(os.getpid()) or f"{socket.gethostname()}:{_UNKNOWN}:{os.getpid()}:0"


def _name(pid: int) -> str:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""
    started = stat.rpartition(")")[2].split()[_START_TIME_FIELD]
    return f"{socket.gethostname()}:{boot}:{pid}:{started}"


def is_alive(owner: str) -> bool:
    """Say whether an owner may still live. Owners that cannot be asked, as those of another host, count as alive."""
    parts = owner.split(":")
    if len(parts) != 4 or parts[0] != socket.gethostname() or parts[1] == _UNKNOWN:
        return True
    return _name(int(parts[2])) == owner if parts[2].isdigit() else True


def sweep_dead(substrate: Substrate, *, kept_too: bool = False) -> int:
    """Remove containers and networks of owners that live no more, and their folders; give how many things.

    What a run kept for a look inside stays unless `kept_too` is set.
    """
    containers, networks = substrate.owned([LABEL_OWNER])
    dead = [found for found in containers if not is_alive(found["Labels"][LABEL_OWNER])]
    gone = [found for found in dead if kept_too or LABEL_KEEP not in found["Labels"]]
    kept = {name for found in dead if found not in gone for name in found["NetworkSettings"]["Networks"]}
    empty = [
        network for network in networks if not is_alive(network["Labels"][LABEL_OWNER]) and network["Name"] not in kept
    ]
    return _remove(substrate, gone, empty)


def sweep_run(substrate: Substrate, run_id: str, kept_cases: set[str]) -> int:
    """Remove whatever is left of one run but for the cases that were kept, and its folders; give how many things."""
    containers, networks = substrate.owned([f"{LABEL_RUN}={run_id}"])
    gone, empty = (
        [found for found in things if found["Labels"].get(LABEL_CASE) not in kept_cases]
        for things in (containers, networks)
    )
    return _remove(substrate, gone, empty)


def _remove(substrate: Substrate, containers: list[dict[str, Any]], networks: list[dict[str, Any]]) -> int:
    """Remove these things; one that cannot be removed keeps none of the others. Raises: LabError, the first of them."""
    stuck: list[LabError] = []
    for remove, things in ((substrate.remove_container, containers), (substrate.remove_network, networks)):
        for thing in things:
            try:
                remove(thing["Id"])
            except LabError as error:
                if error.reference != REFUSED:
                    raise  # an engine that does not answer would be waited for at each
                stuck.append(error)
    for found in containers:
        folder = Path(found["Labels"].get(LABEL_FOLDER, "/"))
        if folder.name.startswith(RUN_TIME_PREFIX):
            shutil.rmtree(folder, ignore_errors=True)
    if stuck:
        raise stuck[0]
    return len(containers) + len(networks)
