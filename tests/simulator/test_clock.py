"""The lab clock moves by whole seconds, only on, and machines find its offset in a file."""

from __future__ import annotations

import stat
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.clock import FileClock, OffsetClock, arm_time, iso
from simulator.errors import BadInput


def test_advance_moves_lab_time() -> None:
    """Lab time is true time and what the clock was moved by."""
    clock = OffsetClock()
    clock.advance(1200)
    clock.advance(60)

    assert (clock.offset_s, round(clock.now() - time.time())) == (1260, 1260)


def test_the_clock_does_not_go_back() -> None:
    """A negative move is refused and changes nothing."""
    clock = OffsetClock(60)
    with pytest.raises(BadInput):
        clock.advance(-1)

    assert clock.offset_s == 60


def test_the_file_has_libfaketimes_form(tmp_path: Path) -> None:
    """The file holds a signed number of seconds, is readable for all, and is alone in its folder."""
    path = tmp_path / "offset"
    FileClock(path).advance(300)

    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("+300\n", 0o644)
    assert [entry.name for entry in tmp_path.iterdir()] == ["offset"]


def test_a_file_clock_goes_on_where_it_was(tmp_path: Path) -> None:
    """A second clock on the same file begins with its offset."""
    path = tmp_path / "offset"
    FileClock(path).advance(300)

    assert FileClock(path).offset_s == 300


def test_a_refused_move_leaves_the_file(tmp_path: Path) -> None:
    """Machines never see a move that was refused."""
    path = tmp_path / "offset"
    clock = FileClock(path)
    clock.advance(5)
    with pytest.raises(BadInput):
        clock.advance(-10)

    assert path.read_text() == "+5\n"


@pytest.mark.parametrize("text", ["", "soon", "+1.5"])
def test_a_broken_file_is_refused(tmp_path: Path, text: str) -> None:
    """A file that holds no whole number is named in the error."""
    path = tmp_path / "offset"
    path.write_text(text)
    with pytest.raises(BadInput) as caught:
        FileClock(path)

    assert (caught.value.reference, caught.value.place) == ("clock-file", str(path))


def test_written_forms() -> None:
    """Journals have six decimals; ARM has seven."""
    moment = 1_767_225_600.25

    assert iso(moment) == "2026-01-01T00:00:00.250000Z"
    assert arm_time(moment) == "2026-01-01T00:00:00.2500000Z"


@given(st.floats(0, 4e9) | st.integers(0, 4 * 10**9))
def test_written_forms_are_those_of_strftime(moment: float) -> None:
    """No moment is written another way, not even one of a whole second."""
    expected = datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")

    assert (iso(moment), arm_time(moment)) == (f"{expected}Z", f"{expected}0Z")


def test_it_ends(tmp_path: Path) -> None:
    """Past the end of lab time nothing can be written; a move there is refused and changes nothing."""
    for clock in (OffsetClock(), FileClock(tmp_path / "clock")):
        with pytest.raises(BadInput) as caught:
            clock.advance(10**18)

        assert (caught.value.reference, clock.offset_s) == ("clock-far", 0)
