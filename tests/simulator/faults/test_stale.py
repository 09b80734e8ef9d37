"""stale lets a read be answered from what the cloud remembered when the fault was armed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx

from simulator.app import Cloud
from simulator.call import Call
from simulator.contract import Fault


def test_it_names_the_state(apply: Callable[..., Any], call: Call) -> None:
    """The state is the one that was kept with the fault."""
    asyncio.run(apply("stale"))

    assert call.earlier_state == "000000007"


def test_reads_are_late(
    cloud: Cloud, arm: Callable[..., httpx.Response], make_machine: Callable[..., dict[str, Any]]
) -> None:
    """What was made after is not there yet for two reads, what was deleted still is; then everything is as it is."""
    make_machine("gone")
    cloud.faults.add(Fault("stale", operation="machines.*", first=4))
    make_machine("new", 2)
    arm("DELETE", "{M}/gone")
    found = [arm("GET", f"{{M}}/{name}").status_code for name in ("new", "gone") * 3]

    assert found == [404, 200, 404, 200, 200, 404]


def test_a_cleared_fault_is_not_late(
    cloud: Cloud, arm: Callable[..., httpx.Response], make_machine: Callable[..., dict[str, Any]]
) -> None:
    """Another fault of the kind has a state of its own."""
    cloud.faults.add(Fault("stale"))
    make_machine()
    before = arm("GET", "{M}/box-1").status_code
    cloud.faults.clear()
    between = arm("GET", "{M}/box-1").status_code
    cloud.faults.add(Fault("stale"))
    arm("DELETE", "{M}/box-1")

    assert (before, between, arm("GET", "{M}/box-1").status_code) == (404, 200, 200)
