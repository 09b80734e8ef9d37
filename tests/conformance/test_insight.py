"""What watches over machines: Resource Graph, Advisor, alerts and the activity log, by their SDKs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.mgmt.advisor import AdvisorManagementClient
from azure.mgmt.guestconfig import GuestConfigurationClient
from azure.mgmt.monitor import MonitorManagementClient
from azure.mgmt.resourcegraph import ResourceGraphClient
from azure.mgmt.resourcegraph.models import QueryRequest
from azure.mgmt.resourcehealth import ResourceHealthMgmtClient

from tests.conformance.conftest import GROUP, SUBSCRIPTION
from tests.conformance.machine import Machine
from tests.conformance.served import Served

Client = Callable[..., Any]
S = f"/subscriptions/{SUBSCRIPTION}"


def test_a_graph_query(client: Client, machine: Machine) -> None:
    """A machine is found by its name and counted by its status."""
    graph = client(ResourceGraphClient)
    name = machine.id.rpartition("/")[2]
    query = (
        f"resources | where type =~ 'microsoft.hybridcompute/machines' and name == '{name}' "
        "| extend status = tostring(properties.status) | project name, status"
    )

    found = graph.resources(QueryRequest(query=query, subscriptions=[SUBSCRIPTION]))
    counted = graph.resources(QueryRequest(query=f"{query} | summarize n = count() by status"))

    assert (found.total_records, found.data) == (1, [{"name": name, "status": "Connected"}])
    assert counted.data == [{"status": "Connected", "n": 1}]


def test_an_old_agent_is_advised_to_upgrade(client: Client, machine: Machine) -> None:
    """Advisor recommends, the recommendation is put off and taken up again."""
    machine.heartbeat(agentVersion="1.12.00000.1")
    advisor = client(AdvisorManagementClient, SUBSCRIPTION)
    begun: list[Any] = []
    advisor.recommendations.generate(raw_response_hook=begun.append)
    advisor.recommendations.get_generate_status(
        begun[0].http_response.headers["Location"].rpartition("/")[2].partition("?")[0]
    )
    mine = [item for item in advisor.recommendations.list() if machine.id.lower() in item.id.lower()]
    assert len(mine) == 1
    scope, number = machine.id.lstrip("/"), mine[0].name
    assert advisor.recommendations.get(scope, number).id == mine[0].id
    put_off = advisor.suppressions.create(scope, number, "later", {"properties": {"ttl": "7:00:00:00"}})
    assert advisor.suppressions.get(scope, number, "later").id == put_off.id
    assert put_off.id in [item.id for item in advisor.suppressions.list()]
    advisor.suppressions.delete(scope, number, "later")


def test_alerts_are_told(client: Client) -> None:
    """An action group and a rule are made, changed, listed and deleted."""
    monitor = client(MonitorManagementClient, SUBSCRIPTION)
    hook = {"name": "hook", "serviceUri": "http://127.0.0.1:9/hook", "useCommonAlertSchema": True}
    group = monitor.action_groups.create_or_update(GROUP, "tell", {
        "location": "Global", "properties": {"groupShortName": "tell", "enabled": True, "webhookReceivers": [hook]}
    })  # fmt: skip
    assert monitor.action_groups.get(GROUP, "tell").webhook_receivers[0].service_uri == hook["serviceUri"]
    assert monitor.action_groups.update(GROUP, "tell", {"tags": {"a": "b"}}).tags == {"a": "b"}
    assert "tell" in [item.name for item in monitor.action_groups.list_by_resource_group(GROUP)]
    assert "tell" in [item.name for item in monitor.action_groups.list_by_subscription_id()]

    rule = monitor.activity_log_alerts.create_or_update(GROUP, "silence", {"location": "Global", "properties": {
        "scopes": [S], "enabled": True, "actions": {"actionGroups": [{"actionGroupId": group.id}]},
        "condition": {"allOf": [{"field": "category", "equals": "ResourceHealth"}]},
    }})  # fmt: skip
    assert monitor.activity_log_alerts.get(GROUP, "silence").id == rule.id
    off = {"properties": {"enabled": False}}
    assert monitor.activity_log_alerts.update(GROUP, "silence", off).enabled is False
    assert "silence" in [item.name for item in monitor.activity_log_alerts.list_by_resource_group(GROUP)]
    assert "silence" in [item.name for item in monitor.activity_log_alerts.list_by_subscription_id()]
    monitor.activity_log_alerts.delete(GROUP, "silence")
    monitor.action_groups.delete(GROUP, "tell")


def test_the_activity_log(client: Client, machine: Machine) -> None:
    """The log tells that the machine was made, and by whom."""
    monitor = client(MonitorManagementClient, SUBSCRIPTION)
    since = f"eventTimestamp ge '2020-01-01T00:00:00Z' and resourceUri eq '{machine.id}'"
    found = list(monitor.activity_logs.list(filter=since))

    assert "Microsoft.HybridCompute/machines/write" in [event.operation_name.value for event in found]


def test_health_events(client: Client, machine: Machine, served: Served) -> None:
    """What happens to a service is listed for everybody whom it touches, and read by its tracking id."""
    health = client(ResourceHealthMgmtClient, SUBSCRIPTION)
    events, one = health.events, health.event
    served.control("PUT", "health-events", json={"id": "LAB1-XYZ", "title": "Slow heartbeats", "regions": ["eastus"]})

    for found in (
        events.list_by_subscription_id(filter="properties/status eq 'Active'"),
        events.list_by_tenant_id(query_start_time="1/1/2020"),
        events.list_by_single_resource(machine.id.lstrip("/")),
    ):
        assert [event.name for event in found] == ["LAB1-XYZ"]
    for event in (one.get_by_subscription_id_and_tracking_id("LAB1-XYZ"),
                  one.get_by_tenant_id_and_tracking_id("LAB1-XYZ")):  # fmt: skip
        assert (event.properties.title, event.properties.status) == ("Slow heartbeats", "Active")


def test_a_guest_configuration(client: Client, machine: Machine) -> None:
    """A configuration is assigned to a machine, found, and taken away."""
    guest = client(GuestConfigurationClient, SUBSCRIPTION)
    assigned, name = guest.guest_configuration_hcrp_assignments, machine.id.rpartition("/")[2]
    wanted = {"name": "clock", "location": "eastus", "properties": {"guestConfiguration": {
        "name": "clock", "version": "1.0", "assignmentType": "ApplyAndMonitor"}}}  # fmt: skip
    made = assigned.create_or_update("clock", GROUP, name, wanted)
    assert assigned.get(GROUP, "clock", name).id == made.id
    assert [item.name for item in assigned.list(GROUP, name)] == ["clock"]
    reports = guest.guest_configuration_hcrp_assignment_reports
    assert reports.list(GROUP, "clock", name).value == []
    machine.comply("clock", "NonCompliant", "chrony is not installed")
    report = reports.get(GROUP, "clock", reports.list(GROUP, "clock", name).value[0].name, name).properties
    assert (report.compliance_status, report.details.operation_type) == ("NonCompliant", "Initial")
    assert (report.assignment.configuration.version, report.vm.uuid) == ("1.0", machine.vm_id)
    assert report.details.resources[0].reasons[0].phrase == "chrony is not installed"
    assert report.end_time.tzinfo is not None
    machine.comply("clock", "Compliant")
    shown = assigned.get(GROUP, "clock", name).properties
    assert (shown.compliance_status, shown.latest_assignment_report.operation_type) == ("Compliant", "Consistency")
    assert len(reports.list(GROUP, "clock", name).value) == 2
    with pytest.raises(ResourceNotFoundError):
        reports.get(GROUP, "clock", "none", name)
    assigned.delete(GROUP, "clock", name)
    assert list(assigned.list(GROUP, name)) == []
