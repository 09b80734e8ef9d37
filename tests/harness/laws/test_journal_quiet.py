"""What the machine's journal says of the product's units."""

from __future__ import annotations

import pytest

from harness.model.state import JournalLine
from tests.harness.laws.values import (
    OLD,
    PROGRAM,
    make_state,
    make_transition,
    make_trial,
    summaries,
)


@pytest.mark.parametrize(
    ("source", "message", "found"),
    [
        ("systemd", f"{PROGRAM}:3: Unknown key name 'Restrat' in section 'Service', ignoring.", True),
        ("systemd", f"{PROGRAM}:3: Failed to parse boolean value, ignoring: maybe", True),
        ("systemd", "/usr/lib/systemd/system/of-others.service:3: Unknown key name 'a' in section 'b'", False),
        ("himds", f"{PROGRAM}:3: Unknown key", False),
        ("systemd", f"{PROGRAM}: started", False),
        ("systemd", f"{PROGRAM}:9: PIDFile= references a path below legacy directory /var/run/, updating", True),
    ],
)
def test_a_unit_file_with_a_mistake(source: str, message: str, found: bool) -> None:
    """systemd goes on without the line, so that nothing else shows it."""
    line = JournalLine("himdsd.service", source, 4, message)
    step = make_transition("upgrade", make_state(installed=OLD), make_state(), journal=(line,))

    assert summaries("journal-quiet", make_trial(step)) == [f"systemd does not understand {PROGRAM}"] * found


@pytest.mark.parametrize(
    "message",
    [
        "himdsd.service: Main process exited, code=dumped",
        "himdsd.service: Failed with result 'exit-code'.",
        "himdsd.service: Found ordering cycle on other.service/start",
    ],
)
def test_a_loud_journal(message: str) -> None:
    """A crash is an error although systemd logs it as a notice."""
    line = JournalLine("himdsd.service", "systemd", 5, message)
    step = make_transition("upgrade", make_state(installed=OLD), make_state(), journal=(line,))

    assert summaries("journal-quiet", make_trial(step)) == ["himdsd.service logs errors"]
