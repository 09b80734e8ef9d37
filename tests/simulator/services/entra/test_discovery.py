"""Discovery at Entra: documents that point to themselves, and tenants that are not there."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import Any

import httpx
import jwt
import pytest
from cryptography import x509

from simulator.resources.entities import Tenant
from simulator.resources.transition import Transition
from simulator.store import Store

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
    names = ("authorization_endpoint", "token_endpoint", "device_authorization_endpoint", "jwks_uri")

    assert [body[name].startswith(f"{LOGIN}/{tenant}/") for name in names] == [True] * 4


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


def test_a_tenant_by_its_domain(send: Send, cloud_store: Store) -> None:
    """A domain name in any case leads to the tenant, whose id is in the issuer; another one is not found."""
    cloud_store.apply(Transition("test", (Tenant(key=TENANT, domains=("lab.example",)),)))
    found = send("GET", f"{LOGIN}/Lab.Example/v2.0/.well-known/openid-configuration").json()

    assert found["issuer"] == f"{LOGIN}/{TENANT}/v2.0"
    assert found["token_endpoint"] == f"{LOGIN}/Lab.Example/oauth2/v2.0/token"
    assert failure(send("GET", f"{LOGIN}/other.example/v2.0/.well-known/openid-configuration"))[2] == [90002]


def test_a_tenant_that_cannot_be_one(send: Send) -> None:
    """What is neither an id nor a domain name has a number of its own."""
    answer = send("POST", f"{LOGIN}/no tenant/oauth2/v2.0/token")

    assert failure(answer) == (400, "invalid_request", [900023])


@pytest.mark.parametrize("tenant", ["common", "organizations"])
def test_everybodys_issuer(send: Send, tenant: str) -> None:
    """Where no tenant is named the issuer has a place for one."""
    body = send("GET", f"{LOGIN}/{tenant}/v2.0/.well-known/openid-configuration").json()

    assert body["issuer"] == f"{LOGIN}/{{tenantid}}/v2.0"


def test_the_first_version(send: Send) -> None:
    """v1 has addresses and an issuer of its own."""
    body = send("GET", f"{LOGIN}/{TENANT}/.well-known/openid-configuration").json()

    assert body["issuer"] == f"https://sts.windows.net/{TENANT}/"
    assert body["token_endpoint"] == f"{LOGIN}/{TENANT}/oauth2/token"
    assert send("GET", body["jwks_uri"]).json()["keys"]


def test_keys_with_their_certificates(send: Send) -> None:
    """The certificate of a key is beside it: its thumbprint is `kid` and `x5t`, its key is the one of the numbers."""
    key = send("GET", f"{LOGIN}/{TENANT}/discovery/v2.0/keys").json()["keys"][0]
    der = base64.b64decode(key["x5c"][0])
    thumbprint = base64.urlsafe_b64encode(hashlib.sha1(der).digest()).rstrip(b"=").decode()
    public: Any = x509.load_der_x509_certificate(der).public_key()

    assert (key["kid"], key["x5t"], key["issuer"]) == (thumbprint, thumbprint, f"{LOGIN}/{TENANT}/v2.0")
    assert jwt.PyJWK(key).key.public_numbers() == public.public_numbers()


@pytest.mark.parametrize(
    ("user", "expected"),
    [("Person@ArcLab.example", ("Managed", "arclab.example")), ("a%2Bb@elsewhere.example", ("Unknown", None)),
     ("person", ("Unknown", None))],
)  # fmt: skip
def test_user_realms(send: Send, user: str, expected: tuple[str, str | None]) -> None:
    """People whose domain somebody has sign in here; of others nobody knows."""
    told = send("GET", f"{LOGIN}/common/UserRealm/{user}?api-version=1.0").json()

    assert (told["ver"], told["cloud_instance_name"]) == ("1.0", "microsoftonline.com")
    assert (told["account_type"], told.get("domain_name")) == expected
