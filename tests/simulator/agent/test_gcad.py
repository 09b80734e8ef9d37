"""gcad reports of each assignment that it knows, and says in its log why it does not of others."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

Import = Callable[[str], ModuleType]


class Service:
    """A guest configuration service: what it hands out, and the bodies that it was told, by their paths."""

    def __init__(self) -> None:
        self.assigned: list[str] = []
        self.told: dict[str, Any] = {}

    def request(self, method: str, url: str, body: Any, headers: dict[str, str]) -> Any:
        """Answer the agent."""
        assert headers == {"Authorization": "Bearer t"}
        if method == "PUT":
            self.told[url.partition("/virtualMachines/")[2]] = body
            return SimpleNamespace(status=204)
        given = [{"name": name, "assignmentHash": "H", "configuration": {"name": name}} for name in self.assigned]
        return SimpleNamespace(status=200, json=lambda: {"assignments": given})


@pytest.fixture
def service() -> Service:
    """Give the service."""
    return Service()


@pytest.fixture
def gcad(service: Service, agent_module: Import, make_agent: Callable[..., Any], tmp_path: Path) -> Any:
    """Give the daemon of a connected machine."""
    daemon = agent_module("gcad").GuestConfiguration(*make_agent())
    daemon._client = service
    daemon._identity = SimpleNamespace(
        agent=lambda: {"vmId": "v", "location": "eastus"}, token=lambda _: {"access_token": "t"}
    )
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/passwd").touch(0o600)
    return daemon


def test_what_is_known_is_reported(gcad: Any, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the hash of what was assigned, times and findings; then it waits for a quarter of an hour."""
    monkeypatch.setattr(time, "time", lambda: 1_767_225_600.5)
    service.assigned = ["PasswordPolicy_msid121"]
    gcad.poll()
    told = service.told["v/assignments/PasswordPolicy_msid121/report?api-version=2026-01-01"]

    assert (told["assignmentHash"], told["startTime"]) == ("H", "2026-01-01T00:00:00Z")
    assert [found["complianceStatus"] for found in told["resources"]] == ["NonCompliant"]
    assert gcad.due() == 1_767_226_500.5


def test_what_is_not_known_keeps_nothing_from_being_reported(gcad: Any, service: Service, tmp_path: Path) -> None:
    """Neither does what cannot be looked at; the log names both."""
    service.assigned = ["AzureLinuxBaseline", "PasswordPolicy_msid232", "PasswordPolicy_msid121"]
    gcad.poll()
    log = (tmp_path / "var/lib/GuestConfig/arc_policy_logs/gc_agent.log").read_text()

    assert [path.split("/")[2] for path in service.told] == ["PasswordPolicy_msid121"]
    assert "AzureLinuxBaseline is no configuration that this agent knows." in log
    assert "The audit of PasswordPolicy_msid232 failed" in log


@pytest.mark.parametrize("setting", ['{"guestconfiguration.enabled": false}', '{"config.mode": "monitor"}'])
def test_it_can_be_switched_off(gcad: Any, tmp_path: Path, setting: str) -> None:
    """Then nothing is due."""
    local = tmp_path / "var/opt/azcmagent/localconfig.json"
    local.parent.mkdir(parents=True, exist_ok=True)
    local.write_text(json.dumps(json.loads(setting)))

    assert gcad.due() == float("inf")
