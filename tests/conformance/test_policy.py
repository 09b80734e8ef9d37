"""Azure Policy, by azure-mgmt-resource-policy and azure-mgmt-policyinsights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError
from azure.mgmt.authorization import AuthorizationManagementClient
from azure.mgmt.hybridcompute import HybridComputeManagementClient
from azure.mgmt.policyinsights import PolicyInsightsClient
from azure.mgmt.resource.policy import PolicyClient

from tests.conformance.conftest import GROUP, SUBSCRIPTION
from tests.conformance.machine import Machine

Client = Callable[..., Any]
#: Built in: configures machines with Linux to run the Azure Monitor agent.
MONITOR = "845857af-0333-4c5d-bbbc-6076697da122"
ADMINISTRATOR = "/providers/Microsoft.Authorization/roleDefinitions/cd570a14-e51a-42ad-bac8-bafd67325302"


def test_a_policy_is_assigned_and_evaluated(client: Client, machine: Machine) -> None:
    """A machine without a tag does not comply, with it it does."""
    policy, insights = client(PolicyClient, SUBSCRIPTION), client(PolicyInsightsClient, SUBSCRIPTION)
    rule = {"if": {"allOf": [{"field": "type", "equals": "Microsoft.HybridCompute/machines"},
                             {"field": "tags['owner']", "exists": "false"}]},
            "then": {"effect": "audit"}}  # fmt: skip
    wanted = {"properties": {"displayName": "has an owner", "mode": "Indexed", "policyRule": rule}}
    definition = policy.policy_definitions.create_or_update("owner", wanted)
    assert policy.policy_definitions.get("owner").id == definition.id
    assert "owner" in [item.name for item in policy.policy_definitions.list()]
    scope = machine.id.lstrip("/")
    assigned = policy.policy_assignments.create(scope, "owner", {"properties": {"policyDefinitionId": definition.id}})
    assert policy.policy_assignments.get(scope, "owner").id == assigned.id
    changed = policy.policy_assignments.update(scope, "owner", {"location": "eastus", "identity": {"type": "None"}})
    assert (changed.id, changed.display_name) == (assigned.id, assigned.display_name)

    insights.policy_states.begin_trigger_resource_group_evaluation(SUBSCRIPTION, GROUP).result()
    states = insights.policy_states.list_query_results_for_resource("latest", scope)
    assert [item.compliance_state for item in states if item.policy_assignment_name == "owner"] == ["NonCompliant"]
    summary = insights.policy_states.summarize_for_resource("latest", scope)
    assert summary.value[0].results.non_compliant_resources == 1
    list(insights.policy_events.list_query_results_for_resource("default", scope))

    policy.policy_assignments.delete(scope, "owner")
    policy.policy_definitions.delete("owner")


def test_what_is_built_in(client: Client) -> None:
    """Built-in definitions are listed and read outside any subscription."""
    definitions = client(PolicyClient, SUBSCRIPTION).policy_definitions

    assert MONITOR in [item.name for item in definitions.list_built_in()]
    assert definitions.get_built_in(MONITOR).policy_type == "BuiltIn"


def test_a_remediation(client: Client, arc: HybridComputeManagementClient, machine: Machine) -> None:
    """A machine that was there before an assignment lacks what this wants; a remediation deploys it."""
    policy, insights = client(PolicyClient, SUBSCRIPTION), client(PolicyInsightsClient, SUBSCRIPTION)
    roles, scope = client(AuthorizationManagementClient, SUBSCRIPTION), machine.id.lstrip("/")
    group = f"subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}"
    assigned = policy.policy_assignments.create(scope, "monitor", {
        "location": "eastus", "identity": {"type": "SystemAssigned"},
        "properties": {"policyDefinitionId": f"/providers/Microsoft.Authorization/policyDefinitions/{MONITOR}"},
    })  # fmt: skip
    assert "monitor" in [item.name for item in policy.policy_assignments.list()]
    given = roles.role_assignments.create(group, "5f1c1d0e-0000-4000-8000-0000000000ac", {"properties": {
        "roleDefinitionId": ADMINISTRATOR, "principalId": assigned.identity.principal_id,
        "principalType": "ServicePrincipal",
    }})  # fmt: skip
    insights.policy_states.begin_trigger_subscription_evaluation(SUBSCRIPTION).result()
    states = insights.policy_states.list_query_results_for_resource("latest", scope)
    assert [one.compliance_state for one in states if one.policy_assignment_name == "monitor"] == ["NonCompliant"]

    remediations = insights.remediations
    made = remediations.create_or_update_at_resource(scope, "fix", {"properties": {"policyAssignmentId": assigned.id}})
    assert made.deployment_status.total_deployments == 1
    assert remediations.get_at_resource(scope, "fix").provisioning_state == "Running"
    machine.work()
    assert remediations.get_at_resource(scope, "fix").deployment_status.successful_deployments == 1
    [deployment] = remediations.list_deployments_at_resource(scope, "fix")
    assert (deployment.remediated_resource_id.lower(), deployment.status) == (machine.id.lower(), "Succeeded")
    name = machine.id.rpartition("/")[2]
    assert [one.properties.type for one in arc.machine_extensions.list(GROUP, name)] == ["AzureMonitorLinuxAgent"]
    assert [one.name for one in remediations.list_for_resource(scope)] == ["fix"]

    assert remediations.delete_at_resource(scope, "fix").name == "fix"
    with pytest.raises(HttpResponseError) as refused:
        remediations.get_at_resource(scope, "fix")
    assert refused.value.status_code == 404
    roles.role_assignments.delete_by_id(given.id)
    assert policy.policy_assignments.delete(scope, "monitor").id == assigned.id
