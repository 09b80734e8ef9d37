"""Resource Health: is a machine heard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from simulator.clock import arm_time
from simulator.resources.entities import Machine
from simulator.resources.transition import Transition
from simulator.store import Store

Arm = Callable[..., httpx.Response]
Make = Callable[..., dict[str, Any]]


@pytest.mark.parametrize(
    ("silence", "state"), [(None, "Unknown"), (0, "Available"), (900, "Unavailable"), (45 * 86400, "Unavailable")]
)
def test_health_follows_the_status(
    arm: Arm, make_machine: Make, cloud_store: Store, silence: int | None, state: str
) -> None:
    """Health has one check: whether the agent is heard."""
    make_machine()
    now = cloud_store.clock.now()
    machine = cloud_store.all(Machine)[0]
    heard = {} if silence is None else {"last_heartbeat": now - silence, "status_since": now - silence}
    after = Machine(**{**{name: getattr(machine, name) for name in machine.__struct_fields__}, **heard})
    cloud_store.apply(Transition("test.hear", (after,)))
    body = arm("GET", "{M}/box-1/providers/Microsoft.ResourceHealth/availabilityStatuses/current").json()

    assert (body["properties"]["availabilityState"], body["name"]) == (state, "current")
    assert body["properties"]["reportedTime"] == arm_time(now)


def test_health_of_one_machine_lists_one(arm: Arm, make_machine: Make) -> None:
    """A machine whose name begins alike is not listed with it; the group lists both."""
    make_machine("box-1", 1)
    make_machine("box-10", 10)
    health = "/providers/Microsoft.ResourceHealth/availabilityStatuses"

    assert len(arm("GET", "{M}/box-1" + health).json()["value"]) == 1
    assert len(arm("GET", "{G}" + health).json()["value"]) == 2
