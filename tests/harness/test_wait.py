"""Waiting looks until it holds, and says what it saw last."""

from __future__ import annotations

import pytest

from harness.errors import LabError
from harness.wait import duration_s, look_until, wait_for


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("20m", 1200), ("24h", 86400), ("45d", 3888000), ("2 periods", 600), ("1 period", 300)],
)
def test_durations(text: str, seconds: int) -> None:
    """Durations are whole seconds of a unit; a period is one heartbeat period."""
    assert duration_s(text) == seconds


def test_looks_again_until_it_holds() -> None:
    """The first look that holds ends the wait."""
    values = iter([1, 2, 3])

    seen, looks, _ = look_until(lambda: next(values), lambda value: value == 3, 5)

    assert (seen, looks) == (3, 3)


def test_looks_once_when_there_is_no_time() -> None:
    """Without time there is still one look."""
    assert look_until(lambda: 1, lambda _: False, 0)[:2] == (1, 1)


def test_a_timeout_says_what_was_seen_last() -> None:
    """A wait that fails names what was awaited and what was seen."""
    with pytest.raises(LabError) as caught:
        wait_for("the bus", lambda: False, 0, lambda: "an empty road")

    assert "the bus was awaited" in str(caught.value)
    assert "an empty road" in str(caught.value)
