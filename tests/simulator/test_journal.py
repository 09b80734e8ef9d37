"""The journal in memory numbers all events and keeps the newest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator import journal
from simulator.journal import MemoryJournal


def test_events_come_after_a_number() -> None:
    """Numbers begin at 1; reading from a number gives what came later."""
    kept = MemoryJournal()
    for event in (b"a", b"b", b"c"):
        kept.add(event)

    assert (kept.last, list(kept.after(0)), list(kept.after(2)), list(kept.after(3))) == (
        3,
        [b"a", b"b", b"c"],
        [b"c"],
        [],
    )


@given(st.integers(0, 60), st.integers(0, 70))
def test_the_oldest_are_forgotten(count: int, seq: int) -> None:
    """However many come, the newest are there, their numbers stay right, and memory has a bound."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(journal, "KEPT", 8)
        patch.setattr(journal, "_SLACK", 2)
        kept = MemoryJournal()
        for number in range(1, count + 1):
            kept.add(str(number).encode())
    found = [int(event) for event in kept.after(0)]

    assert (kept.last, found) == (count, list(range(count - len(found) + 1, count + 1)))
    assert min(count, 8) <= len(found) <= 10
    assert [int(event) for event in kept.after(seq)] == [number for number in found if number > seq]
