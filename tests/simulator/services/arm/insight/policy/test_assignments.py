"""Assignments of policies: what they take, where they hold, and what goes with them."""

from __future__ import annotations

from simulator.resources.entities import Machine, PolicyState
from simulator.store import Store
from tests.simulator.services.arm.insight.policy.asking import (
    ASSIGNMENTS,
    BUILT_IN,
    DEPLOY_AMA,
    PRIVATE_LINK,
    TRIGGER,
    Arm,
    Assign,
    Make,
    states,
)


def test_an_assignment(arm: Arm, assign: Assign) -> None:
    """It has its scope and an identity with a number; an unknown definition and a lack of identity are refused."""
    made = assign(BUILT_IN + DEPLOY_AMA)
    body = made.json()

    assert (made.status_code, body["properties"]["scope"]) == (201, body["id"].rpartition("/providers/")[0])
    assert body["identity"]["principalId"] == assign(BUILT_IN + DEPLOY_AMA).json()["identity"]["principalId"]
    assert assign(BUILT_IN + "none").json()["error"]["code"] == "PolicyDefinitionNotFound"
    refused = assign(BUILT_IN + DEPLOY_AMA, identity=None)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "ResourceIdentityRequired")
    assert [one["name"] for one in arm("GET", "{G}" + ASSIGNMENTS[:-1]).json()["value"]] == ["a"]


def test_places_that_are_left_out(arm: Arm, assign: Assign, make_machine: Make) -> None:
    """`notScopes` leaves out; an assignment on a machine is about this one."""
    first, _ = make_machine("box-1")["id"], make_machine("box-10", 2)
    assign(BUILT_IN + PRIVATE_LINK, properties={"notScopes": [first]}).raise_for_status()
    assign(BUILT_IN + PRIVATE_LINK, "b", "{M}/box-1").raise_for_status()
    arm("POST", "{S}" + TRIGGER).raise_for_status()

    assert states(arm, "{G}" + ASSIGNMENTS + "a") == [("box-10", "NonCompliant")]
    assert states(arm, "{M}/box-1" + ASSIGNMENTS + "b") == [("box-1", "NonCompliant")]
    assert len(states(arm, "{S}" + BUILT_IN + PRIVATE_LINK)) == 2


def test_a_deleted_assignment_takes_its_states_along(
    arm: Arm, assign: Assign, make_machine: Make, cloud_store: Store
) -> None:
    """And a deleted machine's go at the next look."""
    make_machine()
    assign(BUILT_IN + PRIVATE_LINK).raise_for_status()
    assign(BUILT_IN + PRIVATE_LINK, "b").raise_for_status()
    arm("POST", "{S}" + TRIGGER).raise_for_status()
    deleted = arm("DELETE", "{G}" + ASSIGNMENTS + "a").raise_for_status()
    assert deleted.json()["name"] == "a"
    after = len(cloud_store.all(PolicyState))
    arm("DELETE", "{M}/box-1").raise_for_status()
    arm("POST", "{S}" + TRIGGER).raise_for_status()

    assert (after, cloud_store.all(PolicyState), cloud_store.all(Machine)) == (1, [], [])
