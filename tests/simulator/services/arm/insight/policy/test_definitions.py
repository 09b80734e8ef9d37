"""Definitions of policies: built in, of one's own, and of others."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.app import Cloud
from tests.simulator.services.arm.insight.policy.asking import (
    ADMINISTRATOR,
    ASSIGNMENTS,
    AUDIT_AMA,
    BUILT_IN,
    LINUX,
    TRIGGER,
    Arm,
    Assign,
    Make,
    states,
)


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
    ("condition", "found"),
    [({"value": None, "exists": "false"}, "NonCompliant"), ({"field": "tags.x", "equals": None}, "NonCompliant"),
     ({"field": "tags.x", "notEquals": None}, "Compliant")],
)  # fmt: skip
def test_null_in_a_rule(arm: Arm, assign: Assign, make_machine: Make, condition: dict[str, Any], found: str) -> None:
    """It is a value as any other: it is kept, and machines are judged by it."""
    make_machine()
    kind = {"field": "type", "equals": "Microsoft.HybridCompute/machines"}
    rule = {"if": {"allOf": [kind, condition]}, "then": {"effect": "audit", "details": {"x": None}}}
    more = {"metadata": {"owner": None}, "parameters": {"p": {"type": "String", "defaultValue": "a", "x": None}}}
    made = arm("PUT", "{S}" + BUILT_IN + "null", json={"properties": {"policyRule": rule, **more}}).json()
    assign(made["id"], properties={"parameters": {"p": {"value": None}}}).raise_for_status()
    arm("POST", "{G}" + TRIGGER).raise_for_status()

    assert {name: made["properties"][name] for name in ("policyRule", *more)} == {"policyRule": rule, **more}
    assert states(arm) == [("box-1", found)]


@pytest.mark.parametrize("absent", [{}, {"defaultValue": None}, {"allowedValues": None}])
def test_a_parameter_whose_default_is_null_has_none(arm: Arm, assign: Assign, absent: dict[str, Any]) -> None:
    """An assignment has to give it."""
    rule = {"if": {"field": "name", "equals": "x"}, "then": {"effect": "[parameters('effect')]", "details": None}}
    body = {"properties": {"policyRule": rule, "parameters": {"effect": {"type": "String", **absent}}}}
    made = arm("PUT", "{S}" + BUILT_IN + "null", json=body)

    assert made.status_code == 201
    assert assign(made.json()["id"]).json()["error"]["code"] == "MissingPolicyParameter"


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
