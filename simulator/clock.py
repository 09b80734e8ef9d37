"""Lab time: true time plus a whole-second offset that only grows.

The offset of a case is kept in a file that libfaketime reads in the machines, so that one write moves all of them.
"""

from __future__ import annotations

import math
import os
import tempfile
import time
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from simulator.errors import BadInput

#: Where lab time ends: certificates and the texts of times go no further.
FURTHEST = 2_524_608_000.0  # 2050-01-01


class Clock(Protocol):
    """Gives lab time, and moves it."""

    def now(self) -> float:
        """Give lab time in seconds since 1970."""

    @property
    def offset_s(self) -> int:
        """Give lab time minus true time."""

    def advance(self, seconds: int) -> None:
        """Move lab time on. Raises: BadInput for a negative number, or past `FURTHEST`."""


class OffsetClock:
    """A clock in memory."""

    def __init__(self, offset_s: int = 0) -> None:
        self._offset_s = offset_s

    def now(self) -> float:
        return time.time() + self._offset_s

    @property
    def offset_s(self) -> int:
        return self._offset_s

    def advance(self, seconds: int) -> None:
        if seconds < 0:
            raise BadInput("clock-back", f"the lab clock cannot go back by {-seconds} s.")
        if self.now() + seconds > FURTHEST:
            raise BadInput("clock-far", f"the lab clock cannot go on by {seconds} s: it ends at {iso(FURTHEST)}.")
        self._offset_s += seconds


class FileClock(OffsetClock):
    """A clock whose offset machines read from a file in libfaketime's form (`+300`).

    The file is replaced in its folder, which machines have mounted, so a reader sees the old or the new offset.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(_read_offset(path))
        self._path = path

    def advance(self, seconds: int) -> None:
        super().advance(seconds)
        _write_offset(self._path, self.offset_s)


def _write_offset(path: Path, offset_s: int) -> None:
    """Replace the file, so that it is never there without its offset, whatever kills the process."""
    descriptor, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"+{offset_s}\n")
    Path(name).chmod(0o644)
    Path(name).replace(path)


def _read_offset(path: Path) -> int:
    try:
        if not path.exists():
            _write_offset(path, 0)
        text = path.read_text().strip()
    except OSError as error:
        raise BadInput("clock-file", f"it cannot be used: {error.strerror}.", place=str(path)) from error
    try:
        return int(text)
    except ValueError as error:
        raise BadInput("clock-file", f"'{text}' is not an offset in seconds.", place=str(path)) from error


def iso(moment: float) -> str:
    """Give a moment as ISO 8601, UTC, with microseconds."""
    second = math.floor(moment)
    micros = round((moment - second) * 1e6)  # as `datetime` rounds
    return f"{_second(second)}.{micros:06}Z" if micros < 1_000_000 else f"{_second(second + 1)}.000000Z"


@lru_cache(64)  # most moments are of the present second
def _second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")


@lru_cache(8192)  # lists show the same moments again and again
def arm_time(moment: float) -> str:
    """Give a moment as ARM writes it: seven decimals. Source: recorded machine bodies."""
    return f"{iso(moment)[:-1]}0Z"
