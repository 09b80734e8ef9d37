"""Resource Health: is a machine heard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from simulator.app import Cloud
from simulator.clock import Clock, arm_time
from simulator.resources.alerts import resolved
from simulator.resources.entities import Alert, Machine
from simulator.resources.machines import heard
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


def test_history_has_each_silence(arm: Arm, make_machine: Make, cloud_store: Store, cloud: Cloud, clock: Clock) -> None:
    """The present comes first, then what was before, the newest first."""
    key = make_machine()["id"]
    for silence in (600, 2000, 100):
        machine = cloud_store.get(Machine, key)
        assert machine is not None
        active = cloud_store.first(Alert, "active_on", key)
        cloud_store.apply(heard(machine, {}, clock.now()))
        if active is not None:
            cloud_store.apply(resolved(active, clock.now()))
        clock.advance(silence)
        cloud.due.settle()
    value = arm("GET", "{M}/box-1/providers/Microsoft.ResourceHealth/availabilityStatuses").json()["value"]

    assert [(item["properties"]["availabilityState"], item["properties"]["occuredTime"][11:19]) for item in value] == [
        ("Available", "00:43:20"), ("Unavailable", "00:25:00"), ("Available", "00:00:00"),
    ]  # fmt: skip
    assert [item["name"] for item in value] == ["current", "2026-01-01+00%3a25%3a00Z", "2026-01-01+00%3a00%3a00Z"]


def test_actions_are_recommended_to_who_asks(arm: Arm, make_machine: Make, cloud_store: Store, clock: Clock) -> None:
    """Only with `$expand`, and only while there is something to do."""
    key = make_machine()["id"]
    machine = cloud_store.get(Machine, key)
    assert machine is not None
    cloud_store.apply(heard(machine, {}, clock.now()))
    path = f"{key}/providers/Microsoft.ResourceHealth/availabilityStatuses/current"
    wanted = {"$expand": "recommendedActions"}
    counts = [len(arm("GET", path, params=wanted).json()["properties"]["recommendedActions"])]
    clock.advance(900)
    counts.append(len(arm("GET", path, params=wanted).json()["properties"]["recommendedActions"]))

    assert counts == [0, 1]
    assert "recommendedActions" not in arm("GET", path).json()["properties"]


def test_a_long_list_has_pages(arm: Arm, make_machine: Make) -> None:
    """A page has as many machines as the case says."""
    for number in range(4):
        make_machine(f"box-{number}", number)
    first = arm("GET", "{S}/providers/Microsoft.ResourceHealth/availabilityStatuses").json()

    assert (len(first["value"]), len(arm("GET", first["nextLink"]).json()["value"])) == (3, 1)


def test_a_machine_that_is_not_there(arm: Arm) -> None:
    """It has no health."""
    assert arm("GET", "{M}/box-9/providers/Microsoft.ResourceHealth/availabilityStatuses").status_code == 404
