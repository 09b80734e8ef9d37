"""Machines are looked at when it is due or on request; what was found can be asked for."""

from __future__ import annotations

import msgspec

from simulator.app import Cloud
from simulator.clock import Clock
from simulator.resources.entities import Extension
from simulator.resources.transition import Transition
from simulator.store import Store
from tests.simulator.services.arm.insight.policy.asking import (
    AUDIT_AMA,
    BUILT_IN,
    LINUX,
    PRIVATE_LINK,
    QUERY,
    TRIGGER,
    Arm,
    Assign,
    Make,
    states,
)


def test_evaluation_on_request(arm: Arm, assign: Assign, make_machine: Make, cloud_store: Store) -> None:
    """A machine without the extension does not comply; with it, once it is installed, it does."""
    make_machine("box-1", properties=LINUX)
    make_machine("box-2", 2, properties={"vmId": "7e1c2d34-0000-4000-8000-000000000002", "osName": "windows"})
    assign(BUILT_IN + AUDIT_AMA, scope="{S}").raise_for_status()
    before = states(arm)
    begun = arm("POST", "{S}" + TRIGGER)
    audited = states(arm)
    extension = {
        "location": "eastus",
        "properties": {"publisher": "Microsoft.Azure.Monitor", "type": "AzureMonitorLinuxAgent"},
    }
    arm("PUT", "{M}/box-1/extensions/ama", json=extension).raise_for_status()
    arm("POST", "{S}" + TRIGGER)
    creating = states(arm)
    installed = msgspec.structs.replace(cloud_store.all(Extension)[0], state="Succeeded")
    cloud_store.apply(Transition("test.install", (installed,)))
    arm("POST", "{S}" + TRIGGER)

    assert (before, begun.status_code) == ([], 202)
    assert arm("GET", begun.headers["location"]).json() == {"status": "Succeeded"}
    assert (audited, creating) == ([("box-1", "NonCompliant")], [("box-1", "NonCompliant")])
    assert states(arm) == [("box-1", "Compliant")]


def test_evaluation_by_the_clock(arm: Arm, assign: Assign, make_machine: Make, cloud: Cloud, clock: Clock) -> None:
    """An assignment is looked at after 5 minutes, then every 24 hours."""
    make_machine()
    assign(BUILT_IN + PRIVATE_LINK).raise_for_status()
    seen = []
    for wait in (299, 1, 86399, 1):
        clock.advance(wait)
        cloud.due.settle()
        seen.append(len([event for event in cloud.store.events if event.operation == "policy.evaluate"]))

    assert seen == [0, 1, 1, 2]
    assert states(arm, "{M}/box-1") == [("box-1", "NonCompliant")]


def test_questions(arm: Arm, assign: Assign, make_machine: Make) -> None:
    """Filter, order, columns and number of rows; what is no question is refused."""
    make_machine("box-1", properties={**LINUX, "privateLinkScopeResourceId": "/x"})
    make_machine("box-2", 2)
    assign(BUILT_IN + PRIVATE_LINK).raise_for_status()
    arm("POST", "{S}" + TRIGGER).raise_for_status()
    chosen = arm("POST", "{S}" + QUERY, params={"$select": "resourceId,isCompliant", "$top": "1"}).json()

    assert states(arm, **{"$filter": "complianceState eq 'NonCompliant'"}) == [("box-2", "NonCompliant")]
    assert [name for name, _ in states(arm, **{"$orderby": "resourceId desc"})] == ["box-2", "box-1"]
    assert states(arm, **{"$from": "2027-01-01T00:00:00Z"}) == []
    assert (chosen["@odata.count"], set(chosen["value"][0])) == (
        1, {"@odata.id", "@odata.context", "resourceId", "isCompliant"}
    )  # fmt: skip
    for params in ({"$top": "x"}, {"$orderby": "nothing"}, {"$filter": "a b"}, {"$apply": "x"}, {"$from": "'"}):
        assert arm("POST", "{S}" + QUERY, params=params).status_code == 400


def test_a_summary(arm: Arm, assign: Assign, make_machine: Make) -> None:
    """Counts in all and by assignment."""
    make_machine("box-1", properties={**LINUX, "privateLinkScopeResourceId": "/x"})
    make_machine("box-2", 2)
    assign(BUILT_IN + PRIVATE_LINK).raise_for_status()
    arm("POST", "{S}" + TRIGGER).raise_for_status()
    (summary,) = arm("POST", "{S}/providers/Microsoft.PolicyInsights/policyStates/latest/summarize").json()["value"]
    counts = {one["complianceState"]: one["count"] for one in summary["results"]["resourceDetails"]}

    assert (summary["results"]["nonCompliantResources"], counts) == (1, {"compliant": 1, "noncompliant": 1})
    assert summary["policyAssignments"][0]["results"]["nonCompliantPolicies"] == 1


def test_events_tell_when_a_state_began(arm: Arm, assign: Assign, make_machine: Make, clock: Clock) -> None:
    """A second look that finds the same is no event."""
    make_machine()
    assign(BUILT_IN + PRIVATE_LINK).raise_for_status()
    for _ in range(2):
        arm("POST", "{S}" + TRIGGER).raise_for_status()
        clock.advance(60)
    body = arm("POST", "{S}/providers/Microsoft.PolicyInsights/policyEvents/default/queryResults").json()

    assert [row["timestamp"][:19] for row in body["value"]] == ["2026-01-01T00:00:00"]
    assert "complianceState" not in body["value"][0]
