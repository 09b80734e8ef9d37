"""The daemons' loop."""

from __future__ import annotations

import itertools
import threading
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


def test_a_clock_that_is_set_back_delays_nothing(
    agent_module: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was due in two days by the wrong clock is done at once; what is never due is not."""
    clock = iter([200_000.0, 200_001.0, 1_000.0, 1_001.0, 500.0])
    monkeypatch.setattr("time.time", clock.__next__)
    moments = iter([200_300.0, float("inf"), 1_300.0, 1_300.0])
    worked: list[float] = []

    def due() -> float:
        worked.append(0)
        return next(moments)

    def work() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        agent_module("service").run_forever(due, work, 0)
    assert len(worked) == 4


def test_what_another_thread_has_just_done_is_not_done_again(agent_module: Callable[[str], ModuleType]) -> None:
    """It is not looked what is due while another thread holds the lock, nor worked without it."""
    lock = threading.RLock()
    looked: list[float] = []

    def another_can_work() -> bool:
        taken: list[bool] = []
        thread = threading.Thread(target=lambda: taken.append(lock.acquire(blocking=False)))
        thread.start()
        thread.join()
        return taken[0]

    def due() -> float:
        looked.append(another_can_work())
        return 0.0

    def work() -> None:
        looked.append(another_can_work())
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        agent_module("service").run_forever(due, work, 0, lock)
    assert looked == [False, False]
