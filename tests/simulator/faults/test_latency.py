"""latency holds a request for true time, and others go on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any


def test_it_waits_and_lets_others_go_on(apply: Callable[..., Any]) -> None:
    """Two requests wait at the same time, and are answered then."""

    async def wait_twice() -> tuple[float, list[None]]:
        started = time.monotonic()
        found = await asyncio.gather(*(apply("latency", delay_s=0.2) for _ in range(2)))
        return time.monotonic() - started, found

    took_s, found = asyncio.run(wait_twice())

    assert 0.19 <= took_s < 0.39
    assert found == [None, None]
