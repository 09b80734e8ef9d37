"""What a pure function gives to the store: a transition."""

from __future__ import annotations

from typing import Any

import msgspec

from simulator.contract import EventKind
from simulator.resources.entities import Entity


class Transition(msgspec.Struct, frozen=True):
    """What changes: values to put, keys to take away, and what the journal says of it.

    `at` is the lab time when it became due; 0 means now.
    """

    operation: str
    put: tuple[Entity, ...] = ()
    delete: tuple[tuple[type[Entity], str], ...] = ()
    kind: EventKind = "transition"
    machine: str = ""
    data: dict[str, Any] = {}
    at: float = 0.0
