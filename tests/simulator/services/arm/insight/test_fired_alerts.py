"""Alerts as people see them: who has fired what, and what was made of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from simulator.app import Cloud
from simulator.clock import Clock, arm_time
from simulator.resources.alerts import resolved
from simulator.resources.entities import Alert, AlertRule, InboxMessage, Machine
from simulator.resources.machines import heard
from simulator.resources.transition import Transition
from simulator.store import Store

Arm = Callable[..., httpx.Response]
Make = Callable[..., dict[str, Any]]
Silence = Callable[..., str]
_ALERTS = "/providers/Microsoft.AlertsManagement/alerts"
_RULES = "{G}/providers/Microsoft.Insights/activityLogAlerts/"


@pytest.fixture
def silence(arm: Arm, make_machine: Make, cloud_store: Store, cloud: Cloud, clock: Clock) -> Silence:
    """Give what lets a new machine be heard once and no more for some seconds, and gives its ARM id."""
    arm("POST", "{S}/providers/Microsoft.Insights/register")
    arm("POST", "{S}/providers/Microsoft.AlertsManagement/register")

    def fall_silent(seconds: int, name: str = "box-1", number: int = 1) -> str:
        key = str(make_machine(name, number)["id"])
        machine = cloud_store.get(Machine, key)
        assert machine is not None
        cloud_store.apply(heard(machine, {}, clock.now()))
        clock.advance(seconds)
        cloud.due.settle()
        return key

    return fall_silent


def make_rule(arm: Arm, name: str, scope: str = "{S}", description: str = "") -> str:
    """Make a rule on Resource Health, and give its ARM id."""
    group = arm("GET", "{G}").json()["id"]
    subscription = group.partition("/resourceGroups")[0]
    condition = {"allOf": [{"field": "category", "equals": "ResourceHealth"}]}
    properties = {"scopes": [scope.format(S=subscription, G=group)], "condition": condition, "description": description}
    made = arm("PUT", _RULES + name, json={"location": "global", "properties": properties})
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def names(answer: httpx.Response) -> list[str]:
    """Give the names of what is listed."""
    return [item["name"] for item in answer.json()["value"]]


def test_each_rule_has_an_alert(arm: Arm, silence: Silence, clock: Clock) -> None:
    """One that is about another group has none, and without a rule there is none."""
    silence(1000)
    assert arm("GET", "{S}" + _ALERTS).json()["value"] == []
    rule = make_rule(arm, "silence", description="It is silent.")
    make_rule(arm, "too", "{G}")
    make_rule(arm, "elsewhere", "{S}/resourceGroups/elsewhere")
    fired = clock.now() + 900
    machine = silence(1000, "box-2", 2)
    found = {item["name"]: item for item in arm("GET", "{S}" + _ALERTS).json()["value"]}

    assert sorted(found) == ["silence", "too"]
    assert found["silence"]["id"].startswith(f"{machine}{_ALERTS}/")
    assert found["silence"]["properties"]["essentials"] == {
        "severity": "Sev4", "signalType": "Log", "alertState": "New", "monitorCondition": "Fired",
        "monitorService": "Resource Health", "targetResource": machine.lower(), "targetResourceName": "box-2",
        "targetResourceGroup": "rg1", "targetResourceType": "microsoft.hybridcompute/machines", "alertRule": rule,
        "sourceCreatedId": found["silence"]["id"].rpartition("/")[2], "startDateTime": arm_time(fired),
        "lastModifiedDateTime": arm_time(fired), "lastModifiedUserName": "System",
        "actionStatus": {"isSuppressed": False}, "description": "It is silent.",
    }  # fmt: skip


def test_somebody_closes_an_alert(arm: Arm, silence: Silence, clock: Clock) -> None:
    """State, who and when are told, and the history of it; another alert stays new, and the condition as it was."""
    make_rule(arm, "one")
    make_rule(arm, "two")
    machine = silence(1000)
    place = arm("GET", f"{machine}{_ALERTS}").json()["value"][0]["id"]
    clock.advance(60)
    seen = arm("POST", f"{place}/changestate", params={"newState": "Acknowledged"}).json()["properties"]["essentials"]
    closed = arm(
        "POST", f"{place}/changestate", params={"newState": "closed"}, json={"comments": "It was switched off."}
    )
    told = arm("GET", f"{place}/history").json()["properties"]["modifications"]

    assert (seen["alertState"], seen["lastModifiedDateTime"]) == ("Acknowledged", arm_time(clock.now()))
    assert seen["lastModifiedUserName"] not in ("", "System")
    assert closed.json()["properties"]["essentials"]["alertState"] == "Closed"
    assert [(one["modificationEvent"], one["oldValue"], one["newValue"], one["comments"]) for one in told] == [
        ("AlertCreated", "", "", ""), ("StateChange", "New", "Acknowledged", ""),
        ("StateChange", "Acknowledged", "Closed", "It was switched off."),
    ]  # fmt: skip
    assert len(names(arm("GET", "{S}" + _ALERTS, params={"alertState": "New"}))) == 1
    assert arm("GET", place).json()["properties"]["essentials"]["monitorCondition"] == "Fired"


def test_a_state_that_it_has_already(arm: Arm, silence: Silence) -> None:
    """Nothing has changed, so its history says nothing."""
    make_rule(arm, "one")
    place = arm("GET", f"{silence(1000)}{_ALERTS}").json()["value"][0]["id"]
    answers = [arm("POST", f"{place}/changestate", params={"newState": "Acknowledged"}) for _ in range(2)]
    told = arm("GET", f"{place}/history").json()["properties"]["modifications"]

    assert answers[0].json() == answers[1].json()
    assert [one["modificationEvent"] for one in told] == ["AlertCreated", "StateChange"]


def test_an_alert_outlives_its_machine(arm: Arm, silence: Silence, clock: Clock) -> None:
    """It is found where it lies, from above, and not where it does not lie."""
    make_rule(arm, "one")
    machine, other = silence(1000), silence(0, "box-2", 2)
    assert arm("DELETE", machine).status_code == 202
    clock.advance(600)
    assert arm("GET", machine).status_code == 404
    shown = arm("GET", "{G}" + _ALERTS).json()["value"][0]
    number = shown["id"].rpartition("/")[2]

    assert arm("GET", shown["id"]).json()["id"] == shown["id"]
    assert arm("GET", "{S}" + f"{_ALERTS}/{number.upper()}").json()["id"] == shown["id"]
    assert arm("GET", f"{other}{_ALERTS}/{number}").json()["error"]["code"] == "AlertNotFound"
    assert arm("GET", f"{machine}{_ALERTS}/nobody").json()["error"]["code"] == "ResourceNotFound"


def test_a_return_resolves_it(arm: Arm, silence: Silence, cloud_store: Store, cloud: Cloud, clock: Clock) -> None:
    """It stays listed, with the moment; the webhook of the lab's own rule has called it by the same id."""
    cloud_store.apply(Transition("test.rule", (AlertRule(key="rule", webhook="cloud"),)))
    machine = silence(1000)
    clock.advance(60)
    held, active = cloud_store.get(Machine, machine), cloud_store.first(Alert, "active_on", machine)
    assert held is not None
    assert active is not None
    cloud_store.apply(heard(held, {}, clock.now()))
    cloud_store.apply(resolved(active, clock.now()))
    cloud.due.settle()
    found = arm("GET", f"{machine}{_ALERTS}", params={"monitorCondition": "Resolved", "includeContext": "true"})
    one = found.json()["value"][0]

    assert one["name"] == "disconnected machine"
    assert one["properties"]["essentials"]["monitorConditionResolvedDateTime"] == arm_time(clock.now())
    assert one["properties"]["context"]["status"] == "Resolved"
    assert {message.body["data"]["essentials"]["alertId"] for message in cloud_store.all(InboxMessage)} == {one["id"]}
    told = arm("GET", f"{one['id']}/history").json()["properties"]["modifications"]
    assert [each["modificationEvent"] for each in told] == ["AlertCreated", "MonitorConditionChange"]


def test_what_a_list_leaves_out(arm: Arm, silence: Silence, clock: Clock) -> None:
    """A day counts when none is named; parameters choose by what is told."""
    make_rule(arm, "one")
    silence(1000)
    clock.advance(2 * 86400)
    since, until = arm_time(clock.now() - 3 * 86400), arm_time(clock.now())

    def listed(**params: str) -> int:
        return len(names(arm("GET", "{S}" + _ALERTS, params=params)))

    assert (listed(), listed(timeRange="7d"), listed(customTimeRange=f"{since}/{until}")) == (0, 1, 1)
    assert listed(customTimeRange=f"{since}/{since}") == 0
    assert (listed(timeRange="7d", severity="Sev4"), listed(timeRange="7d", severity="Sev0")) == (1, 0)
    assert listed(timeRange="7d", targetResourceType="Microsoft.HybridCompute/machines") == 1
    assert listed(timeRange="7d", monitorCondition="Resolved") == 0
    assert listed(timeRange="7D", severity="sev4", sortOrder="DESC", pageCount="25", includeContext="False") == 1


def test_lists_are_sorted(arm: Arm, silence: Silence) -> None:
    """By name from A to Z, or the other way round."""
    for name in ("b", "a", "c"):
        make_rule(arm, name)
    silence(1000)

    assert names(arm("GET", "{S}" + _ALERTS, params={"sortBy": "name"})) == ["a", "b", "c"]
    assert names(arm("GET", "{S}" + _ALERTS, params={"sortBy": "Name", "sortOrder": "desc"})) == ["c", "b", "a"]


def test_a_summary_counts(arm: Arm, silence: Silence) -> None:
    """Values that no alert has are there, with 0; what is in them is counted, too."""
    make_rule(arm, "one")
    silence(1000)
    asked = {"groupby": "severity,alertState"}
    body = arm("GET", "{S}/providers/Microsoft.AlertsManagement/alertsSummary", params=asked).json()
    counts = {each["name"]: each for each in body["properties"]["values"]}

    assert (body["name"], body["properties"]["groupedby"], body["properties"]["total"]) == ("current", "severity", 1)
    assert {name: each["count"] for name, each in counts.items()} == {
        "Sev0": 0, "Sev1": 0, "Sev2": 0, "Sev3": 0, "Sev4": 1
    }  # fmt: skip
    assert counts["Sev4"]["values"] == [
        {"name": "New", "count": 1}, {"name": "Acknowledged", "count": 0}, {"name": "Closed", "count": 0}
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("alerts", {"timeRange": "2d"}), ("alerts", {"customTimeRange": "now"}), ("alerts", {"sortBy": "colour"}),
        ("alerts", {"customTimeRange": "a/b"}), ("alerts", {"sortOrder": "up"}), ("alerts", {"pageCount": "x"}),
        ("alerts", {"pageCount": "251"}), ("alerts", {"severity": "Sev9"}), ("alerts", {"alertState": "Lost"}),
        ("alerts", {"monitorCondition": "New"}), ("alerts", {"includeContext": "1"}),
        ("alertsSummary", {"groupby": "colour"}), ("alertsSummary", {}),
        ("alertsSummary", {"groupby": "severity,alertState,Severity"}),
    ],
)  # fmt: skip
def test_wrong_parameters(arm: Arm, path: str, params: dict[str, str]) -> None:
    """They are named."""
    answer = arm("GET", f"{{S}}/providers/Microsoft.AlertsManagement/{path}", params=params)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BadRequest")


def test_what_is_not_there(arm: Arm, silence: Silence) -> None:
    """An alert that nobody knows, and a state that there is not."""
    make_rule(arm, "one")
    machine = silence(1000)
    place = arm("GET", f"{machine}{_ALERTS}").json()["value"][0]["id"]

    assert arm("GET", f"{machine}{_ALERTS}/nobody").json()["error"]["code"] == "AlertNotFound"
    assert arm("POST", f"{place}/changestate", params={"newState": "Lost"}).status_code == 400
    kinds = "/providers/Microsoft.AlertsManagement/alertsMetaData"
    assert arm("GET", kinds, params={"identifier": "MonitorServiceList"}).json()["properties"]["data"]
    assert arm("GET", kinds, params={"identifier": "x"}).status_code == 400
