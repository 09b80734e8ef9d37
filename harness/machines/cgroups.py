"""Control groups of version 1, of which nobody tells the systemd of a container that one has emptied."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from harness.errors import LabError
from harness.substrate.docker import Container

#: How often a command that still runs may be waiting for systemd to see that a unit has ended.
RELEASE_EVERY_S = 5.0

_TREE_OF_VERSION_2 = Path("/sys/fs/cgroup")
_RELEASE = """
agent=/usr/lib/systemd/systemd-cgroups-agent tree=/sys/fs/cgroup/systemd
[ -x $agent ] && [ ! -e /sys/fs/cgroup/cgroup.controllers ] || exit 0
own=$(sed -n 's,/init.scope$,,; s/^[0-9]*:name=systemd://p' /proc/1/cgroup)
find "$tree$own" -name '*.service' -type d | while IFS= read -r group; do
    read -r _ < "$group/cgroup.procs" || $agent "${group#$tree}"
done 2>/dev/null
exit 0
"""


def releaser(container: Container) -> Callable[[], None]:
    """Give what tells a machine's systemd which groups of units are empty; with version 2 it does nothing.

    On a host the kernel does so, by its release agent, which only the owner of the whole hierarchy can set. Without it
    a unit whose main process ended before its child stays in `final-sigterm` until its TimeoutStopSec, which may be ten
    minutes. Systemd looks for itself whether a group that it is told of is empty. A machine that cannot be told is no
    error here: whatever waits for it has a limit of its own.
    Source: Linux, Documentation/admin-guide/cgroup-v1/cgroups.rst, section 1.4; seen with systemd 252.
    """

    def release() -> None:
        with contextlib.suppress(LabError):
            container.start(["sh", "-c", _RELEASE])

    return (lambda: None) if _TREE_OF_VERSION_2 in container.spec.mounts else release
