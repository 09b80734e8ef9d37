"""The journal of a cloud without a state file: its newest events, in memory.

Events are kept as JSON, which takes less room than values and nothing of the garbage collector's time.
"""

from __future__ import annotations

from collections.abc import Iterable

#: So many events are kept at least, some 50 MB; of more, the oldest are forgotten. A state file forgets none.
KEPT = 100_000
_SLACK = KEPT // 4  # forgetting one at a time would move all the others each time


class MemoryJournal:
    """Events by their numbers, which begin at 1 and have no gaps."""

    def __init__(self) -> None:
        self._events: list[bytes] = []
        self.last = 0  # the newest number

    def add(self, event: bytes) -> None:
        """Append an event, in JSON."""
        self._events.append(event)
        self.last += 1
        if len(self._events) > KEPT + _SLACK:
            del self._events[:_SLACK]

    def after(self, seq: int) -> Iterable[bytes]:
        """Give the events after a number, as far as they are kept."""
        forgotten = self.last - len(self._events)
        return self._events[max(0, seq - forgotten) :]
