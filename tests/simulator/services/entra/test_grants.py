"""Tokens by secret and refresh token, as MSAL asks for them.

MSAL itself is not asked here; requests have the fields that it was seen to send.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import jwt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.store import Store

Send = Callable[..., httpx.Response]
TENANT = "0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00a1"
LOGIN = "https://login.microsoftonline.com"
TOKEN = f"{LOGIN}/{TENANT}/oauth2/v2.0/token"
ARM_SCOPE = "https://management.azure.com/.default"
SECRET = {
    "grant_type": "client_credentials",
    "client_id": "app-owner",
    "client_secret": "secret-owner",
    "scope": ARM_SCOPE,
}


def claims_of(answer: httpx.Response) -> dict[str, Any]:
    """Read the claims of the access token of an answer."""
    found: dict[str, Any] = jwt.decode(answer.json()["access_token"], options={"verify_signature": False})
    return found


def failure(answer: httpx.Response) -> tuple[int, str, list[int]]:
    """Give status, error and AADSTS numbers of a refusal."""
    return answer.status_code, answer.json()["error"], answer.json()["error_codes"]


def test_a_secret_gives_a_token_that_pyjwt_verifies(send: Send, cloud_store: Store) -> None:
    """An independent library verifies the token with the published keys; its claims are an application's."""
    keys = jwt.PyJWKSet.from_dict(send("GET", f"{LOGIN}/{TENANT}/discovery/v2.0/keys").json())
    answer = send("POST", TOKEN, data=SECRET)
    token = answer.json()["access_token"]
    key = keys[jwt.get_unverified_header(token)["kid"]]
    options: Any = {"verify_exp": False, "verify_nbf": False, "verify_iat": False}
    claims = jwt.decode(token, key, algorithms=["RS256"], audience="https://management.azure.com", options=options)

    assert {name: claims[name] for name in ("iss", "tid", "oid", "sub", "appid", "appidacr", "idtyp", "ver")} == {
        "iss": f"https://sts.windows.net/{TENANT}/", "tid": TENANT, "oid": "oid-owner", "sub": "oid-owner",
        "appid": "app-owner", "appidacr": "1", "idtyp": "app", "ver": "1.0",
    }  # fmt: skip
    assert (answer.json()["token_type"], answer.json()["expires_in"]) == ("Bearer", 3599)
    assert claims["exp"] == int(cloud_store.clock.now()) + 3599
    assert answer.headers["cache-control"] == "no-store"


def test_a_token_opens_resource_manager(send: Send) -> None:
    """What Entra issues, ARM accepts."""
    token = send("POST", TOKEN, data=SECRET).json()["access_token"]
    url = "https://management.azure.com/subscriptions?api-version=2022-12-01"

    assert send("GET", url, headers={"Authorization": f"Bearer {token}"}).status_code == 200


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"client_secret": "wrong"}, (401, "invalid_client", [7000215])),
        ({"client_secret": ""}, (401, "invalid_client", [7000216])),
        ({"client_id": "nobody"}, (400, "unauthorized_client", [700016])),
        ({"client_id": ""}, (400, "invalid_request", [900144])),
        ({"scope": ""}, (400, "invalid_request", [900144])),
        ({"scope": "nothing/.default"}, (400, "invalid_resource", [500011])),
        ({"grant_type": "implicit"}, (400, "unsupported_grant_type", [70003])),
        ({"grant_type": ""}, (400, "invalid_request", [900144])),
    ],
    ids=["secret", "no secret", "application", "no application", "no scope", "resource", "grant type", "no grant type"],
)
def test_refusals(send: Send, change: dict[str, str], expected: tuple[int, str, list[int]]) -> None:
    """Each mistake has Entra's error and number."""
    assert failure(send("POST", TOKEN, data={**SECRET, **change})) == expected


def test_the_form_of_a_refusal(send: Send) -> None:
    """Number, ids and time stand in the description and beside it; the client's id is its correlation id."""
    answer = send("POST", TOKEN, data={**SECRET, "client_secret": "wrong"}, headers={"client-request-id": "r-1"})
    body = answer.json()

    assert body["error_description"] == (
        "AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client "
        "secret value, not the client secret ID, for a secret added to app 'app-owner'. "
        f"Trace ID: {body['trace_id']} Correlation ID: r-1 Timestamp: 2026-01-01 00:00:00Z"
    )
    assert (body["correlation_id"], body["timestamp"]) == ("r-1", "2026-01-01 00:00:00Z")
    assert body["error_uri"] == f"{LOGIN}/error?code=7000215"


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"scope": ARM_SCOPE}, "https://management.azure.com"),
        ({"scope": "https://management.core.windows.net//.default"}, "https://management.core.windows.net/"),
        ({"scope": f"{ARM_SCOPE} offline_access openid profile"}, "https://management.azure.com"),
        ({"scope": "eec53b1f-b9a4-4479-acf5-6b247c6a49f2/.default"}, "eec53b1f-b9a4-4479-acf5-6b247c6a49f2"),
    ],
    ids=["SDK", "CLI", "with other scopes", "agent service"],
)
def test_audiences(send: Send, form: dict[str, str], expected: str) -> None:
    """A scope asks for an audience; a doubled slash keeps one."""
    assert claims_of(send("POST", TOKEN, data={**SECRET, **form}))["aud"] == expected


def test_the_first_version(send: Send) -> None:
    """v1 takes a resource and writes numbers as texts; it names the resource again, and when the token ends."""
    form = {name: SECRET[name] for name in ("grant_type", "client_id", "client_secret")}
    url = f"{LOGIN}/{TENANT}/oauth2/token?api-version=1.0"
    answer = send("POST", url, data={**form, "resource": "https://management.azure.com/"})
    body = answer.json()

    assert claims_of(answer)["aud"] == "https://management.azure.com/"
    assert {name: body[name] for name in ("expires_in", "expires_on", "resource", "token_type")} == {
        "expires_in": "3599", "expires_on": str(1_767_225_600 + 3599), "resource": "https://management.azure.com/",
        "token_type": "Bearer",
    }  # fmt: skip
    assert failure(send("POST", url, data=form)) == (400, "invalid_request", [900144])


@pytest.mark.parametrize("given", [{"client-request-id": "mine"}, {}], ids=["given", "none"])
def test_ids_of_a_token(send: Send, given: dict[str, str]) -> None:
    """A good answer has an id of its own, and gives back the client's."""
    first, second = (send("POST", TOKEN, data=SECRET, headers=given).headers for _ in range(2))

    assert first["x-ms-request-id"] != second["x-ms-request-id"]
    assert first.get("client-request-id") == given.get("client-request-id")


def test_ids_of_a_refusal_are_headers_too(send: Send) -> None:
    """Who reports a problem finds its ids without reading the body."""
    answer = send("POST", TOKEN, data={**SECRET, "client_secret": "wrong"})

    assert answer.headers["x-ms-request-id"] == answer.json()["trace_id"]
    assert answer.headers["client-request-id"] == answer.json()["correlation_id"]


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_another_method(send: Send, method: str) -> None:
    """Tokens are asked for with POST; anything else is not known."""
    assert send(method, TOKEN).status_code == 501


NAMES = ("grant_type", "client_id", "client_secret", "scope", "resource", "client_assertion", "client_assertion_type",
         "device_code", "refresh_token", "client_info")  # fmt: skip
TEXTS = st.sampled_from((
    "client_credentials", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code", "app-owner", "secret-owner",
    ARM_SCOPE, "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "eyJhIjoxfQ.eyJleHAiOiJuYW4ifQ.x", "1",
)) | st.text(max_size=8)  # fmt: skip


@given(form=st.dictionaries(st.sampled_from(NAMES), TEXTS, max_size=7), rest=st.sampled_from(["v2.0/token", "token"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_form_is_answered(send: Send, form: dict[str, str], rest: str) -> None:
    """Whatever a form holds, it gets a token or a refusal in Entra's form, never a mistake of ours."""
    answer = send("POST", f"{LOGIN}/{TENANT}/oauth2/{rest}", data=form)

    assert answer.status_code in (200, 400, 401)
    assert "access_token" in answer.json() or answer.json()["error_description"]


PASSWORD = {
    "grant_type": "password", "client_id": "04b07795-8ddb-461a-bbee-02f9e1bf7b46", "username": "Person@arclab.example",
    "password": "s", "scope": f"{ARM_SCOPE} offline_access openid profile", "client_info": "1",
}  # fmt: skip


@pytest.mark.parametrize("tenant", [TENANT, "organizations"])
def test_a_password(send: Send, tenant: str) -> None:
    """A person's name and password give what a sign-in gives; the refresh token is good."""
    answer = send("POST", f"{LOGIN}/{tenant}/oauth2/v2.0/token", data=PASSWORD)
    form = {"grant_type": "refresh_token", "client_id": PASSWORD["client_id"], "scope": ARM_SCOPE,
            "refresh_token": answer.json()["refresh_token"]}  # fmt: skip

    assert (claims_of(answer)["upn"], claims_of(answer)["idtyp"]) == ("person@arclab.example", "user")
    assert {"id_token", "client_info"} < answer.json().keys()
    assert send("POST", TOKEN, data=form).status_code == 200


def test_a_password_at_v1(send: Send) -> None:
    """There it is for a resource, which is written as it comes."""
    form = {**PASSWORD, "resource": "https://management.azure.com/", "scope": ""}
    answer = send("POST", f"{LOGIN}/{TENANT}/oauth2/token", data=form)

    assert (claims_of(answer)["aud"], claims_of(answer)["oid"]) == ("https://management.azure.com/", "oid-person")


@pytest.mark.parametrize("tenant", ["common", "Common"])
def test_a_password_at_everybodys_address(send: Send, tenant: str) -> None:
    """At v2 that is `organizations`; v1 takes `common`, too."""
    refused = send("POST", f"{LOGIN}/{tenant}/oauth2/v2.0/token", data=PASSWORD)
    form = {**PASSWORD, "resource": "https://management.azure.com/", "scope": ""}

    assert failure(refused) == (400, "invalid_request", [9001023])
    assert send("POST", f"{LOGIN}/{tenant}/oauth2/token", data=form).status_code == 200


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"password": "wrong"}, (400, "invalid_grant", [50126])),
        ({"username": "nobody@arclab.example"}, (400, "invalid_grant", [50034])),
        ({"username": ""}, (400, "invalid_request", [900144])),
        ({"password": ""}, (400, "invalid_request", [900144])),
        ({"client_id": "nobody"}, (400, "unauthorized_client", [700016])),
        ({"client_id": "app-owner", "client_secret": "wrong"}, (401, "invalid_client", [7000215])),
        ({"scope": ""}, (400, "invalid_request", [900144])),
    ],
    ids=["password", "name", "no name", "no password", "application", "its secret", "no scope"],
)
def test_refusals_of_passwords(send: Send, change: dict[str, str], expected: tuple[int, str, list[int]]) -> None:
    """What is wrong is said as for a sign-in; an application that proves itself has to do it well."""
    assert failure(send("POST", TOKEN, data={**PASSWORD, **change})) == expected
