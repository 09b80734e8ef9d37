"""The daemons' loop."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from types import ModuleType

import pytest


def test_what_is_due_now_is_done(agent_module: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch) -> None:
    """A moment that was read from the clock when it was asked for is not later than now; a later one waits."""
    monkeypatch.setattr("time.time", itertools.count().__next__)
    moments = iter([lambda: float("inf"), time.time])

    def due() -> float:
        return next(moments)()

    def work() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        agent_module("service").run_forever(due, work, 0)
    assert list(moments) == []
