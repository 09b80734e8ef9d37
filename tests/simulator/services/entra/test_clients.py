"""How applications prove themselves: several secrets with an end, certificates by both thumbprints, and who may not."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from collections.abc import Callable
from typing import Any

import httpx
import jwt
import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from simulator.contract import ClientSecret
from simulator.resources.entities import Principal
from simulator.resources.transition import Transition
from simulator.store import Store

Send = Callable[..., httpx.Response]
LOGIN = "https://login.microsoftonline.com"
TENANT = "0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00a1"
OTHER_TENANT = "0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00a2"
TOKEN = f"{LOGIN}/{TENANT}/oauth2/v2.0/token"
NOW = 1_767_225_600
FORM = {"grant_type": "client_credentials", "client_id": "app-reader", "scope": "https://management.azure.com/.default"}
ARM_AND_REFRESH = f"{FORM['scope']} offline_access"
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def outcome(answer: httpx.Response) -> tuple[int, list[int]]:
    """Give status and AADSTS numbers."""
    return answer.status_code, answer.json().get("error_codes", [])


@pytest.fixture
def change(cloud_store: Store) -> Callable[..., None]:
    """Give a function that changes the application `reader`."""

    def apply(**fields: Any) -> None:
        before = cloud_store.get(Principal, "oid-reader")
        assert before is not None
        cloud_store.apply(Transition("test", (msgspec.structs.replace(before, **fields),)))

    return apply


@pytest.fixture(scope="session")
def certificate() -> x509.Certificate:
    """Give a certificate of `key_of_certificate`, good for all of 2026."""
    return issue(KEY)


KEY = rsa.generate_private_key(65537, 2048)
OTHER_KEY = rsa.generate_private_key(65537, 2048)


def issue(key: rsa.RSAPrivateKey, until: dt.datetime = dt.datetime(2026, 12, 31, tzinfo=dt.UTC)) -> x509.Certificate:
    """Make a certificate of a key."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "app")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    begins = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
    return builder.serial_number(1).not_valid_before(begins).not_valid_after(until).sign(key, hashes.SHA256())


def pem(certificate: x509.Certificate) -> str:
    """Give a certificate's PEM."""
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def thumbprints(certificate: x509.Certificate) -> dict[str, str]:
    """Give both thumbprints, as headers have them."""
    der = certificate.public_bytes(serialization.Encoding.DER)
    pairs = (("x5t", hashlib.sha1(der)), ("x5t#S256", hashlib.sha256(der)))
    return {name: base64.urlsafe_b64encode(digest.digest()).decode() for name, digest in pairs}


def form(header: dict[str, str], algorithm: str = "RS256", key: Any = KEY, **claims: Any) -> dict[str, str]:
    """Give the form of an application that signs in by certificate, as MSAL sends it: its times are floats."""
    said = {"aud": TOKEN, "iss": "app-reader", "sub": "app-reader", "exp": NOW + 599.5, "iat": NOW + 0.5, "jti": "1"}
    assertion = jwt.encode({**said, **claims}, key, algorithm=algorithm, headers=header)
    return {**FORM, "client_assertion": assertion, "client_assertion_type": JWT_BEARER}


# Secrets


def test_several_secrets(send: Send, change: Callable[..., None], cloud_store: Store) -> None:
    """Each secret is good until its end; then the refusal says that it was right once."""
    soon = ClientSecret("second", "2026-01-02T00:00:00Z")
    change(secrets=(soon, ClientSecret("third")))
    before = [
        send("POST", TOKEN, data={**FORM, "client_secret": text}).status_code for text in ("s", "second", "third")
    ]
    cloud_store.clock.advance(86400)
    after = [outcome(send("POST", TOKEN, data={**FORM, "client_secret": text})) for text in ("second", "third", "no")]

    assert (before, after) == ([200, 200, 200], [(401, [7000222]), (200, []), (401, [7000215])])


def test_the_same_secret_with_two_ends(send: Send, change: Callable[..., None], cloud_store: Store) -> None:
    """A secret that was prolonged is good until its later end."""
    change(secret="", secrets=(ClientSecret("x", "2026-01-02T00:00:00Z"), ClientSecret("x", "2026-01-03T00:00:00Z")))
    cloud_store.clock.advance(86400)

    assert send("POST", TOKEN, data={**FORM, "client_secret": "x"}).status_code == 200


def test_a_secret_in_the_header(send: Send) -> None:
    """OAuth's other way is taken too; what cannot be decoded is refused."""
    body = {"grant_type": FORM["grant_type"], "scope": FORM["scope"]}
    texts = (base64.b64encode(b"app-reader:s"), b"%%%", b"/w==", b"\xff")
    answers = [send("POST", TOKEN, data=body, headers={b"Authorization": b"Basic " + text}) for text in texts]

    assert [outcome(answer) for answer in answers] == [(200, []), *[(400, [9002313])] * 3]


def test_a_disabled_application(send: Send, change: Callable[..., None]) -> None:
    """It is refused whatever it proves."""
    change(disabled=True)

    assert outcome(send("POST", TOKEN, data={**FORM, "client_secret": "s"})) == (400, [7000112])


PERSON = {"username": "person@arclab.example", "password": "s", "client_id": "app-reader", "scope": ARM_AND_REFRESH,
          "redirect_uri": "http://localhost:1/", "response_type": "code", "grant_type": "password"}  # fmt: skip


@pytest.mark.parametrize("tenant", [TENANT, "organizations"])
def test_nobody_signs_in_through_a_disabled_application(send: Send, change: Callable[..., None], tenant: str) -> None:
    """Not by password, in a browser or on a device; what was given before is good no more."""
    places = [f"{LOGIN}/{tenant}/oauth2/v2.0/{what}" for what in ("token", "devicecode")]
    page = f"{LOGIN}/{tenant}/oauth2/v2.0/authorize"
    before = [send("POST", place, data=PERSON) for place in places]
    refresh = {**PERSON, "grant_type": "refresh_token", "refresh_token": before[0].json()["refresh_token"]}
    before += [send("POST", places[0], data=refresh), send("GET", page, params=PERSON)]
    change(disabled=True)
    shown = send("GET", page, params=PERSON)

    assert [answer.status_code for answer in before] == [200] * 4
    for place, form in ((places[0], PERSON), (places[1], PERSON), (places[0], refresh)):
        assert outcome(send("POST", place, data=form)) == (400, [7000112])
    assert (shown.status_code, "AADSTS7000112" in shown.text) == (400, True)


def test_an_application_that_another_tenant_has_disabled(send: Send, cloud_store: Store) -> None:
    """Each tenant has it for its own people, whatever address they are asked at."""
    before = cloud_store.get(Principal, "oid-reader")
    assert before is not None
    other = msgspec.structs.replace(before, key="oid-elsewhere", tenant_id=OTHER_TENANT, disabled=True)
    cloud_store.apply(Transition("test", (other,)))
    places = [f"{LOGIN}/{tenant}/oauth2/v2.0/token" for tenant in (TENANT, "organizations")]
    enabled = [outcome(send("POST", place, data=PERSON)) for place in places]
    swapped = (msgspec.structs.replace(before, disabled=True), msgspec.structs.replace(other, disabled=False))
    cloud_store.apply(Transition("test", swapped))
    disabled = [outcome(send("POST", place, data=PERSON)) for place in places]

    assert (enabled, disabled) == ([(200, [])] * 2, [(400, [7000112])] * 2)


def test_an_application_of_another_tenant(send: Send) -> None:
    """A tenant knows its own applications only; everybody's address knows none."""
    secret = {**FORM, "client_secret": "s"}
    neighbour = {**secret, "client_id": "app-neighbour"}

    assert outcome(send("POST", TOKEN, data=neighbour)) == (400, [700016])
    assert send("POST", TOKEN.replace(TENANT, OTHER_TENANT), data=neighbour).status_code == 200
    assert outcome(send("POST", TOKEN.replace(TENANT, "common"), data=secret)) == (400, [50059])


# Certificates


@pytest.mark.parametrize("name", ["x5t", "x5t#S256"])
@pytest.mark.parametrize("algorithm", ["RS256", "PS256"])
def test_a_certificate(
    send: Send, change: Callable[..., None], certificate: x509.Certificate, name: str, algorithm: str
) -> None:
    """Both thumbprints and both algorithms that libraries send are taken; the token says how it was proved."""
    change(certificates=(pem(issue(OTHER_KEY)), pem(certificate)))
    answer = send("POST", TOKEN, data=form({name: thumbprints(certificate)[name]}, algorithm))
    claims = jwt.decode(answer.json()["access_token"], options={"verify_signature": False})

    assert (claims["oid"], claims["appid"], claims["appidacr"]) == ("oid-reader", "app-reader", "2")


def test_a_repeated_assertion(send: Send, change: Callable[..., None], certificate: x509.Certificate) -> None:
    """MSAL keeps an assertion for nine minutes and sends it again: it is good until it ends."""
    change(certificates=(pem(certificate),))
    data = form(thumbprints(certificate))

    assert [send("POST", TOKEN, data=data).status_code for _ in range(2)] == [200, 200]


@pytest.mark.parametrize(
    ("claims", "number"),
    [
        ({"iss": "app-owner"}, 700021), ({"sub": "app-owner"}, 700021), ({"exp": NOW - 301}, 700024),
        ({"nbf": NOW + 301}, 700024), ({"aud": "https://login.example/t/token"}, 700023), ({"aud": 1}, 700023),
        ({"aud": "http://login.microsoftonline.com/t"}, 700023), ({"aud": "https://[/"}, 700023), ({"exp": "x"}, 50027),
    ],
)  # fmt: skip
def test_claims_that_are_wrong(
    send: Send, change: Callable[..., None], certificate: x509.Certificate, claims: dict[str, Any], number: int
) -> None:
    """Who, when and for whom are looked at, each with its number."""
    change(certificates=(pem(certificate),))

    assert outcome(send("POST", TOKEN, data=form(thumbprints(certificate), **claims))) == (401, [number])


def test_certificates_that_are_not_good(
    send: Send, change: Callable[..., None], certificate: x509.Certificate, cloud_store: Store
) -> None:
    """One that is not registered, one of another key, one in another algorithm, and one that has ended are refused."""
    change(certificates=(pem(certificate),))
    other = issue(OTHER_KEY)
    forms = [
        form(thumbprints(other)), form(thumbprints(certificate), key=OTHER_KEY),
        form(thumbprints(certificate), "HS256", key="x" * 32), form({}),
    ]  # fmt: skip
    answers = [send("POST", TOKEN, data=data) for data in forms]
    cloud_store.clock.advance(365 * 86400)
    ended = send("POST", TOKEN, data=form(thumbprints(certificate), exp=NOW + 366 * 86400))

    assert [outcome(answer) for answer in answers] == [(401, [700027])] * 4
    assert "The key was not found" in answers[0].json()["error_description"]
    assert (outcome(ended), "The key used is expired" in ended.text) == ((401, [700027]), True)


def test_a_rotated_certificate(send: Send, change: Callable[..., None], certificate: x509.Certificate) -> None:
    """While both are registered both are good; afterwards the new one alone."""
    key = OTHER_KEY
    renewed = issue(key)
    old, new = form(thumbprints(certificate)), form(thumbprints(renewed), key=key)
    change(certificates=(pem(certificate), pem(renewed)))
    both = [send("POST", TOKEN, data=data).status_code for data in (old, new)]
    change(certificates=(pem(renewed),))
    after = [send("POST", TOKEN, data=data).status_code for data in (old, new)]

    assert (both, after) == ([200, 200], [401, 200])


@pytest.mark.parametrize(
    ("kind", "number"), [({}, 900144), ({"client_assertion_type": "urn:x"}, 9002313)], ids=["none", "another"]
)
def test_the_type_of_an_assertion(
    send: Send, change: Callable[..., None], certificate: x509.Certificate, kind: dict[str, str], number: int
) -> None:
    """The form says that it is a JWT."""
    change(certificates=(pem(certificate),))
    data = form(thumbprints(certificate))
    data.pop("client_assertion_type")

    assert outcome(send("POST", TOKEN, data={**data, **kind})) == (400, [number])
