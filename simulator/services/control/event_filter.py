"""Which events of the journal a filter means."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable

from simulator.clock import iso
from simulator.contract import Event
from simulator.errors import BadInput
from simulator.faults.rule import moment
from simulator.services.control.bodies import EventFilter

_PATTERNS = ("operation", "host", "method", "path", "status", "caller")


def build_test(wanted: EventFilter) -> Callable[[Event], bool]:
    """Give a test of whether an event is meant. Raises: BadInput for a time that is none."""
    patterns = {name: getattr(wanted, name).lower() for name in _PATTERNS if getattr(wanted, name) != "*"}
    machine, since, until = wanted.machine.lower(), _time(wanted, "since"), _time(wanted, "until")

    def is_meant(event: Event) -> bool:
        return (
            (wanted.kind is None or event.kind == wanted.kind)
            and all(fnmatch.fnmatchcase(str(getattr(event, name)).lower(), text) for name, text in patterns.items())
            and (machine == "*" or _is_about(event.machine.lower(), machine))
            and since <= event.time
            and (not until or event.time < until)
        )

    return is_meant


def _is_about(machine: str, pattern: str) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for name in (machine, machine.rpartition("/")[2]))


def _time(wanted: EventFilter, name: str) -> str:
    """Give a time as events write it, so that texts can be compared; an empty text is no bound."""
    text = getattr(wanted, name)
    try:
        return iso(moment(text)) if text else ""
    except (ValueError, OverflowError) as error:
        raise BadInput("parameter", f"'{name}' is '{text}', not a time such as 2026-01-01T00:00:00Z.") from error
