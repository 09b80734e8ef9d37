"""What machines lack is deployed or modified by the way that clients use, with the rights of an assignment."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.app import Cloud
from simulator.clock import Clock
from simulator.resources.entities import Extension, Operation, PolicyState
from simulator.resources.roles import ROLES
from tests.simulator.services.arm.insight.policy.asking import (
    ADMINISTRATOR,
    BUILT_IN,
    DEPLOY_AMA,
    LINUX,
    UPGRADE,
    Arm,
    Assign,
    Make,
    states,
)


def test_a_new_machine_gets_what_it_lacks(
    assign_with_role: Assign, make_machine: Make, cloud: Cloud, clock: Clock
) -> None:
    """15 minutes after it was made the extension is asked for, as by a client: an operation waits for the agent."""
    assign_with_role(BUILT_IN + DEPLOY_AMA, scope="{S}")
    make_machine("box-1", properties=LINUX)
    clock.advance(899)
    cloud.due.settle()
    early = cloud.store.all(Extension)
    clock.advance(1)
    cloud.due.settle()
    (extension,), (operation,) = cloud.store.all(Extension), cloud.store.all(Operation)

    assert early == []
    assert (extension.name, extension.state) == ("AzureMonitorLinuxAgent", "Creating")
    assert (operation.action, operation.status, operation.machine) == (
        "extensions.install",
        "InProgress",
        extension.machine,
    )
    assert extension.system_data.created_by.kind == "ManagedIdentity"


@pytest.mark.parametrize(("effect", "mode"), [("Disabled", "Default"), ("DeployIfNotExists", "DoNotEnforce")])
def test_what_is_not_enforced_is_not_deployed(
    assign_with_role: Assign, make_machine: Make, cloud: Cloud, effect: str, mode: str
) -> None:
    """A rule that is off tells nothing; one that is not enforced tells who does not comply."""
    properties = {"parameters": {"effect": {"value": effect}}, "enforcementMode": mode}
    assign_with_role(BUILT_IN + DEPLOY_AMA, properties=properties)
    make_machine("box-1", properties=LINUX)
    cloud.store.clock.advance(900)
    cloud.due.settle()

    assert cloud.store.all(Extension) == []
    assert len(cloud.store.all(PolicyState)) == (effect != "Disabled")


@pytest.mark.parametrize(
    ("actions", "lacking"),
    [
        (["*/read"], "Microsoft.Resources/deployments/write"),
        (["Microsoft.HybridCompute/machines/*"], "Microsoft.Resources/deployments/write"),
        (["Microsoft.Resources/deployments/*"], "Microsoft.HybridCompute/machines/extensions/write"),
    ],
    ids=["reads", "extensions", "deployments"],
)
def test_an_identity_without_rights_deploys_nothing(
    arm: Arm, assign_with_role: Assign, cloud: Cloud, actions: list[str], lacking: str
) -> None:
    """The machine stays as it was, does not comply, and the event says what the identity may not do."""
    role = "00000000-0000-4000-8000-0000000000aa"
    body = {"properties": {"roleName": "own", "permissions": [{"actions": actions}]}}
    arm("PUT", f"{{S}}/providers/Microsoft.Authorization/roleDefinitions/{role}", json=body).raise_for_status()
    principal = assign_with_role(BUILT_IN + DEPLOY_AMA, role=role).json()["identity"]["principalId"]
    arm("PUT", "{M}/box-1", json={"location": "eastus", "properties": LINUX}).raise_for_status()
    cloud.store.clock.advance(900)
    cloud.due.settle()
    (event,) = [event for event in cloud.store.events if event.operation == "policy.deploy"]

    assert (cloud.store.all(Extension), states(arm)) == ([], [("box-1", "NonCompliant")])
    assert event.data["problem"].startswith(f"The client '{principal}' with object id '{principal}' does not have")
    assert f"'{lacking}'" in event.data["problem"]


def test_a_lock_holds_a_deployment(
    arm: Arm, assign_with_role: Assign, make_machine: Make, cloud: Cloud, clock: Clock
) -> None:
    """What a person could not write on a machine that is locked, a policy does not, either."""
    assign_with_role(BUILT_IN + DEPLOY_AMA)
    make_machine("box-1", properties=LINUX)
    lock = {"properties": {"level": "ReadOnly"}}
    arm("PUT", "{M}/box-1/providers/Microsoft.Authorization/locks/l", json=lock).raise_for_status()
    clock.advance(900)
    cloud.due.settle()
    (event,) = [event for event in cloud.store.events if event.operation == "policy.deploy"]

    assert cloud.store.all(Extension) == []
    assert "cannot perform write operation because following scope(s) are locked" in event.data["problem"]


def test_a_deployment_that_fails_is_told(
    arm: Arm, assign_with_role: Assign, make_machine: Make, cloud: Cloud, clock: Clock
) -> None:
    """While the machine is busy nothing else is begun, and the event says why."""
    assign_with_role(BUILT_IN + DEPLOY_AMA)
    make_machine("box-1", properties=LINUX)
    extension = {
        "location": "eastus",
        "properties": {"publisher": "Microsoft.Azure.Extensions", "type": "CustomScript"},
    }
    arm("PUT", "{M}/box-1/extensions/script", json=extension).raise_for_status()
    clock.advance(900)
    cloud.due.settle()
    (event,) = [event for event in cloud.store.events if event.operation == "policy.deploy"]

    assert "in progress" in event.data["problem"]
    assert len(cloud.store.all(Extension)) == 1


def test_a_machine_is_modified(
    arm: Arm, assign_with_role: Assign, make_machine: Make, cloud: Cloud, clock: Clock
) -> None:
    """15 minutes after it was made or changed, by the assignment's identity; the rest of it stays as it was."""
    assign_with_role(BUILT_IN + UPGRADE)
    make_machine("box-1", properties={**LINUX, "agentUpgrade": {"desiredVersion": "1.67"}}, tags={"a": "1"})
    clock.advance(899)
    cloud.due.settle()
    early = arm("GET", "{M}/box-1").json()["properties"]["agentUpgrade"]
    clock.advance(1)
    cloud.due.settle()
    after = arm("GET", "{M}/box-1").json()
    told = states(arm)
    clock.advance(900)
    cloud.due.settle()

    assert (told, states(arm)) == ([("box-1", "NonCompliant")], [("box-1", "Compliant")])
    assert early == {"enableAutomaticUpgrade": False, "desiredVersion": "1.67"}
    assert after["properties"]["agentUpgrade"] == {"enableAutomaticUpgrade": True, "desiredVersion": "1.67"}
    assert (after["tags"], after["systemData"]["lastModifiedByType"]) == ({"a": "1"}, "ManagedIdentity")


@pytest.mark.parametrize("hindrance", ["no right", "lock", "not enforced", "disabled"])
def test_a_machine_that_may_not_be_modified_stays(
    arm: Arm, assign_with_role: Assign, make_machine: Make, cloud: Cloud, hindrance: str
) -> None:
    """The event says why, where it was tried."""
    given: dict[str, Any] = {"not enforced": {"enforcementMode": "DoNotEnforce"},
                             "disabled": {"parameters": {"effect": {"value": "Disabled"}}}}  # fmt: skip
    role = ROLES["Reader"].id if hindrance == "no right" else ADMINISTRATOR
    assign_with_role(BUILT_IN + UPGRADE, role=role, properties=given.get(hindrance, {}))
    make_machine("box-1", properties=LINUX)
    if hindrance == "lock":
        lock = {"properties": {"level": "ReadOnly"}}
        arm("PUT", "{M}/box-1/providers/Microsoft.Authorization/locks/l", json=lock).raise_for_status()
    cloud.store.clock.advance(900)
    cloud.due.settle()
    told = [event.data.get("problem", "") for event in cloud.store.events if event.operation == "policy.modify"]

    assert arm("GET", "{M}/box-1").json()["properties"]["agentUpgrade"] == {"enableAutomaticUpgrade": False}
    assert [bool(problem) for problem in told] == ([True] if hindrance in ("no right", "lock") else [])
