"""azure-mgmt-resource: generic lists and tags of anything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from azure.mgmt.resource.resources import ResourceManagementClient

from tests.conformance.conftest import GROUP, SUBSCRIPTION
from tests.conformance.machine import Machine


@pytest.fixture
def resources(client: Callable[..., Any]) -> ResourceManagementClient:
    """Give the client of groups, providers, tags and generic resources."""
    return client(ResourceManagementClient, SUBSCRIPTION)


def test_generic_lists(resources: ResourceManagementClient, machine: Machine) -> None:
    """A machine is in the lists of its group and subscription, and is found by type and by tag."""
    kind = "resourceType eq 'Microsoft.HybridCompute/machines'"

    assert machine.id in [item.id for item in resources.resources.list(filter=kind)]
    assert machine.id in [item.id for item in resources.resources.list_by_resource_group(GROUP)]
    assert list(resources.resources.list(filter="resourceType eq 'Microsoft.HybridCompute/gateways'")) == []
    assert resources.resources.get_by_id(machine.id, api_version="2026-07-15").id == machine.id


def test_tags_of_anything(resources: ResourceManagementClient, machine: Machine) -> None:
    """Tags are set, merged, found, taken away."""
    tags, scope = resources.tags, machine.id.lstrip("/")
    made = tags.begin_create_or_update_at_scope(scope, {"properties": {"tags": {"site": "Oslo"}}}).result()
    assert made.properties.tags == {"site": "Oslo"}
    more = {"operation": "Merge", "properties": {"tags": {"floor": "2"}}}
    assert tags.begin_update_at_scope(scope, more).result().properties.tags == {"site": "Oslo", "floor": "2"}
    found = resources.resources.list(filter="tagName eq 'floor' and tagValue eq '2'")
    assert [item.id for item in found] == [machine.id]
    assert "floor" in [item.tag_name for item in tags.list()]
    tags.begin_delete_at_scope(scope).result()
    assert not tags.get_at_scope(scope).properties.tags


def test_a_group_is_patched(resources: ResourceManagementClient) -> None:
    """A group takes new tags and keeps its location."""
    changed = resources.resource_groups.update(GROUP, {"tags": {"a": "b"}})

    assert (changed.location, changed.tags) == ("eastus", {"a": "b"})


def test_providers(resources: ResourceManagementClient) -> None:
    """Providers are listed inside and outside the subscription; one that has nothing can be let go and come back."""
    assert "Microsoft.HybridCompute" in [item.namespace for item in resources.providers.list()]
    assert "Microsoft.HybridCompute" in [item.namespace for item in resources.providers.list_at_tenant_scope()]
    outside = resources.providers.get_at_tenant_scope("Microsoft.HybridCompute")
    assert "machines" in [item.resource_type for item in outside.resource_types]
    gone = resources.providers.unregister("Microsoft.HybridConnectivity")
    assert gone.registration_state in ("Unregistered", "Unregistering")
    assert resources.providers.register("Microsoft.HybridConnectivity").registration_state == "Registered"
