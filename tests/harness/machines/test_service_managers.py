"""What an administrator types for a service, and how it is looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import LabError
from harness.machines import service_managers
from harness.machines.service_managers import SERVICE_MANAGERS, parse_services

_SYSTEMD = SERVICE_MANAGERS["systemd"]
_WINDOWS = SERVICE_MANAGERS["windows"]


def test_units_are_quoted() -> None:
    """A unit's name with a blank stays one word; what has an ending keeps it."""
    assert _SYSTEMD.show(("himdsd", "odd unit", "a.timer")).endswith("himdsd.service 'odd unit.service' a.timer")
    assert _WINDOWS.show(("himds", "odd one")) == "windows-services himds 'odd one' || exit 1"


@pytest.mark.parametrize(
    ("line", "typed"),
    [
        (_SYSTEMD.act("restart", "himdsd"), "systemctl restart himdsd"),
        (_SYSTEMD.act("kill", "himdsd extd"), "systemctl kill --kill-who=main --signal=SIGKILL himdsd extd"),
        (_WINDOWS.act("stop", "himds"), "net.exe stop himds"),
        (_WINDOWS.act("restart", "himds"), "net.exe stop himds; net.exe start himds"),
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


def test_an_administrator_sets_something_of_his_own() -> None:
    """A drop-in of each unit, or a variable of the machine; where it is is printed."""
    variables = r"HKLM\System\CurrentControlSet\Control\Session Manager\Environment"
    units, windows = _SYSTEMD.edit(("himdsd", "odd unit")), _WINDOWS.edit(("himds",))

    assert "for unit in himdsd 'odd unit'; do" in units
    assert units.endswith("systemctl daemon-reload\n")
    assert windows.splitlines() == [
        f"reg.exe add '{variables}' /v EDITED_BY /d administrator /f > /dev/null",
        f"printf '%s\\n' '{variables}\\EDITED_BY'",
    ]


def test_a_look_at_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """The product's services beside the units of systemd, and the variables of Windows in place of systemd's."""
    monkeypatch.setattr(
        service_managers, "look_at_systemd", lambda *_: ({"windows.service": "loaded active"}, ("A=1",))
    )
    said = "Id=himds.service\nLoadState=loaded\nActiveState=active\nUnitFileState=enabled\n\nOS=Windows_NT\nTMP=t\n"

    assert _WINDOWS.look(("himds",), Path(), lambda *_: said) == (
        {"windows.service": "loaded active", "himds.service": "active enabled"}, ("OS=Windows_NT", "TMP=t"),
    )  # fmt: skip


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
