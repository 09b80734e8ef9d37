"""Discovery at Entra: documents that point to themselves, and tenants that are not there."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

Send = Callable[..., httpx.Response]
TENANT = "0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00a1"
LOGIN = "https://login.microsoftonline.com"


def failure(answer: httpx.Response) -> tuple[int, str, list[int]]:
    """Give status, error and AADSTS numbers of a refusal."""
    return answer.status_code, answer.json()["error"], answer.json()["error_codes"]


@pytest.mark.parametrize("tenant", [TENANT, TENANT.upper(), "common", "organizations"])
def test_discovery_points_to_itself(send: Send, tenant: str) -> None:
    """Every address in the document begins with the host and tenant that were asked."""
    body = send("GET", f"{LOGIN}/{tenant}/v2.0/.well-known/openid-configuration").json()
    names = ("authorization_endpoint", "token_endpoint", "device_authorization_endpoint", "jwks_uri", "issuer")

    assert [body[name].startswith(f"{LOGIN}/{tenant}/") for name in names] == [True] * 5


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "v2.0/.well-known/openid-configuration", (400, "invalid_tenant", [90002])),
        ("POST", "oauth2/v2.0/token", (400, "invalid_request", [90002])),
        ("POST", "oauth2/v2.0/devicecode", (400, "invalid_request", [90002])),
    ],
)
def test_an_unknown_tenant(send: Send, method: str, path: str, expected: tuple[int, str, list[int]]) -> None:
    """A tenant that is not there is refused everywhere."""
    assert failure(send(method, f"{LOGIN}/00000000-0000-0000-0000-000000000009/{path}")) == expected


def test_instances_name_the_tenants_document(send: Send) -> None:
    """Clients that do not know a host ask which document describes it."""
    body = send("GET", f"{LOGIN}/common/discovery/instance", params={"api-version": "1.0"}).json()

    assert body["tenant_discovery_endpoint"] == f"{LOGIN}/{TENANT}/v2.0/.well-known/openid-configuration"
    assert "login.microsoftonline.com" in body["metadata"][0]["aliases"]


def test_an_unknown_address(send: Send) -> None:
    """What is not imitated is refused in Entra's form."""
    answer = send("GET", f"{LOGIN}/{TENANT}/oauth2/v2.0/logout")

    assert failure(answer) == (501, "NotKnown", [])
