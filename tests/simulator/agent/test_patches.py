"""Assessment counts what is pending; installation takes what is asked for, in time, and tells of the rest."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

Import = Callable[[str], ModuleType]
Install = Callable[[dict[str, Any]], dict[str, Any]]
PENDING = {"kernel": "Critical", "openssl": "Security", "bash": "Other", "bash-doc": "Other", "vim": "Other"}


class Manager:
    """A package manager: what is pending, what it has installed, which package it cannot."""

    name = "APT"

    def __init__(self) -> None:
        self.installed: list[str] = []
        self.waiting = dict(PENDING)
        self.bad: BaseException | None = None
        self.reboot = False

    def pending(self) -> dict[str, str]:
        """Give what is pending."""
        return self.waiting

    def install(self, package: str) -> None:
        """Install, all but openssl where there is an error for it."""
        if self.bad and package == "openssl":
            raise self.bad
        self.installed.append(package)

    def needs_reboot(self) -> bool:
        """Say whether to reboot."""
        return self.reboot


@pytest.fixture
def manager() -> Manager:
    """Give the package manager."""
    return Manager()


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty folder, the only one in which programs are looked for."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


@pytest.fixture
def install(agent_module: Import, manager: Manager, tmp_path: Path) -> Install:
    """Give what carries out an installation with that package manager."""
    progress = str(tmp_path / "progress" / "patches.json")
    return lambda operation: agent_module("patches").install(operation, manager, progress)  # type: ignore[no-any-return]


def operation(duration: str = "PT1H", reboot: str = "Never", **parameters: list[str]) -> dict[str, Any]:
    """Give an installation."""
    return {"operationId": "op-1", "maximumDuration": duration, "rebootSetting": reboot, "linuxParameters": parameters}


def test_assessment(agent_module: Import, manager: Manager) -> None:
    """Each classification has its number."""
    manager.reboot = True

    assert agent_module("patches").assess({}, manager, "") == {
        "patchServiceUsed": "APT", "rebootPending": True,
        "availablePatchCountByClassification": {"critical": 1, "security": 1, "other": 3},
    }  # fmt: skip


def test_installation(install: Install, manager: Manager) -> None:
    """Asked-for classifications and masks are installed, but for what is excluded."""
    result = install(operation(
        classificationsToInclude=["Critical", "Security"], packageNameMasksToInclude=["bash*"],
        packageNameMasksToExclude=["*-doc"],
    ))  # fmt: skip

    assert manager.installed == ["bash", "kernel", "openssl"]
    assert result == {
        "patchServiceUsed": "APT", "installedPatchCount": 3, "failedPatchCount": 0, "pendingPatchCount": 0,
        "excludedPatchCount": 1, "notSelectedPatchCount": 1, "maintenanceWindowExceeded": False,
        "rebootStatus": "NotNeeded",
    }  # fmt: skip


def test_without_a_wish_all_is_installed(install: Install, manager: Manager) -> None:
    """No parameters at all mean everything."""
    install({key: value for key, value in operation().items() if key != "linuxParameters"})

    assert manager.installed == sorted(PENDING)


def test_one_that_fails_does_not_stop_the_others(agent_module: Import, install: Install, manager: Manager) -> None:
    """It is counted."""
    manager.bad = agent_module("errors").AgentError(1, "no")
    result = install(operation())

    assert (result["installedPatchCount"], result["failedPatchCount"], len(manager.installed)) == (4, 1, 4)


def test_what_was_broken_off_goes_on(install: Install, manager: Manager) -> None:
    """An update that ends the agent is installed nevertheless, and is counted by the agent that comes after it."""
    manager.bad = SystemExit("ended by an update")
    with pytest.raises(SystemExit):
        install(operation(packageNameMasksToInclude=["bash", "openssl", "vim"]))
    manager.bad, manager.waiting = None, {"vim": "Other", "later": "Other", **PENDING}
    del manager.waiting["openssl"], manager.waiting["bash"]
    result = install(operation(packageNameMasksToInclude=["bash", "openssl", "vim"]))

    assert manager.installed == ["bash", "vim"]
    assert (result["installedPatchCount"], result["failedPatchCount"], result["notSelectedPatchCount"]) == (3, 0, 2)


def test_another_operation_begins_anew(install: Install, manager: Manager) -> None:
    """What an earlier one has chosen is its own."""
    install(operation(packageNameMasksToInclude=["bash"]))
    manager.waiting = {"vim": "Other"}

    assert install({**operation(), "operationId": "op-2"})["installedPatchCount"] == 1
    assert manager.installed == ["bash", "vim"]


def test_when_the_time_is_over_nothing_more_is_begun(install: Install, manager: Manager) -> None:
    """What is left is pending, and the window exceeded."""
    result = install(operation("PT0S"))

    assert (result["pendingPatchCount"], result["maintenanceWindowExceeded"], manager.installed) == (5, True, [])


@pytest.mark.parametrize(
    ("setting", "needed", "program", "expected"),
    [
        ("Never", False, "", "NotNeeded"), ("Never", True, "", "Required"), ("IfRequired", False, "", "NotNeeded"),
        ("IfRequired", True, "exit 0", "Started"), ("Always", False, "exit 0", "Started"),
        ("Always", True, "exit 1", "Failed"), ("Always", True, "", "Failed"),
    ],
)  # fmt: skip
@pytest.mark.process
def test_reboots(
    install: Install, manager: Manager, path: Path, *, setting: str, needed: bool, program: str, expected: str
) -> None:
    """A reboot is ordered as the setting says; no machine is rebooted here."""
    if program:
        (path / "shutdown").write_text(f"#!/bin/sh\necho $@ > {path}/ordered\n{program}\n")
        (path / "shutdown").chmod(0o755)
    manager.reboot = needed
    result = install(operation(reboot=setting))
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
