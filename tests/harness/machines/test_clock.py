"""What a machine is told about its clock."""

from __future__ import annotations

from harness.machines import clock


def test_a_machine_never_boots_with_the_library_in_place() -> None:
    """PID 1 would not start with it; a unit of ours brings it back, and only where the clock moves."""
    still, moving = clock.before_boot(moving=False), clock.before_boot(moving=True)

    assert still == f"rm -f {clock.PRELOAD}"
    assert moving.startswith(f"set -e\nrm -f {clock.PRELOAD}\n")
    assert "Before=sysinit.target" in moving
    assert moving.index("[Service]") < moving.index(f"> {clock.PRELOAD}")


def test_the_unit_of_the_boot_is_taken_away_when_the_machine_has_booted() -> None:
    """Whatever is looked at afterwards has nothing of ours."""
    laid = {word for word in clock.before_boot(moving=True).split() if "arclab-clock" in word and word[0] == "/"}

    assert laid
    assert all(f"{path}" in clock.follow(ahead=False).split("systemctl")[0] for path in laid)
