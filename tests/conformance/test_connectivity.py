"""azure-mgmt-hybridconnectivity: what SSH and Windows Admin Center ask before they come to a machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.hybridconnectivity import HybridConnectivityMgmtClient
from azure.mgmt.resource.resources import ResourceManagementClient

from tests.conformance.conftest import SUBSCRIPTION
from tests.conformance.machine import Machine

_PROVIDER = "Microsoft.HybridConnectivity"
_SSH = {"serviceName": "SSH"}


@pytest.fixture
def connectivity(client: Callable[..., Any]) -> Iterator[HybridConnectivityMgmtClient]:
    """Give the client; its provider is registered during the test."""
    providers = client(ResourceManagementClient, SUBSCRIPTION).providers
    providers.register(_PROVIDER)
    yield client(HybridConnectivityMgmtClient, SUBSCRIPTION)
    providers.unregister(_PROVIDER)


def test_the_way_of_ssh(connectivity: HybridConnectivityMgmtClient, machine: Machine) -> None:
    """Endpoint and service are made because they are missing; then there are credentials, and all of it goes again."""
    place, endpoints, services = machine.id[1:], connectivity.endpoints, connectivity.service_configurations
    with pytest.raises(ResourceNotFoundError):
        endpoints.list_credentials(place, "default", _SSH)
    made = endpoints.create_or_update(place, "default", {"properties": {"type": "default"}})
    with pytest.raises(HttpResponseError) as refused:
        endpoints.list_credentials(place, "default", _SSH)
    assert (refused.value.status_code, refused.value.reason) == (412, "Precondition Failed")
    services.create_orupdate(place, "default", "SSH", {"properties": {**_SSH, "port": 22}})
    relay = endpoints.list_credentials(place, "default", _SSH, expiresin=600).relay
    moved = services.update(place, "default", "SSH", {"properties": {"port": 2222}})

    assert (made.name, made.properties.provisioning_state) == ("default", "Succeeded")
    assert (relay.namespace_name_suffix, relay.access_key[:21]) == ("servicebus.windows.net", "SharedAccessSignature")
    assert relay.service_configuration_token
    assert (moved.properties.port, services.get(place, "default", "ssh").properties.port) == (2222, 2222)
    assert [item.name for item in services.list_by_endpoint_resource(place, "default")] == ["SSH"]
    services.delete(place, "default", "SSH")
    endpoints.delete(place, "default")
    assert list(endpoints.list(place)) == []


def test_gateway_and_proxy(connectivity: HybridConnectivityMgmtClient, machine: Machine) -> None:
    """The other two ways in, and what the provider can do."""
    place, endpoints = machine.id[1:], connectivity.endpoints
    endpoints.create_or_update(place, "default", {"properties": {"type": "default"}})
    endpoints.update(place, "default", {"properties": {"type": "default"}})

    assert endpoints.get(place, "default").properties.type == "default"
    assert endpoints.list_ingress_gateway_credentials(place, "default").ingress.hostname
    assert endpoints.list_managed_proxy_details(place, "default", {"service": "127.0.0.1:6516"}).proxy
    actions = {item.name for item in connectivity.operations.list()}
    assert "Microsoft.HybridConnectivity/endpoints/listCredentials/action" in actions
