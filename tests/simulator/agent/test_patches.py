"""Assessment counts what is pending; installation takes what is asked for, in time, and tells of the rest."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

Import = Callable[[str], ModuleType]
PENDING = {"kernel": "Critical", "openssl": "Security", "bash": "Other", "bash-doc": "Other", "vim": "Other"}


class Manager:
    """A package manager: what is pending, what it has installed, which package it cannot."""

    name = "APT"

    def __init__(self) -> None:
        self.installed: list[str] = []
        self.bad: Exception | None = None
        self.reboot = False

    def pending(self) -> dict[str, str]:
        """Give what is pending."""
        return PENDING

    def install(self, package: str) -> None:
        """Install, all but openssl where there is an error for it."""
        if self.bad and package == "openssl":
            raise self.bad
        self.installed.append(package)

    def needs_reboot(self) -> bool:
        """Say whether to reboot."""
        return self.reboot


@pytest.fixture
def manager(agent_module: Import, monkeypatch: pytest.MonkeyPatch) -> Manager:
    """Give the package manager that the agent finds."""
    found = Manager()
    monkeypatch.setattr(agent_module("patches"), "package_manager", lambda: found)
    return found


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty folder, the only one in which programs are looked for."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def operation(duration: str = "PT1H", reboot: str = "Never", **parameters: list[str]) -> dict[str, Any]:
    """Give an installation."""
    return {"maximumDuration": duration, "rebootSetting": reboot, "linuxParameters": parameters}


def test_assessment(agent_module: Import, manager: Manager) -> None:
    """Each classification has its number."""
    manager.reboot = True

    assert agent_module("patches").assess({}) == {
        "patchServiceUsed": "APT", "rebootPending": True,
        "availablePatchCountByClassification": {"critical": 1, "security": 1, "other": 3},
    }  # fmt: skip


def test_installation(agent_module: Import, manager: Manager) -> None:
    """Asked-for classifications and masks are installed, but for what is excluded."""
    result = agent_module("patches").install(operation(
        classificationsToInclude=["Critical", "Security"], packageNameMasksToInclude=["bash*"],
        packageNameMasksToExclude=["*-doc"],
    ))  # fmt: skip

    assert manager.installed == ["bash", "kernel", "openssl"]
    assert result == {
        "patchServiceUsed": "APT", "installedPatchCount": 3, "failedPatchCount": 0, "pendingPatchCount": 0,
        "excludedPatchCount": 1, "notSelectedPatchCount": 1, "maintenanceWindowExceeded": False,
        "rebootStatus": "NotNeeded",
    }  # fmt: skip


def test_without_a_wish_all_is_installed(agent_module: Import, manager: Manager) -> None:
    """No parameters at all mean everything."""
    agent_module("patches").install({"maximumDuration": "PT1H", "rebootSetting": "Never"})

    assert manager.installed == sorted(PENDING)


def test_one_that_fails_does_not_stop_the_others(agent_module: Import, manager: Manager) -> None:
    """It is counted."""
    manager.bad = agent_module("errors").AgentError(1, "no")
    result = agent_module("patches").install(operation())

    assert (result["installedPatchCount"], result["failedPatchCount"], len(manager.installed)) == (4, 1, 4)


def test_when_the_time_is_over_nothing_more_is_begun(agent_module: Import, manager: Manager) -> None:
    """What is left is pending, and the window exceeded."""
    result = agent_module("patches").install(operation("PT0S"))

    assert (result["pendingPatchCount"], result["maintenanceWindowExceeded"], manager.installed) == (5, True, [])


@pytest.mark.parametrize(
    ("setting", "needed", "program", "expected"),
    [
        ("Never", False, "", "NotNeeded"), ("Never", True, "", "Required"), ("IfRequired", False, "", "NotNeeded"),
        ("IfRequired", True, "exit 0", "Started"), ("Always", False, "exit 0", "Started"),
        ("Always", True, "exit 1", "Failed"), ("Always", True, "", "Failed"),
    ],
)  # fmt: skip
def test_reboots(
    agent_module: Import, manager: Manager, path: Path, *, setting: str, needed: bool, program: str, expected: str
) -> None:
    """A reboot is ordered as the setting says; no machine is rebooted here."""
    if program:
        (path / "shutdown").write_text(f"#!/bin/sh\necho $@ > {path}/ordered\n{program}\n")
        (path / "shutdown").chmod(0o755)
    manager.reboot = needed
    result = agent_module("patches").install(operation(reboot=setting))
    ordered = path / "ordered"

    assert result["rebootStatus"] == expected
    assert (ordered.read_text().strip() if ordered.exists() else "") == ("-r +1" if program else "")


@pytest.mark.parametrize(
    ("text", "seconds"), [("PT4H", 14400), ("PT1H30M", 5400), ("P1DT1S", 86401), ("PT0S", 0), ("PT90M", 5400)]
)
def test_durations(agent_module: Import, text: str, seconds: int) -> None:
    """ISO 8601 without years and months."""
    assert agent_module("patches").seconds_of(text) == seconds


def test_a_duration_that_is_none(agent_module: Import) -> None:
    """It is refused."""
    with pytest.raises(agent_module("errors").AgentError):
        agent_module("patches").seconds_of("4 hours")
