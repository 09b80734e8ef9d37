"""Private link scopes and their connections as recorded exchanges show them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import httpx
import pytest

Arm = Callable[..., httpx.Response]
SUBSCRIPTION = "0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00b2"
GROUP_ID = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg1"
SCOPE = f"{GROUP_ID}/providers/Microsoft.HybridCompute/privateLinkScopes/scope-test"
CONNECTION = f"{SCOPE}/privateEndpointConnections/pe-test.e21295f1"
ENDPOINT = {"id": f"{GROUP_ID}/providers/Microsoft.Network/privateEndpoints/pe-test"}
BODY = {"location": "eastus", "properties": {"publicNetworkAccess": "Disabled"}}


def code(answer: httpx.Response) -> tuple[int, str]:
    """Give status and error code of an answer."""
    return answer.status_code, answer.json()["error"]["code"]


def connection(status: str) -> dict[str, Any]:
    """Give the body of a connection in a state."""
    state = {"status": status, "description": "by a test"}
    return {"properties": {"privateEndpoint": ENDPOINT, "privateLinkServiceConnectionState": state}}


def test_a_scope_is_as_recorded(arm: Arm) -> None:
    """PUT answers 200 at once with a number that stays; DELETE 200."""
    answer = arm("PUT", SCOPE, json=BODY)
    number = answer.json()["properties"]["privateLinkScopeId"]

    assert uuid.UUID(number)
    assert (answer.status_code, answer.json()) == (200, {
        "id": SCOPE, "name": "scope-test", "type": "Microsoft.HybridCompute/privateLinkScopes", "location": "eastus",
        "properties": {"privateLinkScopeId": number, "publicNetworkAccess": "Disabled",
                       "provisioningState": "Succeeded", "privateEndpointConnections": []},
    })  # fmt: skip
    assert arm("PUT", SCOPE, json=BODY).json() == answer.json()
    assert [arm("DELETE", SCOPE).status_code for _ in range(2)] == [200, 204]


def test_patch_changes_tags_only(arm: Arm) -> None:
    """Tags are replaced, properties stay."""
    arm("PUT", SCOPE, json={**BODY, "tags": {"a": "1"}})
    patched = arm("PATCH", SCOPE, json={"tags": {"b": "2"}, "properties": {"publicNetworkAccess": "Enabled"}}).json()

    assert (patched["tags"], patched["properties"]["publicNetworkAccess"]) == ({"b": "2"}, "Disabled")


def test_a_connection_is_changed_in_a_long_operation(arm: Arm) -> None:
    """PUT answers an empty 202 that has ended at the first poll, with nothing; the scope shows the connection."""
    arm("PUT", SCOPE, json=BODY)
    answer = arm("PUT", CONNECTION, json=connection("Approved"))
    status = arm("GET", answer.headers["azure-asyncoperation"]).json()
    shown = arm("GET", CONNECTION).json()

    assert (answer.status_code, answer.content) == (202, b"")
    assert (status["status"], "properties" in status) == ("Succeeded", False)
    assert arm("GET", answer.headers["location"]).content == b""
    assert shown == {
        "id": CONNECTION, "name": "pe-test.e21295f1",
        "type": "Microsoft.HybridCompute/privateLinkScopes/privateEndpointConnections",
        "properties": {"provisioningState": "Succeeded", "privateEndpoint": ENDPOINT,
                       "privateLinkServiceConnectionState": {"status": "Approved", "description": "by a test",
                                                             "actionsRequired": "None"}},
    }  # fmt: skip
    assert arm("GET", f"{SCOPE}/privateEndpointConnections").json() == {"value": [shown]}
    assert arm("GET", SCOPE).json()["properties"]["privateEndpointConnections"] == [shown]


def test_a_connection_keeps_its_endpoint(arm: Arm) -> None:
    """Who only lets it in or not says nothing of the endpoint; a connection that says nothing waits."""
    arm("PUT", SCOPE, json=BODY)
    arm("PUT", CONNECTION, json={"properties": {"privateEndpoint": ENDPOINT}})
    waits = arm("GET", CONNECTION).json()["properties"]["privateLinkServiceConnectionState"]["status"]
    rejected = {
        "privateLinkServiceConnectionState": connection("Rejected")["properties"]["privateLinkServiceConnectionState"]
    }
    arm("PUT", CONNECTION, json={"properties": rejected})
    properties = arm("GET", CONNECTION).json()["properties"]

    assert (waits, properties["privateLinkServiceConnectionState"]["status"]) == ("Pending", "Rejected")
    assert properties["privateEndpoint"] == ENDPOINT


def test_a_scope_takes_its_connections_with_it(arm: Arm) -> None:
    """DELETE of a connection is 202, then 204; a scope that is made again has none."""
    arm("PUT", SCOPE, json=BODY)
    arm("PUT", CONNECTION, json=connection("Approved"))
    deleted = [arm("DELETE", CONNECTION).status_code for _ in range(2)]
    arm("PUT", CONNECTION, json=connection("Approved"))
    arm("DELETE", SCOPE)
    arm("PUT", SCOPE, json=BODY)

    assert deleted == [202, 204]
    assert arm("GET", f"{SCOPE}/privateEndpointConnections").json() == {"value": []}


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("PUT", CONNECTION, {}, (400, "InvalidRequestContent")),
        ("PUT", CONNECTION, connection("Maybe"), (400, "InvalidRequestContent")),
        ("PUT", CONNECTION.replace("scope-test", "none"), connection("Approved"), (404, "ParentResourceNotFound")),
        ("PATCH", CONNECTION, {}, (405, "MethodNotAllowed")),
        ("GET", CONNECTION, {}, (404, "ResourceNotFound")),
        ("PUT", SCOPE, {"location": "eastus", "properties": {"publicNetworkAccess": "No"}},
         (400, "InvalidRequestContent")),
    ],
    ids=["no endpoint", "no such state", "no scope", "no PATCH", "not there", "no such access"],
)  # fmt: skip
def test_refusals(arm: Arm, method: str, path: str, body: dict[str, Any], expected: tuple[int, str]) -> None:
    """Each is refused with its own code."""
    arm("PUT", SCOPE, json=BODY)

    assert code(arm(method, path, json=body)) == expected
