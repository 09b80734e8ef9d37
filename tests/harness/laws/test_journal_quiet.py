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
    payload,
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


UNIT = "/usr/lib/systemd/system/azcm-check.service"
GONE = "azcm-check.service: Command /opt/nonesuch is not executable: No such file or directory"


@pytest.mark.parametrize(
    ("before", "after", "said", "found"),
    [
        ((), (GONE,), "", True),
        ((GONE,), (GONE,), "", False),
        ((), (GONE,), GONE, False),
        ((), ("other-azcm-check.service: Command x is not executable",), "", False),
    ],
    ids=["new", "known", "in the journal too", "of another unit"],
)
def test_what_systemd_finds_in_a_unit_that_nobody_has_started(
    before: tuple[str, ...], after: tuple[str, ...], said: str, found: bool
) -> None:
    """A job that runs at night is as broken as a service, and is told once."""
    states = make_state(installed=OLD, unit_problems=before), make_state(unit_problems=after)
    journal = (JournalLine("azcm-check.service", "systemd", 4, said),) if said else ()
    trial = make_trial(make_transition("upgrade", *states, journal=journal), files=(payload(UNIT, mode="644"),))

    assert summaries("journal-quiet", trial) == [f"systemd finds mistakes in {UNIT}"] * found


def test_what_is_read_at_boot_alone() -> None:
    """Paths of tmpfiles.d are made then."""
    line = JournalLine("", "systemd-tmpfiles", 4, "/usr/lib/tmpfiles.d/a.conf:1: Unknown user 'a', ignoring.")
    step = make_transition("reboot", make_state(), make_state(), journal=(line,))
    trial = make_trial(step, files=(payload("/usr/lib/tmpfiles.d/a.conf"),))

    assert summaries("journal-quiet", trial) == ["systemd does not understand /usr/lib/tmpfiles.d/a.conf"]
