"""Which requests a fault is about, and which of them it strikes."""

from __future__ import annotations

import fnmatch
import random
import re
from datetime import datetime

from simulator.call import Call
from simulator.contract import Fault
from simulator.resources.entities import FaultInForce, Machine
from simulator.store import Store

_ARM_MACHINE = re.compile(r"/subscriptions/[^/]+/resourcegroups/[^/]+/providers/[^/]+/machines/[^/]+", re.IGNORECASE)
_AGENT_MACHINE = re.compile(r"/(?:machine|virtualmachines)/(?P<vm>[^/]+)", re.IGNORECASE)
_READS = ("GET", "HEAD")


def matches(fault: Fault, call: Call, store: Store) -> bool:
    """Say whether a fault is about a request: it is time, and all its patterns match.

    Case matters in operations only. A stale answer is for reads.
    """
    method, path = call.method, call.path
    now = store.clock.now()
    return (
        (fault.effect != "stale" or method in _READS)
        and (not fault.begins or moment(fault.begins) <= now)
        and (not fault.ends or now < moment(fault.ends))
        and fnmatch.fnmatchcase(call.host, fault.host.lower())
        and fnmatch.fnmatchcase(call.operation, fault.operation)
        and fnmatch.fnmatchcase(method, fault.method.upper())
        and fnmatch.fnmatchcase(path.lower(), fault.path.lower())
        and (fault.machine == "*" or _is_about(machine_of(path, store), fault.machine.lower()))
    )


def is_over(entry: FaultInForce) -> bool:
    """Say whether a fault has struck as often as it may."""
    return 0 < entry.fault.first <= entry.struck


def is_struck(entry: FaultInForce) -> bool:
    """Say whether the next request that matches is struck; the same for the same fault and count, always."""
    fault, number = entry.fault, entry.matched + 1 - entry.fault.after
    if number <= 0 or number % fault.every:
        return False
    return random.Random(f"{fault.seed}:{number}").random() < fault.probability  # noqa: S311 - repeatable on purpose


def machine_of(path: str, store: Store) -> str:
    """Give the ARM id of the connected machine that a path is about, or an empty text; it need not exist."""
    found = _ARM_MACHINE.match(path)
    if found:
        return found[0]
    found = _AGENT_MACHINE.match(path)
    machine = store.first(Machine, "vm_id", found["vm"]) if found else None
    return machine.key if machine else ""


def _is_about(machine: str, pattern: str) -> bool:
    names = (machine.lower(), machine.lower().rpartition("/")[2])
    return machine != "" and any(fnmatch.fnmatchcase(name, pattern) for name in names)


def moment(text: str) -> float:
    """Give a time in ISO 8601, with its zone, as seconds since 1970. Raises: ValueError."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(f"'{text}' has no zone")
    return found.timestamp()
