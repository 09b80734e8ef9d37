"""azure-mgmt-hybridcompute: licences, gateways, private links and what else a machine's provider knows."""

from __future__ import annotations

from typing import Any

import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.mgmt.hybridcompute import HybridComputeManagementClient

from tests.conformance.conftest import GROUP
from tests.conformance.machine import Machine

LICENSE: dict[str, Any] = {"location": "eastus", "properties": {"licenseType": "ESU", "licenseDetails": {
    "state": "Activated", "target": "Windows Server 2012", "edition": "Datacenter", "type": "pCore", "processors": 16,
}}}  # fmt: skip


def names(found: Any) -> list[str]:
    """Give the names of listed resources."""
    return [item.name for item in found]


def test_the_life_of_a_licence(arc: HybridComputeManagementClient) -> None:
    """Checked, made, changed, listed, deleted."""
    assert arc.licenses.begin_validate_license(LICENSE).result().properties.license_type == "ESU"
    made = arc.licenses.begin_create_or_update(GROUP, "esu-1", LICENSE).result()
    assert (made.name, made.properties.license_details.processors) == ("esu-1", 16)
    changed = arc.licenses.begin_update(GROUP, "esu-1", {"tags": {"for": "2012"}}).result()
    assert (changed.tags, arc.licenses.get(GROUP, "ESU-1").tags) == ({"for": "2012"}, {"for": "2012"})
    assert names(arc.licenses.list_by_resource_group(GROUP)) == ["esu-1"]
    assert names(arc.licenses.list_by_subscription()) == ["esu-1"]
    arc.licenses.begin_delete(GROUP, "esu-1").result()
    with pytest.raises(ResourceNotFoundError):
        arc.licenses.get(GROUP, "esu-1")


def test_the_licence_profile_of_a_machine(arc: HybridComputeManagementClient, machine: Machine) -> None:
    """A licence is assigned to a machine, shows there, and is taken away."""
    name = machine.id.rpartition("/")[2]
    license_id = arc.licenses.begin_create_or_update(GROUP, "esu-2", LICENSE).result().id
    wanted = {"location": "eastus", "properties": {"esuProfile": {"assignedLicense": license_id}}}
    made = arc.license_profiles.begin_create_or_update(GROUP, name, wanted).result()
    assert made.properties.esu_profile.assigned_license == license_id
    assert arc.license_profiles.get(GROUP, name).id == made.id
    assert names(arc.license_profiles.list(GROUP, name)) == ["default"]
    seen = arc.machines.get(GROUP, name).properties.license_profile
    assert seen.esu_profile.license_assignment_state == "Assigned"
    assured = {"properties": {"softwareAssurance": {"softwareAssuranceCustomer": True}}}
    changed = arc.license_profiles.begin_update(GROUP, name, assured).result()
    assert changed.properties.software_assurance.software_assurance_customer is True
    arc.license_profiles.begin_delete(GROUP, name).result()
    assert names(arc.license_profiles.list(GROUP, name)) == []
    arc.licenses.begin_delete(GROUP, "esu-2").result()


def test_the_life_of_a_gateway(arc: HybridComputeManagementClient, machine: Machine) -> None:
    """A gateway is made, changed, given to a machine by its settings, listed and deleted."""
    wanted = {"location": "eastus", "properties": {"gatewayType": "Public", "allowedFeatures": ["*"]}}
    made = arc.gateways.begin_create_or_update(GROUP, "gate", wanted).result()
    assert (made.properties.gateway_endpoint != "", made.properties.allowed_features) == (True, ["*"])
    assert arc.gateways.update(GROUP, "gate", {"tags": {"a": "b"}}).tags == {"a": "b"}
    assert arc.gateways.get(GROUP, "gate").tags == {"a": "b"}
    assert names(arc.gateways.list_by_resource_group(GROUP)) == names(arc.gateways.list_by_subscription()) == ["gate"]

    where = (GROUP, "Microsoft.HybridCompute", "machines", machine.id.rpartition("/")[2], "default")
    settings = {"properties": {"gatewayProperties": {"gatewayResourceId": made.id}}}
    assert arc.settings.update(*where, settings).properties.gateway_properties.gateway_resource_id == made.id
    assert arc.settings.get(*where).properties.gateway_properties.gateway_resource_id == made.id
    none = {"properties": {"gatewayProperties": {"gatewayResourceId": ""}}}
    assert not arc.settings.patch(*where, none).properties.gateway_properties.gateway_resource_id
    arc.gateways.begin_delete(GROUP, "gate").result()
    assert names(arc.gateways.list_by_subscription()) == []


def test_the_life_of_a_private_link_scope(arc: HybridComputeManagementClient, machine: Machine) -> None:
    """A scope is made, holds a machine and a connection, offers its links, and is deleted."""
    scopes, name = arc.private_link_scopes, machine.id.rpartition("/")[2]
    wanted = {"location": "eastus", "properties": {"publicNetworkAccess": "Disabled"}}
    made = scopes.create_or_update(GROUP, "link", wanted)
    assert (made.properties.public_network_access, made.properties.provisioning_state) == ("Disabled", "Succeeded")
    assert scopes.get(GROUP, "LINK").id == made.id
    assert scopes.update_tags(GROUP, "link", {"tags": {"a": "b"}}).tags == {"a": "b"}
    assert names(scopes.list_by_resource_group(GROUP)) == names(scopes.list()) == ["link"]

    arc.machines.update(GROUP, name, {"properties": {"privateLinkScopeResourceId": made.id}})
    assert scopes.get_validation_details("eastus", made.properties.private_link_scope_id).id is not None
    assert scopes.get_validation_details_for_machine(GROUP, name).public_network_access == "Disabled"

    links = arc.private_link_resources
    offered = list(links.list_by_private_link_scope(GROUP, "link"))
    assert links.get(GROUP, "link", offered[0].name).properties.group_id == offered[0].properties.group_id

    connections = arc.private_endpoint_connections
    endpoint = f"/subscriptions/x/resourceGroups/{GROUP}/providers/Microsoft.Network/privateEndpoints/e"
    approved = {"properties": {
        "privateEndpoint": {"id": endpoint},
        "privateLinkServiceConnectionState": {"status": "Approved", "description": "yes"},
    }}  # fmt: skip
    joined = connections.begin_create_or_update(GROUP, "link", "one", approved).result()
    assert joined.properties.private_link_service_connection_state.status == "Approved"
    assert connections.get(GROUP, "link", "one").id == joined.id
    assert names(connections.list_by_private_link_scope(GROUP, "link")) == ["one"]
    connections.begin_delete(GROUP, "link", "one").result()

    perimeters = arc.network_security_perimeter_configurations
    assert list(perimeters.list_by_private_link_scope(GROUP, "link")) == []
    arc.machines.update(GROUP, name, {"properties": {"privateLinkScopeResourceId": None}})
    scopes.begin_delete(GROUP, "link").result()
    assert names(scopes.list()) == []


def test_what_a_machine_was_told(arc: HybridComputeManagementClient, machine: Machine) -> None:
    """The network profile is what the agent tells."""
    told = {"networkInterfaces": [{"ipAddresses": [
        {"address": "10.0.0.4", "ipAddressVersion": "IPv4", "subnet": {"addressPrefix": "10.0.0.0/24"}}
    ]}]}  # fmt: skip
    machine.heartbeat(networkProfile=told)

    found = arc.network_profile.get(GROUP, machine.id.rpartition("/")[2])

    assert found.network_interfaces[0].ip_addresses[0].address == "10.0.0.4"


def test_the_catalogue(arc: HybridComputeManagementClient) -> None:
    """Publishers, types, versions and one version are found one from another, in both forms."""
    publishers = names(arc.extension_publisher.list("eastus"))
    assert "microsoft.azure.extensions" in publishers
    kinds = names(arc.extension_type.list("eastus", "Microsoft.Azure.Extensions"))
    assert "customscript" in kinds
    where = ("eastus", "Microsoft.Azure.Extensions", "CustomScript")
    newest = next(iter(arc.extension_metadata_v2.list(*where))).properties.version
    assert arc.extension_metadata_v2.get(*where, newest).properties.extension_uris != []
    assert newest in [item.properties.version for item in arc.extension_metadata.list(*where)]
    assert arc.extension_metadata.get(*where, newest).properties.publisher == "microsoft.azure.extensions"


def test_the_operations_of_the_provider(arc: HybridComputeManagementClient) -> None:
    """The provider says what can be done."""
    assert "Microsoft.HybridCompute/machines/read" in names(arc.operations.list())
