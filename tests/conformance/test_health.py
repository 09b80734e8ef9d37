"""azure-mgmt-resourcehealth: is a machine available."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from azure.identity import ClientSecretCredential
from azure.mgmt.hybridcompute import HybridComputeManagementClient
from azure.mgmt.resourcehealth import ResourceHealthMgmtClient

from tests.conformance.conftest import CASE, GROUP, SUBSCRIPTION, TENANT
from tests.conformance.machine import Machine
from tests.conformance.served import Served
from tests.conformance.test_machines import wanted

Client = Callable[..., Any]


def test_a_machine_falls_silent(client: Client, apart: Served) -> None:
    """Available with a heartbeat, not known before the first, unavailable after a quarter of an hour of silence."""
    first = CASE.principals[0]
    who = ClientSecretCredential(TENANT, first.client_id, first.secret, **apart.sign_in)
    arc = client(HybridComputeManagementClient, SUBSCRIPTION, who=who, **apart.settings)
    health = client(ResourceHealthMgmtClient, SUBSCRIPTION, who=who, **apart.settings).availability_statuses
    made = arc.machines.create_or_update(GROUP, "silent", wanted(500))
    uri = made.id.lstrip("/")

    def state() -> Any:
        return health.get_by_resource(uri).properties.availability_state

    assert state() == "Unknown"
    Machine(apart, made.id, made.properties.vm_id).connect()
    assert state() == "Available"
    apart.control("POST", "clock", json={"advance_s": 901})
    assert (state(), arc.machines.get(GROUP, "silent").properties.status) == ("Unavailable", "Disconnected")

    for found in (health.list(uri), health.list_by_resource_group(GROUP), health.list_by_subscription_id()):
        assert next(iter(found)).properties.availability_state == "Unavailable"
