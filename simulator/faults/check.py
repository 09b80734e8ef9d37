"""What a fault's members may be; a mistake is refused when the fault is armed, not when it strikes."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

from simulator.contract import Fault
from simulator.errors import BadInput
from simulator.faults.rule import moment

_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_FRAMING = ("content-length", "transfer-encoding", "connection")
_BODILESS = (204, 304)
_Number = Callable[[float], bool]
_NUMBERS: dict[str, tuple[_Number, str]] = {
    "first": (lambda number: number >= 0, "0 or more"),
    "after": (lambda number: number >= 0, "0 or more"),
    "every": (lambda number: number >= 1, "1 or more"),
    "retry_after_s": (lambda number: number >= 0, "0 or more"),
    "delay_s": (lambda number: 0 <= number <= 3600, "0 to 3600"),
    "probability": (lambda number: 0 <= number <= 1, "0 to 1"),
    "keep_share": (lambda number: 0 <= number < 1, "0 or more and less than 1"),
    "piece_bytes": (lambda number: number >= 1, "1 or more"),
}


def check(fault: Fault) -> None:
    """Raises: BadInput for a member that cannot be."""
    for name, (is_good, wanted) in _NUMBERS.items():
        number = getattr(fault, name)
        if not math.isfinite(number) or not is_good(number):
            raise _refused(name, number, wanted)
    _check_times(fault)
    _check_answer(fault)


def _check_times(fault: Fault) -> None:
    for name in ("begins", "ends"):
        text = getattr(fault, name)
        try:
            _ = text and moment(text)
        except ValueError as error:
            raise _refused(name, text, "a time such as 2026-01-01T00:00:00Z") from error
    if fault.begins and fault.ends and moment(fault.begins) >= moment(fault.ends):
        raise _refused("ends", fault.ends, "later than 'begins'")


def _check_answer(fault: Fault) -> None:
    lowest = 400 if fault.effect == "http_error" else 200
    if not lowest <= fault.status <= 599:
        raise _refused("status", fault.status, f"{lowest} to 599 with {fault.effect}")
    if fault.effect == "answer" and fault.status in _BODILESS and fault.body is not None:
        raise _refused("body", fault.body, f"absent with status {fault.status}")
    for name, value in fault.headers.items():
        if not _HEADER.fullmatch(name) or name.lower() in _FRAMING:
            raise _refused("headers", name, "a name of a header that does not frame the message")
        if not value.isprintable() or not value.isascii():
            raise _refused(f"headers.{name}", value, "printable ASCII")


def _refused(name: str, value: Any, wanted: str) -> BadInput:
    return BadInput("fault", f"'{name}' is {value!r}; it has to be {wanted}.")
