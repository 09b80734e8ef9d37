"""What an administrator types for a service, and how it is looked at."""

from __future__ import annotations

import pytest

from harness.errors import LabError
from harness.machines.service_managers import SERVICE_MANAGERS, parse_services

_SYSTEMD = SERVICE_MANAGERS["systemd"]
_WINDOWS = SERVICE_MANAGERS["windows"]


def test_units_are_quoted() -> None:
    """A unit's name with a blank stays one word; what has an ending keeps it."""
    assert _SYSTEMD.show(("himdsd", "odd unit", "a.timer")).endswith("himdsd.service 'odd unit.service' a.timer")
    assert _WINDOWS.show(("himds", "odd one")) == "windows-services himds 'odd one'"


@pytest.mark.parametrize(
    ("line", "typed"),
    [
        (_SYSTEMD.act("restart", "himdsd"), "systemctl restart himdsd"),
        (_SYSTEMD.act("kill", "himdsd extd"), "systemctl kill --kill-who=main --signal=SIGKILL himdsd extd"),
        (_WINDOWS.act("stop", "himds"), "net.exe stop himds"),
        (_WINDOWS.act("restart", "himds"), "net.exe stop himds && net.exe start himds"),
    ],
    ids=["restart", "kill", "windows", "windows restart"],
)
def test_acts_with_the_systems_own_command(line: str, typed: str) -> None:
    """systemctl, or `net`."""
    assert line == typed


def test_a_service_answers_when_it_listens() -> None:
    """Or when it does not run."""
    assert _SYSTEMD.answers("himdsd", 40342) == (
        '[ -n "$(ss -Hltn sport = :40342)" ] || ! { systemctl --quiet is-active himdsd.service; }'
    )


def test_only_windows_has_to_start_again_to_see_another_clock() -> None:
    """systemd keeps true time, and starts each service anew; Wine's service manager runs already."""
    assert (_SYSTEMD.follow_clock(), _WINDOWS.follow_clock()) == ("true", "systemctl restart windows")


def test_windows_refuses_what_it_has_no_command_for() -> None:
    """`mask` is systemd's."""
    with pytest.raises(LabError, match="'mask'"):
        _WINDOWS.act("mask", "himds")


def test_reads_what_a_look_prints() -> None:
    """What no unit file names is static; what there is no unit of, absent."""
    shown = (
        "Id=himds\nLoadState=loaded\nActiveState=active\nUnitFileState=enabled\n\n"
        "Id=x\nLoadState=not-found\n\nId=y\nLoadState=loaded\nActiveState=inactive\nUnitFileState=\n"
    )

    assert parse_services(shown) == {"himds": "active enabled", "x": "absent", "y": "inactive static"}
