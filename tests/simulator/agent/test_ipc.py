"""The command line asks himds, also one that has just been started."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest


def test_a_daemon_that_starts_is_waited_for(
    agent_module: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    """First there is no socket, then nobody listens on it, then it answers."""
    ipc, pauses = agent_module("ipc"), list[float]()
    answers: list[Any] = [FileNotFoundError(), ConnectionRefusedError(), {"version": "1"}]

    def answer(path: str, request: dict[str, Any], timeout_s: float) -> Any:
        assert (path, request, timeout_s) == ("/s", {"command": "status", "why": "asked"}, 10)
        found = answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(ipc, "_answer", answer)
    monkeypatch.setattr("time.sleep", pauses.append)

    assert ipc.ask(SimpleNamespace(socket="/s"), "status", timeout_s=10, patience_s=60, why="asked") == {"version": "1"}
    assert len(pauses) == 2


@pytest.mark.parametrize("patience_s", [0, 0.1])
def test_a_daemon_that_does_not_run_is_silent(
    agent_module: Callable[[str], ModuleType], tmp_path: Path, patience_s: float
) -> None:
    """At once, or when the patience is over."""
    ipc = agent_module("ipc")

    with pytest.raises(ipc.DaemonSilentError, match="No such file"):
        ipc.ask(SimpleNamespace(socket=str(tmp_path / "s")), "status", patience_s=patience_s)
