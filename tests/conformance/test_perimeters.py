"""azure-mgmt-network: network security perimeters, and private link scopes in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.hybridcompute import HybridComputeManagementClient
from azure.mgmt.network import NetworkManagementClient

from tests.conformance.conftest import GROUP, SUBSCRIPTION

WALL = (GROUP, "wall")


def test_a_scope_in_a_perimeter(arc: HybridComputeManagementClient, client: Callable[..., Any]) -> None:
    """A perimeter with a profile is made, changed and listed; a private link scope in it has its configuration."""
    network = client(NetworkManagementClient, SUBSCRIPTION)
    perimeters, profiles = network.network_security_perimeters, network.network_security_perimeter_profiles
    associations = network.network_security_perimeter_associations
    wall = perimeters.create_or_update(*WALL, {"location": "eastus"})
    assert (wall.provisioning_state, wall.perimeter_guid != "") == ("Succeeded", True)
    assert perimeters.patch(*WALL, {"tags": {"a": "b"}}).tags == {"a": "b"}
    assert perimeters.get(GROUP, "WALL").id == wall.id
    assert [item.name for item in perimeters.list(GROUP)] == ["wall"]
    assert [item.name for item in perimeters.list_by_subscription()] == ["wall"]
    profile, second = (profiles.create_or_update(*WALL, name, {"properties": {}}) for name in ("open", "other"))
    assert profiles.get(*WALL, "open").id == profile.id
    assert [item.name for item in profiles.list(*WALL)] == ["open", "other"]

    scope = arc.private_link_scopes.create_or_update(GROUP, "walled", {"location": "eastus"})
    wanted = {"privateLinkResource": {"id": scope.id}, "profile": {"id": profile.id}, "accessMode": "Learning"}
    made = associations.begin_create_or_update(*WALL, "in", {"properties": wanted}).result()
    assert (made.provisioning_state, made.access_mode) == ("Succeeded", "Learning")
    assert associations.get(*WALL, "in").private_link_resource.id == scope.id
    assert [item.name for item in associations.list(*WALL)] == ["in"]

    configurations = arc.network_security_perimeter_configurations
    [found] = configurations.list_by_private_link_scope(GROUP, "walled")
    assert found.properties.resource_association.access_mode == "Learning"
    assert configurations.get_by_private_link_scope(GROUP, "walled", found.name).id == found.id
    configurations.begin_reconcile_for_private_link_scope(GROUP, "walled", found.name).result()

    with pytest.raises(HttpResponseError, match="InUseNetworkSecurityPerimeterCannotBeDeleted"):
        perimeters.begin_delete(*WALL)
    associations.begin_delete(*WALL, "in").result()
    profiles.delete(*WALL, "open")
    associations.begin_create_or_update(
        *WALL, "again", {"properties": {**wanted, "profile": {"id": second.id}}}
    ).result()
    perimeters.begin_delete(*WALL, force_deletion=True).result()
    with pytest.raises(ResourceNotFoundError):
        perimeters.get(*WALL)
    arc.private_link_scopes.begin_delete(GROUP, "walled").result()
