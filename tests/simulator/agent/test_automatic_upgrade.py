"""The daily job upgrades nothing until it is switched on; then it does, and keeps how it went."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

Make = Callable[..., Any]
_NEWER = "1.68.00000.1"


class _Manager:
    """A package manager that has an update of the agent pending, or not; `brings` is the version that comes of it."""

    def __init__(self, release_file: str) -> None:
        self.pending_names = {"azcmagent": "Other"}
        self.installed: list[str] = []
        self.brings = _NEWER
        self.bad: Exception | None = None
        self._release_file = Path(release_file)

    def pending(self) -> dict[str, str]:
        """Give what is pending."""
        return self.pending_names

    def install(self, package: str) -> None:
        """Install it, or fail."""
        if self.bad:
            raise self.bad
        self.installed.append(package)
        facts = json.loads(self._release_file.read_text())
        self._release_file.write_text(json.dumps({**facts, "version": self.brings}))


@pytest.fixture
def job(make_agent: Make, agent_module: Callable[[str], ModuleType], tmp_path: Path) -> SimpleNamespace:
    """Give a 1.57 machine whose switch is on: its manager, its state, and `run`, which gives exit and attempt."""
    paths, _ = make_agent("1.57")
    (tmp_path / "var/opt/azcmagent").mkdir(parents=True)
    state = Path(paths.agent_state)
    state.write_text(json.dumps({"automaticUpgrade": True}))
    manager = _Manager(paths.release)

    def run() -> tuple[int, dict[str, Any] | None]:
        status = agent_module("automatic_upgrade").run(paths, lambda _: manager)
        attempt = Path(paths.upgrade_attempt)
        return status, json.loads(attempt.read_text()) if attempt.exists() else None

    return SimpleNamespace(run=run, manager=manager, state=state, make_agent=make_agent)


def test_upgrades_and_keeps_how_it_went(job: SimpleNamespace) -> None:
    """The version is what the package brought."""
    status, attempt = job.run()
    moment = attempt.pop("lastAttemptTimestamp")

    assert (status, job.manager.installed) == (0, ["azcmagent"])
    assert attempt == {"lastAttemptStatus": "Success", "lastAttemptDesiredVersion": _NEWER}
    assert moment.endswith("Z")


@pytest.mark.parametrize("state", ["{}", '{"automaticUpgrade": false}', ""], ids=["never told", "off", "no state"])
def test_does_nothing_while_it_is_off(job: SimpleNamespace, state: str) -> None:
    """As every machine is unless Azure has said otherwise."""
    job.state.write_text(state)

    assert (job.run(), job.manager.installed) == ((0, None), [])


def test_a_release_before_the_preview_does_nothing(job: SimpleNamespace) -> None:
    """Whatever it was told."""
    job.make_agent("1.50")

    assert (job.run(), job.manager.installed) == ((0, None), [])


def test_nothing_pending_is_no_attempt(job: SimpleNamespace) -> None:
    """So is a version that an administrator holds, which no package manager lists."""
    job.manager.pending_names = {"bash": "Security"}

    assert (job.run(), job.manager.installed) == ((0, None), [])


def test_a_failure_is_kept_and_tried_again(job: SimpleNamespace, agent_module: Callable[[str], ModuleType]) -> None:
    """With the package manager's words; the next run succeeds."""
    job.manager.bad = agent_module("errors").AgentError(1, "the disk is full")
    status, attempt = job.run()

    assert (status, attempt["lastAttemptStatus"], attempt["lastAttemptMessage"]) == (1, "Failed", "the disk is full")

    job.manager.bad = None
    status, attempt = job.run()

    assert (status, attempt["lastAttemptStatus"], "lastAttemptMessage" in attempt) == (0, "Success", False)


def test_a_success_that_changes_nothing_is_a_failure(job: SimpleNamespace) -> None:
    """The version says whether the agent was upgraded, not the package manager."""
    job.manager.brings = "1.57.03197.640"
    status, attempt = job.run()

    assert (status, attempt["lastAttemptStatus"]) == (1, "Failed")
    assert "the version is still 1.57.03197.640" in attempt["lastAttemptMessage"]
