"""systemd's limit on the starts of a unit, which counts in true time, and machines that live months within seconds."""

from __future__ import annotations

import shlex
import time
from collections import defaultdict, deque
from collections.abc import Callable

from harness.machines.machine import Machine

_INTERVAL_S = 10.0  # five starts are allowed in it. Source: systemd-system.conf(5), DefaultStartLimitIntervalSec
_FREE = 2  # transitions in that time: each may start a unit twice, in scripts of two packages


class StartLimits:
    """Lifts the limit where transitions follow one another as they do only in a lab; `now` is a clock in seconds.

    From release 255 on systemd keeps the count through `daemon-reload`, so that the sixth upgrade within ten seconds
    would fail. Source: github.com/systemd/systemd, pull request 30024. Assumed: nobody upgrades an agent that often, so
    that this limit says nothing of a package.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._begun: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=_FREE))

    def begin(self, machine: Machine) -> bool:
        """Note that a transition begins, and let systemd forget the starts where there were many; say whether it did.

        Only of units that are active: one that failed stays as it is. How often systemd has restarted them is forgotten
        as well.
        """
        begun, now = self._begun[machine.name], self._now()
        is_hurried = bool(machine.product.units) and len(begun) == _FREE and now - begun[0] < _INTERVAL_S
        if is_hurried:
            units = shlex.join(f"{unit}.service" for unit in machine.product.units)
            active = f"systemctl list-units --plain --no-legend --state=active {units} | cut -d ' ' -f 1"
            machine.read(f"{active} | xargs -r systemctl reset-failed")
            begun.clear()
        begun.append(now)
        return is_hurried
