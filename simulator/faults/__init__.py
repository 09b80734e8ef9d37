"""Faults: what the cloud does wrong on purpose. One line for each effect; the file has the effect's name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec
from starlette.responses import Response

from simulator.call import Call
from simulator.clock import iso
from simulator.contract import ArmedFault, Fault
from simulator.faults import answer, drip, drop, http_error, latency, stale, truncate
from simulator.faults.check import check
from simulator.faults.rule import is_over, is_struck, matches
from simulator.resources.entities import EarlierState, Entity, FaultInForce
from simulator.resources.transition import Transition
from simulator.snapshots import values_by_kind
from simulator.store import Store

#: What an effect does to a request: it may answer it, wait, change how it is answered, or raise.
EFFECTS: dict[str, Callable[[FaultInForce, Call], Awaitable[Response | None]]] = {
    "answer": answer.apply,
    "drip": drip.apply,
    "drop": drop.apply,
    "http_error": http_error.apply,
    "latency": latency.apply,
    "stale": stale.apply,
    "truncate": truncate.apply,
}
_NOT_EARLIER: tuple[type[Entity], ...] = (FaultInForce, EarlierState)


class Faults:
    """The faults in force, oldest first. They are state like any other: a restarted cloud has them, counts and all."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, fault: Fault) -> ArmedFault:
        """Put a fault in force. Raises: BadInput when it cannot be."""
        check(fault)
        held = self._store.all(FaultInForce)
        number = max([self._store.last, *(int(entry.key) for entry in held)]) + 1
        entry = FaultInForce(key=f"{number:09}", fault=fault, armed=self._store.clock.now())
        put: tuple[Entity, ...] = (entry,)
        if fault.effect == "stale":
            put += (EarlierState(key=entry.key, entities=values_by_kind(self._store, without=_NOT_EARLIER)),)
        data = {"fault": entry.key, **msgspec.to_builtins(fault)}
        self._store.apply(Transition("faults.add", put, kind="fault", data=data))
        return shown(entry)

    def clear(self, number: str = "") -> bool:
        """Let everything go right again, or take one fault away; say whether there was one.

        Requests that a fault keeps waiting are spared by the others.
        """
        gone = [entry for entry in self._store.all(FaultInForce) if number in ("", entry.key)]
        delete = tuple((kind, entry.key) for entry in gone for kind in _NOT_EARLIER)
        data = {"fault": number} if number else {}
        if gone or not number:
            self._store.apply(Transition("faults.clear", delete=delete, kind="fault", data=data))
        return bool(gone)

    def listed(self) -> list[ArmedFault]:
        """Give the faults in force, those that are used up included."""
        return [shown(entry) for entry in self._store.all(FaultInForce)]

    async def strike(self, call: Call) -> Response | None:
        """Apply every fault that matches a request, in order, until one answers; one set meanwhile does not strike it.

        Raises: ApiError or Dropped, as the effect wants.
        """
        for key in [entry.key for entry in self._store.all(FaultInForce)]:
            entry = self._store.get(FaultInForce, key)
            if entry is None or is_over(entry) or not matches(entry.fault, call, self._store):
                continue
            struck = is_struck(entry)
            counted = msgspec.structs.replace(entry, matched=entry.matched + 1, struck=entry.struck + struck)
            operation = "faults.strike" if struck else "faults.spare"
            data = {"fault": key, "effect": entry.fault.effect, "operation": call.operation}
            self._store.apply(Transition(operation, (counted,), kind="fault", data=data))
            if struck:
                call.faults.append(entry.fault.effect)
                response = await EFFECTS[entry.fault.effect](counted, call)
                if response is not None:
                    return response
        return None


def shown(entry: FaultInForce) -> ArmedFault:
    """Give a fault as the control shows it."""
    return ArmedFault(entry.key, entry.fault, iso(entry.armed), entry.matched, entry.struck)
