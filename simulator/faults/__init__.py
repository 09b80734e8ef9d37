"""Faults: what the cloud does wrong on purpose. One line for each effect; the file has the effect's name."""

from __future__ import annotations

import fnmatch
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from simulator.call import Call
from simulator.contract import Fault
from simulator.errors import BadInput
from simulator.faults import drop, http_error, latency

EFFECTS: dict[str, Callable[[Fault, Call], Awaitable[None]]] = {
    "drop": drop.apply,
    "http_error": http_error.apply,
    "latency": latency.apply,
}


@dataclass
class _InForce:
    fault: Fault
    struck: int = 0
    is_cleared: bool = False

    @property
    def is_used_up(self) -> bool:
        return 0 < self.fault.first <= self.struck


class Faults:
    """The faults in force, oldest first, in memory only: a restarted cloud has none."""

    def __init__(self) -> None:
        self._in_force: list[_InForce] = []

    def add(self, fault: Fault) -> None:
        """Put a fault in force. Raises: BadInput when it has a number that cannot be."""
        if not 400 <= fault.status <= 599:
            raise BadInput("fault", f"'status' is {fault.status}; an error is 400 to 599.")
        for name in ("delay_s", "first", "retry_after_s"):
            number = getattr(fault, name)
            if not math.isfinite(number) or number < 0:
                raise BadInput("fault", f"'{name}' is {number}; it is 0 or more.")
        self._in_force.append(_InForce(fault))

    def clear(self) -> None:
        """Let everything go right again, also for requests that a fault keeps waiting: no other one strikes them."""
        for entry in self._in_force:
            entry.is_cleared = True
        self._in_force.clear()

    def listed(self) -> list[Fault]:
        """Give the faults in force, those that are used up included."""
        return [entry.fault for entry in self._in_force]

    async def strike(self, call: Call) -> None:
        """Apply every fault that matches a request, in order; one set meanwhile does not strike it.

        Raises: ApiError or Dropped, as the effect wants.
        """
        for entry in tuple(self._in_force):
            if entry.is_cleared or entry.is_used_up or not matches(entry.fault, call):
                continue
            entry.struck += 1
            call.faults.append(entry.fault.effect)
            await EFFECTS[entry.fault.effect](entry.fault, call)


def matches(fault: Fault, call: Call) -> bool:
    """Say whether a fault is about a request: both its patterns match; the host's case does not matter."""
    return fnmatch.fnmatchcase(call.host, fault.host.lower()) and fnmatch.fnmatchcase(call.operation, fault.operation)
