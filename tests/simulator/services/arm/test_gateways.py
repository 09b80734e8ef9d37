"""Arc gateways, and the settings by which a machine uses one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

Arm = Callable[..., httpx.Response]
Make = Callable[..., dict[str, Any]]
SUBSCRIPTION = "0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00b2"
GROUP_ID = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg1"
GATEWAY = f"{GROUP_ID}/providers/Microsoft.HybridCompute/gateways/gw"
SETTINGS = (
    f"{GROUP_ID}/providers/Microsoft.HybridCompute/machines/box-1/providers/Microsoft.HybridCompute/settings/default"
)


def code(answer: httpx.Response) -> tuple[int, str]:
    """Give status and error code of an answer."""
    return answer.status_code, answer.json()["error"]["code"]


def use(gateway: str) -> dict[str, Any]:
    """Give the body of settings that use a gateway."""
    return {"properties": {"gatewayProperties": {"gatewayResourceId": gateway}}}


def test_a_gateway_is_made_in_a_long_operation(arm: Arm) -> None:
    """PUT answers 201 and Creating; the operation ends with what GET gives; a second PUT answers 200."""
    made = arm("PUT", GATEWAY, json={"location": "eastus"}, who="person")
    result = arm("GET", made.headers["location"]).json()
    properties = result["properties"]

    assert (made.status_code, made.json()["properties"]["provisioningState"]) == (201, "Creating")
    assert (properties["provisioningState"], properties["gatewayType"], properties["allowedFeatures"]) == (
        "Succeeded", "Public", ["*"],
    )  # fmt: skip
    assert properties["gatewayEndpoint"] == f"https://{properties['gatewayId']}.gw.arc.azure.com"
    assert result["systemData"]["createdBy"] == "person@arclab.example"
    assert arm("GET", GATEWAY).json() == result
    assert arm("PUT", GATEWAY, json={"location": "eastus"}).status_code == 200


def test_patch_changes_features_only(arm: Arm) -> None:
    """PATCH answers 200; number and type stay."""
    number = arm("PUT", GATEWAY, json={"location": "eastus"}).json()["properties"]["gatewayId"]
    patched = arm("PATCH", GATEWAY, json={"properties": {"gatewayBypass": ["x"], "gatewayType": "Other"}})
    properties = patched.json()["properties"]

    assert (patched.status_code, properties["gatewayBypass"], properties["gatewayType"]) == (200, ["x"], "Public")
    assert properties["gatewayId"] == number


def test_delete_is_long(arm: Arm) -> None:
    """DELETE answers 202, then 204."""
    arm("PUT", GATEWAY, json={"location": "eastus"})

    assert [arm("DELETE", GATEWAY).status_code for _ in range(2)] == [202, 204]


def test_settings_belong_to_a_machine(arm: Arm, make_machine: Make) -> None:
    """PUT answers 201 then 200, with the tenant and the gateway's own id; the machine takes them with it."""
    make_machine()
    arm("PUT", GATEWAY, json={"location": "eastus"})
    answers = [arm("PUT", SETTINGS, json=use(GATEWAY.lower())) for _ in range(2)]
    body = answers[1].json()
    arm("DELETE", "{M}/box-1")
    make_machine()

    assert [answer.status_code for answer in answers] == [201, 200]
    assert (body["id"], body["name"], body["type"]) == (SETTINGS, "default", "Microsoft.HybridCompute/settings")
    assert body["properties"] == {
        "tenantId": "0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00a1", "gatewayProperties": {"gatewayResourceId": GATEWAY.lower()},
    }  # fmt: skip
    assert code(arm("GET", SETTINGS)) == (404, "ResourceNotFound")


def test_settings_can_be_patched(arm: Arm, make_machine: Make) -> None:
    """PATCH answers 200 and can take the gateway away."""
    make_machine()
    arm("PUT", GATEWAY, json={"location": "eastus"})
    arm("PUT", SETTINGS, json=use(GATEWAY))
    patched = arm("PATCH", SETTINGS, json=use(""))

    assert patched.status_code == 200
    assert patched.json()["properties"]["gatewayProperties"] == {"gatewayResourceId": ""}


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        (SETTINGS, use(f"{GATEWAY}9"), (400, "HCRP400")),
        (SETTINGS.replace("box-1", "box-9"), use(""), (404, "ResourceNotFound")),
        (SETTINGS.replace("default", "other"), use(""), (400, "InvalidResourceName")),
        ("{G}/providers/Microsoft.HybridCompute/settings/default", use(""), (404, "InvalidResourceType")),
        ("/providers/Microsoft.HybridCompute/settings/default", use(""), (403, "AuthorizationFailed")),
    ],
    ids=["no such gateway", "no such machine", "another name", "of a group", "of nothing"],
)
def test_settings_that_cannot_be(
    arm: Arm, make_machine: Make, path: str, body: dict[str, Any], expected: tuple[int, str]
) -> None:
    """Each is refused with its own code."""
    make_machine()

    assert code(arm("PUT", path, json=body)) == expected
