"""Servers start, say when they are ready, and end; what they spend is read from the kernel."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.bench.cloud import servers
from harness.bench.cloud.servers import ask, empty_handler, moto_environment, our_cloud
from harness.errors import EnvironmentProblem, LabError

pytestmark = pytest.mark.process


def test_the_empty_handler_answers_nothing() -> None:
    """It takes the request of the bench with 200 and no body, and has used some time and memory."""
    with empty_handler() as server:
        assert ask(server, "GET", "/") == b""
        assert server.spent_s() > 0
        assert server.resident_bytes() > 1_000_000
        with pytest.raises(LabError, match="404"):
            ask(server, "GET", "/nothing")
    assert not Path(f"/proc/{server.pid}").exists()


def test_a_cloud_says_when_it_is_ready(tmp_path: Path) -> None:
    """It has an address with TLS and one without, and its start has taken some time."""
    with our_cloud(tmp_path) as server:
        assert server.tls is not None
        assert server.tls.port != server.plain.port
        assert server.ready_s > 0


def test_a_cloud_that_does_not_start_is_an_error(tmp_path: Path) -> None:
    """An option that it refuses ends it before it is ready."""
    with pytest.raises(LabError, match="does not become ready"), our_cloud(tmp_path, "--nonsense"):
        raise AssertionError


def test_an_environment_that_was_made_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is made once from a lock file, and again from another one; what goes wrong is told."""
    lock = tmp_path / "lock"
    lock.write_text("")
    monkeypatch.setattr(servers, "_LOCK", lock)
    folder = moto_environment(tmp_path / "env")
    kept = folder / "mark"
    kept.write_text("")
    moto_environment(folder)

    assert kept.exists()

    lock.write_text("no-such-project-of-ours==1 --hash=sha256:00\n")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(EnvironmentProblem, match="cannot be installed"):
        moto_environment(folder)

    assert not kept.exists()

    monkeypatch.setattr(servers, "_LOCK", tmp_path / "none")
    with pytest.raises(EnvironmentProblem, match="needs a checkout"):
        moto_environment(folder)
