"""Two machines with one identity: how they are noticed, and what is refused.

A sender is a client address. A machine and its clone take turns: each is heard between two heartbeats of the other. One
return may be a machine that began to use a proxy and stopped; at the second one the two are alive at the same time, and
the sender that has just been heard keeps the identity.

Source: copies of a connected machine are answered with 429, and ARM has the status reason `Cloned`. Assumed: how they
are told apart, that the other one may speak again when it was silent for 15 minutes, and that the machine stays
Connected, as one of the two is heard and the only documented way to Disconnected is silence (docs/wire/his.md).
"""

from __future__ import annotations

from typing import Any

import msgspec

from simulator.contract import DISCONNECTED_AFTER_S
from simulator.resources.entities import Machine
from simulator.resources.transition import Transition

_CLONED_TURNS = 2


def is_clone(machine: Machine, sender: str, now: float) -> bool:
    """Say whether a heartbeat from `sender` is the second return of a sender to an identity that another one uses."""
    return machine.turns >= _CLONED_TURNS - 1 and _returns(machine, sender, now)


def after_heartbeat(machine: Machine, sender: str, now: float) -> dict[str, Any]:
    """Give what an accepted heartbeat changes of who sends. A sender that is not known changes nothing."""
    if not sender or sender == machine.last_sender:
        return {}
    turns = machine.turns + 1 if _returns(machine, sender, now) else 0
    return {
        "last_sender": sender, "other_sender": machine.last_sender, "other_heard": machine.last_heartbeat,
        "turns": turns,
    }  # fmt: skip


def refused(machine: Machine, sender: str, now: float) -> Transition:
    """Give what a refused clone changes: it is remembered for as long as it tries."""
    after = msgspec.structs.replace(machine, other_heard=now, turns=_CLONED_TURNS)
    data = {"clone": sender, "sender": machine.last_sender}
    return Transition("his.clone", (after,), machine=machine.key, data=data)


def reason_of(machine: Machine, now: float) -> str:
    """Give ARM's status reason: `Cloned` while a clone tries to speak, else an empty text."""
    tries = machine.turns >= _CLONED_TURNS and now - machine.other_heard < DISCONNECTED_AFTER_S
    return "Cloned" if tries else ""


def _returns(machine: Machine, sender: str, now: float) -> bool:
    return sender != "" and sender == machine.other_sender and now - machine.other_heard < DISCONNECTED_AFTER_S
