"""A connected machine signs in with a token signed by its own key."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from simulator.resources.entities import Machine
from simulator.store import Store

Send = Callable[..., httpx.Response]
TENANT = "0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00a1"
LOGIN = "https://login.microsoftonline.com"
TOKEN = f"{LOGIN}/{TENANT}/oauth2/v2.0/token"
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def claims_of(answer: httpx.Response) -> dict[str, Any]:
    """Read the claims of the access token of an answer."""
    found: dict[str, Any] = jwt.decode(answer.json()["access_token"], options={"verify_signature": False})
    return found


def failure(answer: httpx.Response) -> tuple[int, str, list[int]]:
    """Give status, error and AADSTS numbers of a refusal."""
    return answer.status_code, answer.json()["error"], answer.json()["error_codes"]


@pytest.fixture
def connected(
    send: Send, make_machine: Callable[..., dict[str, Any]], signed: Callable[[str], dict[str, str]]
) -> dict[str, Any]:
    """Give the identity of a machine that has its certificate."""
    machine = make_machine()
    url = f"https://eus.his.arc.azure.com/machine/{machine['properties']['vmId']}/identity?api-version=2.1"
    body = {"resourceId": machine["id"], "publicKey": machine["properties"]["clientPublicKey"]}
    found: dict[str, Any] = send("POST", url, json=body, headers=signed(machine["id"])).raise_for_status().json()
    return {**found, "id": machine["id"]}


def thumbprint(identity: dict[str, Any]) -> str:
    """Give the certificate's x5t, padding and all, as MSAL sends it."""
    lines = [line for line in identity["certificate"].splitlines() if not line.startswith("-")]
    return base64.urlsafe_b64encode(hashlib.sha1(base64.b64decode("".join(lines))).digest()).decode()


def assertion_form(
    identity: dict[str, Any], key: rsa.RSAPrivateKey, header: dict[str, str], **change: Any
) -> dict[str, str]:
    """Give the form by which a machine signs in."""
    now = 1_767_225_600
    client = identity["clientId"]
    claims = {
        "aud": TOKEN,
        "iss": client,
        "sub": client,
        "jti": "1",
        "iat": now,
        "nbf": now,
        "exp": now + 600,
        **change,
    }
    return {
        "grant_type": "client_credentials", "client_id": client, "client_assertion_type": JWT_BEARER,
        "client_assertion": jwt.encode(claims, key, algorithm="RS256", headers=header),
        "scope": "eec53b1f-b9a4-4479-acf5-6b247c6a49f2/.default",
    }  # fmt: skip


def test_a_machine_signs_in_with_its_certificate(
    send: Send, connected: dict[str, Any], machine_key: rsa.RSAPrivateKey
) -> None:
    """The machine's token lives a day, and names the machine."""
    answer = send("POST", TOKEN, data=assertion_form(connected, machine_key, {"x5t": thumbprint(connected)}))
    claims = claims_of(answer)

    assert (answer.json()["expires_in"], claims["exp"]) == (86400, 1_767_225_600 + 86400)
    assert (claims["xms_mirid"], claims["oid"], claims["appidacr"]) == (connected["id"], connected["principalId"], "2")
    assert claims["aud"] == "eec53b1f-b9a4-4479-acf5-6b247c6a49f2"


@pytest.mark.parametrize(
    ("change", "number"),
    [
        ({"exp": 1_767_225_600 - 301}, 700024),
        ({"nbf": 1_767_225_600 + 301}, 700024),
        ({"nbf": "soon"}, 50027),
        ({"exp": None}, 50027),
        ({"aud": "https://login.example/token"}, 700023),
    ],
    ids=["ended", "not yet", "no number", "nothing", "for somebody else"],
)
def test_bad_assertions(
    send: Send, connected: dict[str, Any], machine_key: rsa.RSAPrivateKey, change: dict[str, Any], number: int
) -> None:
    """An assertion outside its time, or for another place, is refused with its number."""
    form = assertion_form(connected, machine_key, {"x5t": thumbprint(connected)}, **change)

    assert failure(send("POST", TOKEN, data=form)) == (401, "invalid_client", [number])


def test_another_key_or_certificate(send: Send, connected: dict[str, Any], machine_key: rsa.RSAPrivateKey) -> None:
    """A signature of another key, and the name of another certificate, are refused."""
    other = rsa.generate_private_key(65537, 2048)
    signed_by_other = assertion_form(connected, other, {"x5t": thumbprint(connected)})
    other_certificate = assertion_form(connected, machine_key, {"x5t": "AAAA"})
    nonsense = {**signed_by_other, "client_assertion": "a.b.c"}
    found = [failure(send("POST", TOKEN, data=form)) for form in (signed_by_other, other_certificate, nonsense)]

    assert found == [(401, "invalid_client", [number]) for number in (700027, 700027, 50027)]


def test_an_ended_certificate(
    send: Send, connected: dict[str, Any], machine_key: rsa.RSAPrivateKey, cloud_store: Store
) -> None:
    """After 90 days of lab time the certificate is good no more."""
    cloud_store.clock.advance(90 * 86400)
    later = 1_767_225_600 + 90 * 86400
    form = assertion_form(connected, machine_key, {"x5t": thumbprint(connected)}, nbf=later, exp=later + 600)

    assert failure(send("POST", TOKEN, data=form)) == (401, "invalid_client", [700027])


def test_a_machine_without_a_key_cannot_sign_in(
    send: Send, make_machine: Callable[..., dict[str, Any]], cloud_store: Store, machine_key: rsa.RSAPrivateKey
) -> None:
    """A resource that was created without a key is refused like a wrong signature, not by a crash."""
    make_machine(properties={})
    identity = {"clientId": cloud_store.all(Machine)[0].client_id}

    assert failure(send("POST", TOKEN, data=assertion_form(identity, machine_key, {"x5t": ""})))[2] == [700027]


def test_a_deleted_machine_is_unknown(
    send: Send, connected: dict[str, Any], machine_key: rsa.RSAPrivateKey, arm: Callable[..., httpx.Response]
) -> None:
    """With the resource goes the identity."""
    arm("DELETE", "{M}/box-1")
    form = assertion_form(connected, machine_key, {"x5t": thumbprint(connected)})

    assert failure(send("POST", TOKEN, data=form)) == (400, "unauthorized_client", [700016])
