"""Programs that the host needs are installed where they are missing, or named with their packages."""

from __future__ import annotations

import pytest

from harness.errors import EnvironmentProblem
from harness.substrate import host_packages


def _host(monkeypatch: pytest.MonkeyPatch, *, is_root: bool) -> list[list[str]]:
    installed: list[list[str]] = []
    monkeypatch.setattr(host_packages, "can_install", lambda: is_root)
    monkeypatch.setattr(host_packages, "install_on_host", lambda packages, _: installed.append([*packages]))
    return installed


def test_installs_only_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that is there stays as it is."""
    installed = _host(monkeypatch, is_root=True)

    host_packages.ensure_programs({"sh": "dash", "no-such-tool": "tools"}, "a test", lambda _: None)

    assert installed == [["tools"]]


def test_nothing_is_done_where_all_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """apt is not asked."""
    installed = _host(monkeypatch, is_root=True)

    host_packages.ensure_programs({"sh": "dash"}, "a test", lambda _: None)

    assert installed == []


def test_says_what_to_install_where_it_may_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """The program, what it is for, and the command."""
    _host(monkeypatch, is_root=False)

    with pytest.raises(EnvironmentProblem, match="'no-such-tool' is missing, and needed for a test") as raised:
        host_packages.ensure_programs({"no-such-tool": "tools"}, "a test", lambda _: None)
    assert "apt-get install tools" in str(raised.value)
