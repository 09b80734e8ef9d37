"""drop orders the connection to be broken; that it is broken is shown over real sockets in test_server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from simulator.errors import Dropped


def test_it_orders_to_break_off(apply: Callable[..., Any]) -> None:
    """There is no answer."""
    with pytest.raises(Dropped):
        asyncio.run(apply("drop"))
