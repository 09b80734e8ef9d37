"""Alert rules and action groups: what is sent to whom when a machine falls silent and when it returns."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from simulator.clock import Clock
from simulator.due import Due
from simulator.notices import notices_of
from simulator.resources.alerts import resolved
from simulator.resources.entities import Alert, Machine, Notice
from simulator.resources.machines import heard
from simulator.store import Store
from tests.simulator.conftest import SUBSCRIPTION

Arm = Callable[..., httpx.Response]
Make = Callable[..., dict[str, Any]]
GROUP = "{G}/providers/Microsoft.Insights/actionGroups/ops"
RULE = "{G}/providers/Microsoft.Insights/activityLogAlerts/silence"


def group(**properties: Any) -> dict[str, Any]:
    """Give the body of an action group with one webhook."""
    hook = {"name": "hook", "serviceUri": "https://hook.example/a", "useCommonAlertSchema": True}
    return {"location": "Global", "properties": {"groupShortName": "ops", "webhookReceivers": [hook], **properties}}


def rule(*leaves: dict[str, Any], **properties: Any) -> dict[str, Any]:
    """Give the body of a rule about Resource Health with more conditions."""
    all_of = [{"field": "category", "equals": "ResourceHealth"}, *leaves]
    actions = {"actionGroups": [{"actionGroupId": "GROUP", "webhookProperties": {"team": "arc"}}]}
    kept = {"scopes": [f"/subscriptions/{SUBSCRIPTION}"], "condition": {"allOf": all_of}, "actions": actions}
    return {"location": "Global", "properties": {**kept, **properties}}


@pytest.fixture
def set_up(arm: Arm) -> Callable[..., dict[str, Any]]:
    """Give a function that makes the action group and a rule which tells it."""

    def set_up(wanted: dict[str, Any], of: dict[str, Any] | None = None) -> dict[str, Any]:
        made = arm("PUT", GROUP, json=of or group()).raise_for_status().json()
        wanted["properties"]["actions"]["actionGroups"][0]["actionGroupId"] = made["id"].upper()
        found: dict[str, Any] = arm("PUT", RULE, json=wanted).raise_for_status().json()
        return found

    return set_up


@pytest.fixture
def live(make_machine: Make, cloud_store: Store, clock: Clock) -> Callable[[], list[tuple[str, dict[str, Any]]]]:
    """Give a function that lets a machine fall silent and return; it gives what was posted, and where to."""

    def live() -> list[tuple[str, dict[str, Any]]]:
        posted: list[tuple[str, dict[str, Any]]] = []

        async def post(url: str, body: dict[str, Any]) -> int:
            posted.append((url, body))
            return 200

        async def go() -> None:
            due = Due(cloud_store, post)
            hear()
            clock.advance(1200)
            due.settle()
            await due.delivered()
            hear()
            active = cloud_store.first(Alert, "active_on", key)
            assert active is not None
            cloud_store.apply(resolved(active, clock.now(), lambda *news: notices_of(cloud_store, *news)))
            due.settle()
            await due.delivered()

        def hear() -> None:
            machine = cloud_store.get(Machine, key)
            assert machine is not None
            cloud_store.apply(heard(machine, {}, clock.now()))

        key = make_machine()["id"]
        asyncio.run(go())
        return posted

    return live


def conditions(posted: list[tuple[str, dict[str, Any]]]) -> list[str]:
    """List what bodies of the common schema tell."""
    return [body["data"]["essentials"]["monitorCondition"] for _, body in posted]


Live = Callable[[], list[tuple[str, dict[str, Any]]]]
SetUp = Callable[..., dict[str, Any]]


def test_a_rule_tells_its_group_of_silence_and_return(set_up: SetUp, live: Live, cloud_store: Store) -> None:
    """The body names the rule; each delivery is an event; nothing is left to be sent."""
    set_up(rule(description="a server is down"))
    posted = live()
    essentials = posted[0][1]["data"]["essentials"]
    events = [event for event in cloud_store.events if event.operation == "alerts.notify"]

    assert [url for url, _ in posted] == ["https://hook.example/a"] * 2
    assert conditions(posted) == ["Fired", "Resolved"]
    assert (essentials["alertRule"], essentials["description"]) == ("silence", "a server is down")
    assert [(event.kind, event.data["status"]) for event in events] == [("webhook", 200)] * 2
    assert (cloud_store.all(Notice), cloud_store.all(Alert)[0].deliveries) == ([], 1)


@pytest.mark.parametrize(
    ("leaves", "told"),
    [
        ([{"field": "properties.currentHealthStatus", "equals": "Unavailable"},
          {"field": "properties.previousHealthStatus", "equals": "available"}], ["Fired"]),
        ([{"field": "status", "equals": "Resolved"}], ["Resolved"]),
        ([{"anyOf": [{"field": "status", "equals": "Active"}, {"field": "status", "equals": "Resolved"}]}],
         ["Fired", "Resolved"]),
        ([{"field": "properties.currentHealthStatus", "containsAny": ["Degraded", "Unavailable"]}], ["Fired"]),
        ([{"field": "resourceType", "equals": "Microsoft.Compute/virtualMachines"}], []),
        ([{"anyOf": [{"field": "resourceType", "equals": "microsoft.hybridcompute/machines"}]},
          {"field": "level", "equals": "Critical"}], ["Fired"]),
        ([{"field": "caller", "equals": "x"}], []),
    ],
)  # fmt: skip
def test_conditions(set_up: SetUp, live: Live, leaves: list[dict[str, Any]], told: list[str]) -> None:
    """All conditions have to hold, of several in `anyOf` one; what an event lacks does not hold."""
    set_up(rule(*leaves))

    assert conditions(live()) == told


@pytest.mark.parametrize(
    "properties",
    [
        {"enabled": False},
        {"scopes": [f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"]},
    ],
)
def test_a_rule_that_is_not_about_it(set_up: SetUp, live: Live, properties: dict[str, Any]) -> None:
    """A rule that is off, or about another place, tells nobody; a group's name that begins alike is another place."""
    set_up(rule(**properties))

    assert live() == []


def test_a_group_that_is_off(set_up: SetUp, live: Live) -> None:
    """Nobody in it is told."""
    set_up(rule(), group(enabled=False))

    assert live() == []


def test_a_receiver_without_the_common_schema(set_up: SetUp, live: Live) -> None:
    """It gets the older form, with the properties that the rule adds."""
    hook = {"name": "old", "serviceUri": "https://hook.example/old"}
    set_up(rule(), group(webhookReceivers=[hook]))
    (_, body), *_ = live()
    activity = body["data"]["context"]["activityLog"]

    assert (body["schemaId"], body["data"]["properties"]) == ("Microsoft.Insights/activityLogs", {"team": "arc"})
    assert (activity["status"], activity["properties"]["currentHealthStatus"]) == ("Active", "Unavailable")
    assert activity["resourceId"].endswith("/machines/box-1")


def test_a_rule_that_is_switched_off_by_patch(arm: Arm, set_up: SetUp, live: Live) -> None:
    """PATCH changes `enabled` and leaves the rest as it is."""
    made = set_up(rule())
    after = arm("PATCH", RULE, json={"properties": {"enabled": False}}).json()

    assert after["properties"] == {**made["properties"], "enabled": False}
    assert live() == []


def test_resources_of_both_types(arm: Arm, set_up: SetUp) -> None:
    """201, then 200; they are listed in their group and their subscription."""
    first = arm("PUT", GROUP, json=group())
    second = arm("PUT", GROUP, json=group())
    made = set_up(rule())
    listed = arm("GET", "{S}/providers/Microsoft.Insights/activityLogAlerts").json()["value"]

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["properties"]["emailReceivers"] == []
    assert listed == [made]
    assert arm("DELETE", RULE).status_code == 200


@pytest.mark.parametrize(
    ("path", "body", "place"),
    [
        (GROUP, {"properties": {}}, "groupShortName"),
        (GROUP, group(groupShortName="thirteen char"), "groupShortName"),
        (GROUP, group(webhookReceivers=[{"name": "a", "serviceUri": "ftp://x"}]), "serviceUri"),
        (RULE, {"properties": {"scopes": [], "condition": {"allOf": []}}}, "scopes"),
        (RULE, {"properties": {"scopes": ["/x"], "condition": {"allOf": [{"field": "status"}]}}}, "category"),
        (RULE, {"properties": {"scopes": [f"/subscriptions/{SUBSCRIPTION[:-1]}3"], "condition": {"allOf": [
            {"field": "category", "equals": "ResourceHealth"}]}}}, "is not in the subscription"),
    ],
)  # fmt: skip
def test_a_body_that_cannot_be_used(arm: Arm, path: str, body: dict[str, Any], place: str) -> None:
    """The refusal names what is wrong."""
    answer = arm("PUT", path, json={"location": "Global", **body})

    assert answer.status_code == 400
    assert place in answer.json()["error"]["message"]


def test_a_slow_webhook_of_a_group_delays_nobody(
    set_up: SetUp, make_machine: Make, cloud_store: Store, clock: Clock
) -> None:
    """While it is slow the cloud goes on; when the cloud ends the notice stays, and the next one sends it."""
    set_up(rule())
    key = make_machine()["id"]
    machine = cloud_store.get(Machine, key)
    assert machine is not None
    cloud_store.apply(heard(machine, {}, clock.now()))
    clock.advance(900)

    async def never(url: str, body: dict[str, Any]) -> int:
        await asyncio.sleep(60)
        return 200

    async def end() -> None:
        due = Due(cloud_store, never)
        due.settle()
        await asyncio.sleep(0)
        due.settle()
        await due.close()

    asyncio.run(end())

    assert [notice.url for notice in cloud_store.all(Notice)] == ["https://hook.example/a"]
