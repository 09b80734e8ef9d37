"""Waiting, in one place: look until it holds or the deadline passes. True time only."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import TypeVar

from harness.errors import LabError
from simulator.contract import HEARTBEAT_PERIOD_S

_T = TypeVar("_T")
_DURATION = re.compile(r"^(\d+) ?(s|m|h|d|periods?)$")
_UNIT_S = {"s": 1, "m": 60, "h": 3600, "d": 86400, "period": HEARTBEAT_PERIOD_S, "periods": HEARTBEAT_PERIOD_S}
_FIRST_PAUSE_S = 0.02
_LONGEST_PAUSE_S = 0.25


def duration_s(text: str) -> int:
    """Give the seconds of `90s`, `20m`, `24h`, `45d` or `2 periods`."""
    match = _DURATION.match(text)
    if match is None:
        raise LabError("duration", f"'{text}' is not a duration.")
    return int(match[1]) * _UNIT_S[match[2]]


def look_until(look: Callable[[], _T], holds: Callable[[_T], bool], timeout_s: float) -> tuple[_T, int, float]:
    """Look again and again until what is seen holds or the time is over.

    Gives what was seen last, the number of looks and the seconds waited. The first look is immediate, and there is
    always one at or after the deadline.
    """
    started = time.monotonic()
    pause = _FIRST_PAUSE_S
    looks = 0
    while True:
        late = time.monotonic() - started >= timeout_s
        seen = look()
        looks += 1
        if holds(seen) or late:
            return seen, looks, time.monotonic() - started
        time.sleep(max(0.0, min(pause, timeout_s - (time.monotonic() - started))))
        pause = min(pause * 1.6, _LONGEST_PAUSE_S)


def wait_for(what: str, ready: Callable[[], bool], timeout_s: float, last_seen: Callable[[], str]) -> float:
    """Wait until `ready`; give the seconds it took.

    Raises: LabError that says what was awaited, how long, and what was seen last.
    """
    done, looks, waited = look_until(ready, bool, timeout_s)
    if not done:
        raise LabError(
            "timed-out", f"{what} was awaited for {waited:.1f} s ({looks} looks).", hint=f"Seen last: {last_seen()}"
        )
    return waited
