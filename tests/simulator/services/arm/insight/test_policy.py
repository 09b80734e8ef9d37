"""Policies: assigned, looked at when they are due or on request, deployed by the way that clients use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import msgspec
import pytest

from simulator.app import Cloud
from simulator.clock import Clock
from simulator.resources.entities import Extension, Machine, Operation, PolicyState
from simulator.resources.roles import ROLES
from simulator.resources.transition import Transition
from simulator.store import Store

Arm = Callable[..., httpx.Response]
Make = Callable[..., dict[str, Any]]
Assign = Callable[..., httpx.Response]
BUILT_IN = "/providers/Microsoft.Authorization/policyDefinitions/"
DEPLOY_AMA, AUDIT_AMA = "845857af-0333-4c5d-bbbc-6076697da122", "f17d891d-ff20-46f2-bad3-9e0a5403a4d3"
UPGRADE = "f9dfba6f-7430-4214-a666-342b3d3d0d62"
PRIVATE_LINK = "efa3f296-ff2b-4f38-bc0d-5ef12c965b68"
ASSIGNMENTS = "/providers/Microsoft.Authorization/policyAssignments/"
QUERY = "/providers/Microsoft.PolicyInsights/policyStates/latest/queryResults"
TRIGGER = "/providers/Microsoft.PolicyInsights/policyStates/latest/triggerEvaluation"
IDENTITY = {"identity": {"type": "SystemAssigned"}, "location": "eastus"}
LINUX = {"vmId": "7e1c2d34-0000-4000-8000-000000000001", "osName": "linux"}
ADMINISTRATOR = ROLES["Azure Connected Machine Resource Administrator"].id


@pytest.fixture
def assign(arm: Arm) -> Assign:
    """Give a function that assigns a definition to a scope."""

    def assign(definition: str, name: str = "a", scope: str = "{G}", **more: Any) -> httpx.Response:
        properties = {"policyDefinitionId": definition, **more.pop("properties", {})}
        return arm("PUT", f"{scope}{ASSIGNMENTS}{name}", json={"properties": properties, **IDENTITY, **more})

    return assign


@pytest.fixture
def assign_with_role(arm: Arm, assign: Assign) -> Assign:
    """Give the same, where the identity of the assignment gets a role at its scope."""

    def assign_and_grant(definition: str, scope: str = "{G}", role: str = ADMINISTRATOR, **more: Any) -> httpx.Response:
        made = assign(definition, scope=scope, **more).raise_for_status()
        body = {"properties": {"roleDefinitionId": role, "principalId": made.json()["identity"]["principalId"]}}
        place = f"{scope}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-4000-8000-000000000001"
        arm("PUT", place, json=body).raise_for_status()
        return made

    return assign_and_grant


def extension(publisher: str, kind: str) -> dict[str, Any]:
    """Give the body of an extension."""
    return {"location": "eastus", "properties": {"publisher": publisher, "type": kind}}


def states(arm: Arm, scope: str = "{S}", **params: str) -> list[tuple[str, str]]:
    """Give name of the resource and state of each row."""
    body = arm("POST", scope + QUERY, params=params).raise_for_status().json()
    return [(row["resourceId"].rpartition("/")[2], row["complianceState"]) for row in body["value"]]


def test_built_in_definitions(arm: Arm) -> None:
    """They are listed and got, of the tenant and below a subscription."""
    listed = arm("GET", "/providers/Microsoft.Authorization/policyDefinitions").json()["value"]
    one = arm("GET", BUILT_IN + AUDIT_AMA).json()

    assert one in listed
    assert one["properties"]["policyType"] == "BuiltIn"
    assert arm("GET", "{S}" + BUILT_IN + AUDIT_AMA.upper()).json() == one
    assert arm("GET", BUILT_IN + "none").status_code == 404


def test_a_definition_of_ones_own(arm: Arm, assign: Assign, make_machine: Make) -> None:
    """Who is silent does not comply with a rule that audits the status."""
    make_machine()
    rule = {"if": {"allOf": [{"field": "type", "equals": "Microsoft.HybridCompute/machines"},
                             {"field": "Microsoft.HybridCompute/machines/status", "notEquals": "Connected"}]},
            "then": {"effect": "[parameters('effect')]"}}  # fmt: skip
    body = {"properties": {"policyRule": rule, "parameters": {"effect": {"type": "String"}}, "displayName": "heard"}}
    made = arm("PUT", "{S}" + BUILT_IN + "heard", json=body)
    key = made.json()["id"]
    lacking = assign(key)
    assign(key, properties={"parameters": {"effect": {"value": "Audit"}}}).raise_for_status()
    arm("POST", "{G}" + TRIGGER).raise_for_status()

    assert (made.status_code, made.json()["properties"]["policyType"]) == (201, "Custom")
    assert (lacking.status_code, lacking.json()["error"]["code"]) == (400, "MissingPolicyParameter")
    assert states(arm) == [("box-1", "NonCompliant")]
    assert len(arm("GET", "{S}" + BUILT_IN[:-1], params={"$filter": "policyType eq 'Custom'"}).json()["value"]) == 1


@pytest.mark.parametrize(
    "rule", [{}, {"if": {}}, {"if": {"field": "name", "equals": "x"}},
             {"if": {"count": {}}, "then": {"effect": "audit"}},
             {"if": {"field": "name", "equals": "x"}, "then": {"effect": "[frob()]"}},
             {"if": {"field": "name", "equals": "x"}, "then": "audit"}],
)  # fmt: skip
def test_a_rule_that_cannot_be_run(arm: Arm, rule: dict[str, Any]) -> None:
    """It is refused when it is made."""
    answer = arm("PUT", "{S}" + BUILT_IN + "x", json={"properties": {"policyRule": rule}})

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "InvalidPolicyRule")


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


@pytest.mark.parametrize(
    "operation",
    [
        {"operation": "remove", "field": "Microsoft.HybridCompute/machines/kind"},
        {"operation": "addOrReplace", "field": "tags['a']", "value": "1"},
    ],
)
def test_an_operation_that_is_not_imitated_says_so(
    arm: Arm, assign_with_role: Assign, make_machine: Make, cloud: Cloud, operation: dict[str, Any]
) -> None:
    """The machine stays as it was."""
    details = {"roleDefinitionIds": [ADMINISTRATOR], "operations": [operation]}
    rule = {"if": {"field": "type", "equals": "Microsoft.HybridCompute/machines"},
            "then": {"effect": "modify", "details": details}}  # fmt: skip
    made = arm("PUT", "{S}/providers/Microsoft.Authorization/policyDefinitions/own",
               json={"properties": {"policyRule": rule}}).raise_for_status().json()  # fmt: skip
    assign_with_role(made["id"])
    before = make_machine("box-1", properties=LINUX)
    cloud.store.clock.advance(900)
    cloud.due.settle()
    (event,) = [event for event in cloud.store.events if event.operation == "policy.modify"]

    assert "is not imitated" in event.data["problem"]
    assert arm("GET", "{M}/box-1").json()["tags"] == before["tags"]


def test_places_that_are_left_out(arm: Arm, assign: Assign, make_machine: Make) -> None:
    """`notScopes` leaves out; an assignment on a machine is about this one."""
    first, _ = make_machine("box-1")["id"], make_machine("box-10", 2)
    assign(BUILT_IN + PRIVATE_LINK, properties={"notScopes": [first]}).raise_for_status()
    assign(BUILT_IN + PRIVATE_LINK, "b", "{M}/box-1").raise_for_status()
    arm("POST", "{S}" + TRIGGER).raise_for_status()

    assert states(arm, "{G}" + ASSIGNMENTS + "a") == [("box-10", "NonCompliant")]
    assert states(arm, "{M}/box-1" + ASSIGNMENTS + "b") == [("box-1", "NonCompliant")]
    assert len(states(arm, "{S}" + BUILT_IN + PRIVATE_LINK)) == 2


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


def test_a_definition_of_another_tenant(arm: Arm) -> None:
    """It is not there for anybody else's assignments, and neither is an assignment for anybody else's remediations."""
    rule = {"if": {"field": "name", "equals": "x"}, "then": {"effect": "audit"}}
    made = arm("PUT", "{S}" + BUILT_IN + "own", json={"properties": {"policyRule": rule}}).json()["id"]
    elsewhere = "/subscriptions/0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00b4"
    body = {"properties": {"policyDefinitionId": made}}
    assignment = arm("PUT", "{S}" + ASSIGNMENTS + "a", json=body).raise_for_status().json()["id"]
    foreign = arm("PUT", f"{elsewhere}{ASSIGNMENTS}a", json=body, who="neighbour")
    remediation = f"{elsewhere}/providers/Microsoft.PolicyInsights/remediations/r"
    fixed = arm("PUT", remediation, json={"properties": {"policyAssignmentId": assignment}}, who="neighbour")

    assert [answer.json()["error"]["code"] for answer in (foreign, fixed)] == [
        "PolicyDefinitionNotFound", "PolicyAssignmentNotFound",
    ]  # fmt: skip
