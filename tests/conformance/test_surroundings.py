"""What clients need around Microsoft.HybridCompute: subscriptions, groups, providers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.hybridcompute import HybridComputeManagementClient
from azure.mgmt.resource.resources import ResourceManagementClient
from azure.mgmt.resource.subscriptions import SubscriptionClient

from tests.conformance.conftest import GROUP, SUBSCRIPTION, TENANT
from tests.conformance.test_machines import wanted

Client = Callable[..., Any]


@pytest.fixture
def resources(client: Client) -> ResourceManagementClient:
    """Give the client of groups, providers, tags and generic resources."""
    return client(ResourceManagementClient, SUBSCRIPTION)


def test_subscriptions(client: Client) -> None:
    """The tenant and the subscription of the case are found, as at signing in."""
    subscriptions = client(SubscriptionClient)

    assert [item.tenant_id for item in subscriptions.tenants.list()] == [TENANT]
    assert [item.subscription_id for item in subscriptions.subscriptions.list()] == [SUBSCRIPTION]
    found = subscriptions.subscriptions.get(SUBSCRIPTION)
    assert (found.display_name, found.state, found.tenant_id) == ("conformance", "Enabled", TENANT)
    places = {item.name: item.display_name for item in subscriptions.subscriptions.list_locations(SUBSCRIPTION)}
    assert (places["eastus"], places["westeurope"]) == ("East US", "West Europe")


def test_an_unknown_subscription(client: Client) -> None:
    """It is not found, with ARM's code."""
    with pytest.raises(ResourceNotFoundError) as refused:
        client(SubscriptionClient).subscriptions.get("5f1c1d0e-0000-4000-8000-0000000000ff")
    assert refused.value.error is not None
    assert refused.value.error.code == "SubscriptionNotFound"


def test_the_life_of_a_group(resources: ResourceManagementClient, arc: HybridComputeManagementClient) -> None:
    """A group is made, changed, and goes with all that is in it."""
    groups = resources.resource_groups
    assert groups.check_existence("Second") is False
    made = groups.create_or_update("Second", {"location": "eastus", "tags": {"use": "test"}})
    assert (made.name, made.properties.provisioning_state) == ("Second", "Succeeded")
    assert groups.check_existence("second") is True
    assert {item.name for item in groups.list()} == {GROUP, "Second"}

    changed = groups.create_or_update("second", {"location": "eastus", "tags": {"use": "more"}})
    assert (changed.id, changed.tags, groups.get("SECOND").tags) == (made.id, {"use": "more"}, {"use": "more"})

    arc.machines.create_or_update("Second", "inside", wanted(400))
    groups.begin_delete("Second").result()
    assert groups.check_existence("Second") is False
    assert "inside" not in [item.name for item in arc.machines.list_by_subscription()]


def test_a_provider_registers(client: Client, resources: ResourceManagementClient) -> None:
    """Registration shows."""
    assert resources.providers.get("Microsoft.HybridCompute").registration_state == "Registered"
    registered = resources.providers.register("microsoft.hybridcompute")
    assert (registered.namespace, registered.registration_state) == ("Microsoft.HybridCompute", "Registered")


def test_what_is_not_imitated_says_so(resources: ResourceManagementClient) -> None:
    """A resource of another provider is refused, not taken for one that is absent."""
    with pytest.raises(HttpResponseError) as refused:
        resources.resources.get_by_id(
            f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers/Microsoft.Storage/storageAccounts/x",
            api_version="2024-01-01",
        )
    assert refused.value.error is not None
    assert refused.value.error.code == "InvalidResourceNamespace"
