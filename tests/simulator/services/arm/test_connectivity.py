"""Endpoints of a machine: what `az ssh arc` asks, in its order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from simulator.store import Store

Arm = Callable[..., httpx.Response]
_ENDPOINT = "providers/Microsoft.HybridConnectivity/endpoints/default"


@pytest.fixture
def endpoint(arm: Arm, make_machine: Callable[..., dict[str, object]]) -> str:
    """Give the id of the endpoint of a new machine, which is not made yet; its provider is registered."""
    machine = str(make_machine()["id"])
    arm("POST", f"{machine.partition('/resourceGroups')[0]}/providers/Microsoft.HybridConnectivity/register")
    return f"{machine}/{_ENDPOINT}"


@pytest.fixture
def opened(arm: Arm, endpoint: str) -> str:
    """Give the same of an endpoint that lets SSH in."""
    arm("PUT", endpoint, json={"properties": {"type": "default"}})
    arm("PUT", f"{endpoint}/serviceConfigurations/SSH", json={"properties": {"serviceName": "SSH"}})
    return endpoint


def relay(answer: httpx.Response) -> dict[str, Any]:
    """Give the relay of a good answer."""
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["relay"]
    return found


def test_a_client_learns_what_is_missing(arm: Arm, endpoint: str) -> None:
    """Without an endpoint it is 404, without a service configuration 412, then there are credentials."""
    ask = {"json": {"serviceName": "SSH"}}
    first = arm("POST", f"{endpoint}/listCredentials", **ask)
    made = arm("PUT", endpoint, json={"properties": {"type": "default"}})
    second = arm("POST", f"{endpoint}/listCredentials", **ask)
    service = arm("PUT", f"{endpoint}/serviceConfigurations/SSH", json={"properties": {"serviceName": "SSH"}})
    third = arm("POST", f"{endpoint}/listCredentials", **ask)

    assert [answer.status_code for answer in (first, made, second, service, third)] == [404, 200, 412, 201, 200]
    assert (first.json()["error"]["code"], second.json()["error"]["code"]) == ("ResourceNotFound", "PreconditionFailed")
    assert (made.json()["properties"]["provisioningState"], service.json()["properties"]["port"]) == ("Succeeded", 22)


def test_what_the_relay_is(arm: Arm, opened: str, cloud_store: Store) -> None:
    """Namespace and connection stay, keys do not; a key is good for three hours, or for as long as was asked."""
    now = int(cloud_store.clock.now())
    first = relay(arm("POST", f"{opened}/listCredentials", json={"serviceName": "SSH"}))
    second = relay(arm("POST", f"{opened}/listCredentials", params={"expiresin": "600"}))

    assert (first["namespaceName"], first["namespaceNameSuffix"]) == ("azgnrelay-eastus-l1", "servicebus.windows.net")
    assert first["hybridConnectionName"].startswith("microsoft.hybridcompute/machines/")
    assert first["hybridConnectionName"] == second["hybridConnectionName"]
    assert first["accessKey"].startswith("SharedAccessSignature sr=http%3A%2F%2Fazgnrelay-eastus-l1.servicebus")
    assert first["accessKey"] != second["accessKey"]
    assert 0 <= first["expiresOn"] - now - 10800 < 60
    assert 0 <= second["expiresOn"] - now - 600 < 60
    assert ("serviceConfigurationToken" in first, "serviceConfigurationToken" in second) == (True, False)


def test_an_endpoint_on_an_extension(arm: Arm, endpoint: str) -> None:
    """Its connection is named after the extension's type."""
    extension = f"{endpoint.removesuffix(f'/{_ENDPOINT}')}/extensions/one"
    properties = {"publisher": "Microsoft.Azure.Extensions", "type": "CustomScript", "settings": {}}
    arm("PUT", extension, json={"location": "eastus", "properties": properties})
    inner = f"{extension}/{_ENDPOINT}"
    arm("PUT", inner, json={"properties": {"type": "default"}})
    arm("PUT", f"{inner}/serviceConfigurations/SSH", json={"properties": {"serviceName": "SSH"}})
    name = relay(arm("POST", f"{inner}/listCredentials", json={"serviceName": "SSH"}))["hybridConnectionName"]

    assert name.rsplit("/", 2)[0] == "microsoft.hybridcompute/machines/extensions"


@pytest.mark.parametrize("asked", ["599", "10801", "-1", "x", "6e2", "9" * 5000])
def test_a_key_has_bounds(arm: Arm, opened: str, asked: str) -> None:
    """From ten minutes to three hours."""
    answer = arm("POST", f"{opened}/listCredentials", params={"expiresin": asked})

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "InvalidQueryParameterValue")


def test_the_gateway_and_the_proxy(arm: Arm, opened: str) -> None:
    """A gateway has a host and Entra's ids; a proxy has a name and an end. A proxy for no service is refused."""
    ingress = arm("POST", f"{opened}/listIngressGatewayCredentials", json={"serviceName": "SSH"}).json()["ingress"]
    proxy = arm("POST", f"{opened}/listManagedProxyDetails", json={"service": "127.0.0.1:6516"})
    bodies: tuple[dict[str, str], ...] = (
        {},
        {"service": "x", "serviceName": "WAC"},
        {"service": "x", "serviceName": "FTP"},
    )
    wrong = [arm("POST", f"{opened}/listManagedProxyDetails", json=body).status_code for body in bodies]

    assert (set(ingress), set(ingress["aadProfile"])) == ({"hostname", "aadProfile"}, {"serverId", "tenantId"})
    assert (proxy.status_code, set(proxy.json())) == (200, {"proxy", "expiresOn"})
    assert wrong == [400, 412, 400]


def test_the_life_of_an_endpoint(arm: Arm, opened: str) -> None:
    """Its services are listed and changed, and go with it."""
    services = f"{opened}/serviceConfigurations"
    changed = arm("PATCH", f"{services}/SSH", json={"properties": {"port": 2222}})
    listed = arm("GET", services).json()["value"]
    found = arm("GET", opened.rpartition("/")[0]).json()["value"]
    gone = [arm("DELETE", opened).status_code, arm("DELETE", opened).status_code]

    assert changed.json()["properties"] == {"provisioningState": "Succeeded", "port": 2222, "serviceName": "SSH"}
    assert [(item["name"], item["properties"]["port"]) for item in listed] == [("SSH", 2222)]
    assert [item["id"] for item in found] == [opened]
    assert (gone, arm("GET", f"{services}/SSH").status_code) == ([200, 204], 404)


@pytest.mark.parametrize("body", [{}, {"properties": {"type": "other"}}, {"properties": {}}])
def test_an_endpoint_has_a_type(arm: Arm, endpoint: str, body: dict[str, Any]) -> None:
    """Of two."""
    assert arm("PUT", endpoint, json=body).json()["error"]["code"] == "InvalidRequestContent"


def test_an_endpoint_lies_on_a_resource(arm: Arm, endpoint: str) -> None:
    """Not on a group."""
    group = endpoint.partition("/providers/")[0]

    assert arm("PUT", f"{group}/{_ENDPOINT}", json={"properties": {"type": "default"}}).status_code == 404
