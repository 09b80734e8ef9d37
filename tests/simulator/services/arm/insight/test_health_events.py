"""Events of Azure's services, as the lab lets them happen and clients read them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from simulator.clock import arm_time
from tests.simulator.conftest import OTHER_SUBSCRIPTION, SUBSCRIPTION, StillClock

Arm = Callable[..., httpx.Response]
Control = Callable[..., httpx.Response]
Make = Callable[..., dict[str, Any]]
EVENTS = "/providers/Microsoft.ResourceHealth/events"


def happen(control: Control, name: str, **more: Any) -> None:
    """Let an event happen."""
    control("PUT", "/health-events", json={"id": name, "title": name, **more}).raise_for_status()


def listed(arm: Arm, scope: str = "{S}", **params: str) -> list[str]:
    """Give the ids that a scope lists."""
    return [event["name"] for event in arm("GET", f"{scope}{EVENTS}", params=params).json()["value"]]


@pytest.mark.parametrize("scope", ["", "{S}", "{M}/box-1"])
def test_nothing_happens_unasked(arm: Arm, make_machine: Make, scope: str) -> None:
    """Events are an empty list, of the tenant, a subscription, a resource."""
    make_machine()

    assert listed(arm, scope) == []


def test_an_event(arm: Arm, control: Control, clock: StillClock) -> None:
    """It begins with the first word of it, is changed by the next, and ends when that says so."""
    began = clock.now()
    happen(control, "LAB1-XYZ", summary="We look into it.", level="Critical", regions=["eastus"])
    active = arm("GET", f"{{S}}{EVENTS}/lab1-xyz").json()
    clock.advance(60)
    happen(control, "lab1-xyz", status="Resolved", regions=["eastus"])
    resolved = arm("GET", f"{EVENTS}/LAB1-XYZ").json()["properties"]

    assert active == {
        "id": f"{EVENTS}/LAB1-XYZ", "name": "LAB1-XYZ", "type": EVENTS,
        "properties": {
            "eventType": "ServiceIssue", "eventSource": "ServiceHealth", "status": "Active", "title": "LAB1-XYZ",
            "summary": "We look into it.", "level": "Critical", "impactStartTime": arm_time(began),
            "lastUpdateTime": arm_time(began),
            "impact": [{"impactedService": "Azure Arc enabled servers", "impactedRegions": [{
                "impactedRegion": "East US", "status": "Active", "impactedSubscriptions": [],
                "lastUpdateTime": arm_time(began),
            }]}],
        },
    }  # fmt: skip
    assert (resolved["status"], resolved["impactStartTime"]) == ("Resolved", arm_time(began))
    assert resolved["impactMitigationTime"] == resolved["lastUpdateTime"] == arm_time(began + 60)


def test_whose_events_are_listed(arm: Arm, control: Control, make_machine: Make, clock: StillClock) -> None:
    """A subscription's own and everybody's, the newest first; a resource's are those of its region."""
    make_machine()
    for name, more in (
        ("all", {}), ("mine", {"subscriptions": [SUBSCRIPTION.upper()], "regions": ["westeurope"]}),
        ("theirs", {"subscriptions": [OTHER_SUBSCRIPTION]}), ("here", {"regions": ["eastus"]}),
    ):  # fmt: skip
        happen(control, name, **more)
        clock.advance(1)

    assert listed(arm) == listed(arm, "") == ["here", "mine", "all"]
    assert listed(arm, "{M}/box-1") == ["here", "all"]
    assert arm("GET", f"{{S}}{EVENTS}/theirs").json()["error"]["code"] == "EventNotFound"


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"$filter": "properties/status eq 'Active'"}, ["new", "both"]),
        ({"$filter": "eventType eq 'plannedmaintenance' or status eq 'Resolved'"}, ["new", "old"]),
        ({"$filter": "service eq 'Azure Policy' or region eq 'West Europe'"}, ["both", "old"]),
        ({"queryStartTime": "1/1/2020"}, ["new", "both", "old"]),
        ({"queryStartTime": "2999-01-01T00:00:00Z"}, []),
    ],
)
def test_filters(arm: Arm, control: Control, clock: StillClock, params: dict[str, str], expected: list[str]) -> None:
    """What clients ask for by type, status, service, region and time."""
    happen(control, "old", status="Resolved", service="Azure Policy")
    clock.advance(1)
    happen(control, "both", regions=["eastus", "westeurope"])
    clock.advance(1)
    happen(control, "new", type="PlannedMaintenance")

    assert listed(arm, **params) == expected


@pytest.mark.parametrize("params", [{"$filter": "colour eq 'x'"}, {"queryStartTime": "soon"}])
def test_what_cannot_be_asked(arm: Arm, control: Control, params: dict[str, str]) -> None:
    """A mistake in the query is refused."""
    happen(control, "any")

    assert arm("GET", f"{{S}}{EVENTS}", params=params).status_code == 400


def test_what_is_not_there(arm: Arm) -> None:
    """Neither an event nor the events of a machine."""
    assert arm("GET", f"{{S}}{EVENTS}/TRACK-1").json()["error"]["code"] == "EventNotFound"
    assert arm("GET", f"{{M}}/box-9{EVENTS}").json()["error"]["code"] == "ResourceNotFound"
