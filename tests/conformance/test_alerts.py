"""azure-mgmt-alertsmanagement: what has fired, and what somebody makes of it."""

from __future__ import annotations

from azure.identity import ClientSecretCredential
from azure.mgmt.alertsmanagement import AlertsManagementClient
from azure.mgmt.hybridcompute import HybridComputeManagementClient
from azure.mgmt.monitor import MonitorManagementClient
from azure.mgmt.resource.resources import ResourceManagementClient

from tests.conformance.conftest import CASE, GROUP, SUBSCRIPTION, TENANT
from tests.conformance.exchanges import Recorder
from tests.conformance.machine import Machine, public_key
from tests.conformance.served import Served

_VM_ID = "7e1c2d34-5555-4000-8000-000000000001"


def test_a_silence_is_acknowledged(apart: Served, recorder: Recorder) -> None:
    """A rule is made, a machine falls silent, somebody finds that and says so."""
    owner = CASE.principals[0]
    credential = ClientSecretCredential(TENANT, owner.client_id, owner.secret, **apart.sign_in)
    settings = {**apart.settings, "raw_response_hook": recorder.take}
    for provider in ("Microsoft.AlertsManagement", "Microsoft.Insights"):
        ResourceManagementClient(credential, SUBSCRIPTION, **settings).providers.register(provider)
    arc = HybridComputeManagementClient(credential, SUBSCRIPTION, **settings)
    made = arc.machines.create_or_update(GROUP, "silent", {
        "location": "eastus", "identity": {"type": "SystemAssigned"},
        "properties": {"vmId": _VM_ID, "clientPublicKey": public_key()},
    })  # fmt: skip
    Machine(apart, made.id, _VM_ID).connect()
    rules = MonitorManagementClient(credential, SUBSCRIPTION, **settings).activity_log_alerts
    rules.create_or_update(GROUP, "silence", {
        "location": "Global", "scopes": [f"/subscriptions/{SUBSCRIPTION}"], "actions": {"actionGroups": []},
        "condition": {"allOf": [{"field": "category", "equals": "ResourceHealth"}]},
    })  # fmt: skip
    apart.control("POST", "clock", json={"advance_s": 1000})

    alerts = AlertsManagementClient(credential, SUBSCRIPTION, **settings).alerts
    found = list(alerts.get_all(monitor_condition="Fired", time_range="1h"))
    assert [(one.name, one.properties.essentials.target_resource_name) for one in found] == [("silence", "silent")]
    number = found[0].id.rpartition("/")[2]
    seen = alerts.change_state(number, new_state="Acknowledged")
    assert seen.properties.essentials.alert_state == "Acknowledged"
    assert alerts.get_by_id(number).properties.essentials.monitor_condition == "Fired"
    events = [each.modification_event for each in alerts.get_history(number).properties.modifications]
    assert events == ["AlertCreated", "StateChange"]
    counted = {each.name: each.count for each in alerts.get_summary(groupby="alertState").properties.values}
    assert counted == {"New": 0, "Acknowledged": 1, "Closed": 0}
    assert alerts.meta_data(identifier="MonitorServiceList").properties.metadata_identifier == "MonitorServiceList"
