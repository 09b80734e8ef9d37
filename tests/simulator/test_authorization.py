"""Who may do what at Resource Manager, and how each bad token is refused."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from simulator.identity.tokens import TokenKey
from simulator.resources.entities import Machine, Principal
from simulator.resources.role_assignments import granted
from simulator.resources.roles import ROLES
from simulator.resources.transition import Transition
from simulator.services.entra.issuer import Issuer
from simulator.store import Store

Arm = Callable[..., httpx.Response]
URL = "https://management.azure.com/subscriptions?api-version=2022-12-01"
TENANT = "0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00a1"
GOOD: dict[str, Any] = {
    "aud": "https://management.azure.com", "iss": f"https://sts.windows.net/{TENANT}/", "tid": TENANT,
    "oid": "oid-owner", "exp": 1_767_225_601, "appid": "app-owner",
}  # fmt: skip


def code(answer: httpx.Response) -> tuple[int, str]:
    """Give status and error code of an answer."""
    return answer.status_code, answer.json()["error"]["code"]


def encoded(value: object) -> str:
    """Encode a part of a token."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


# Tokens


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, 200),
        ({"aud": "https://management.core.windows.net/"}, 200),
        ({"exp": 1_767_225_600}, "ExpiredAuthenticationToken"),
        ({"exp": 0}, "ExpiredAuthenticationToken"),
        ({"tid": "another"}, "InvalidAuthenticationTokenTenant"),
        ({"iss": "https://sts.windows.net/another/"}, "InvalidAuthenticationTokenTenant"),
        ({"aud": "https://graph.microsoft.com"}, "InvalidAuthenticationTokenAudience"),
        ({"aud": "https://management.azure.com.evil.example"}, "InvalidAuthenticationTokenAudience"),
    ],
    ids=["good", "old audience", "just expired", "long expired", "tenant", "issuer", "audience", "audience alike"],
)
def test_claims(send: Arm, signing_key: TokenKey, change: dict[str, Any], expected: int | str) -> None:
    """Each claim that is wrong has a code of its own."""
    answer = send("GET", URL, headers={"Authorization": f"Bearer {signing_key.sign({**GOOD, **change})}"})
    found = answer.status_code if answer.status_code == 200 else answer.json()["error"]["code"]

    assert found == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, "AuthenticationFailed"),
        ("Basic dXNlcjpwYXNz", "AuthenticationFailed"),
        ("Bearer", "AuthenticationFailed"),
        ("Bearer nonsense", "InvalidAuthenticationToken"),
        (f"Bearer {encoded({'alg': 'none'})}.{encoded(GOOD)}.", "InvalidAuthenticationToken"),
        (f"Bearer {encoded({'alg': 'RS256', 'kid': 'x'})}.{encoded(GOOD)}.AAAA", "InvalidAuthenticationToken"),
    ],
    ids=["no header", "other scheme", "no token", "nonsense", "unsigned", "wrong signature"],
)
def test_what_is_no_token(send: Arm, header: str | None, expected: str) -> None:
    """A request without a believable token is refused with the challenge that clients read."""
    answer = send("GET", URL, headers={"Authorization": header} if header else {})

    assert code(answer) == (401, expected)
    assert answer.headers["www-authenticate"].startswith(
        f'Bearer authorization_uri="https://login.microsoftonline.com/{TENANT}", error="invalid_token"'
    )


@pytest.mark.parametrize("header", [None, "Bearer nonsense"])
@pytest.mark.parametrize(
    ("host", "login"),
    [("localhost:8443", "localhost:8443"), ("[::1]", "[::1]"), ("", "login.microsoftonline.com"),
     ("MANAGEMENT.azure.com", "login.microsoftonline.com"), ("management.azure.com.", "login.microsoftonline.com")],
)  # fmt: skip
def test_the_challenge_leads_to_where_the_client_is(send: Arm, header: str | None, host: str, login: str) -> None:
    """Who came to an address signs in there, as the cloud's metadata says; others sign in at Entra's own name."""
    answer = send("GET", URL, headers={"Host": host} | ({"Authorization": header} if header else {}))
    metadata = send("GET", "https://localhost/metadata/endpoints?api-version=2022-09-01", headers={"Host": host})

    assert f'authorization_uri="https://{login}/{TENANT}"' in answer.headers["www-authenticate"]
    assert metadata.json()["authentication"]["loginEndpoint"] == f"https://{login}"


def test_the_text_of_an_invalid_token_is_arms(send: Arm) -> None:
    """The message tells nothing about why; the challenge does."""
    answer = send("GET", URL, headers={"Authorization": "Bearer a.b.c"})

    assert answer.json()["error"]["message"] == "The access token is invalid."
    assert 'error_description="it cannot be decoded"' in answer.headers["www-authenticate"]


def test_a_foreign_key_is_not_believed(send: Arm, signing_key: TokenKey) -> None:
    """The right claims under somebody else's signature are worth nothing."""
    key = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    foreign = TokenKey(key)
    foreign.kid = signing_key.kid

    assert code(send("GET", URL, headers={"Authorization": f"Bearer {foreign.sign(GOOD)}"})) == (
        401, "InvalidAuthenticationToken"
    )  # fmt: skip


def test_refusals_are_journaled_without_the_token(send: Arm, signing_key: TokenKey, cloud_store: Store) -> None:
    """One event for each refusal, with its status, and nothing of the token in it."""
    bad = signing_key.sign({**GOOD, "exp": 0})
    send("GET", URL, headers={"Authorization": f"Bearer {bad}"})
    event = cloud_store.events[-1]

    assert (event.kind, event.status, event.operation) == ("request", 401, "subscriptions.list")
    assert bad[-20:] not in repr(event)


# api-version


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "MissingApiVersionParameter"),
        ("?api-version=", "MissingApiVersionParameter"),
        ("?api-version=latest", "InvalidApiVersionParameter"),
        ("?api-version=2026-7-15", "InvalidApiVersionParameter"),
        ("?api-version=2026-07-15-beta", "InvalidApiVersionParameter"),
    ],
)
def test_the_version_comes_before_the_token(send: Arm, query: str, expected: str) -> None:
    """A request without a good api-version is refused, whoever sends it."""
    assert code(send("GET", f"https://management.azure.com/subscriptions{query}")) == (400, expected)


def test_an_invalid_version_names_the_good_ones(send: Arm) -> None:
    """The refusal lists what is supported."""
    answer = send("GET", "https://management.azure.com/subscriptions?api-version=1")

    assert "The supported versions are '2026-06-01,2025-04-01," in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "query", ["api-version=2022-12-01", "API-Version=2024-06-01-preview", "$filter=a&api-version=2016-06-01"]
)
def test_good_versions(send: Arm, token: Callable[..., str], query: str) -> None:
    """The parameter's name has any case and any place; previews are versions."""
    answer = send(
        "GET", f"https://management.azure.com/subscriptions?{query}", headers={"Authorization": f"Bearer {token()}"}
    )

    assert answer.status_code == 200


# Roles


@pytest.mark.parametrize(
    ("who", "get", "put", "delete"),
    [
        ("owner", 404, 200, 202),
        ("person", 404, 200, 202),
        ("administrator", 404, 200, 202),
        ("onboarding", 404, 200, 403),
        ("reader", 404, 403, 403),
        ("stranger", 403, 403, 403),
    ],
)
def test_roles(arm: Arm, who: str, get: int, put: int, delete: int) -> None:
    """Looking for a machine, creating and deleting it: what each role may."""
    found = arm("GET", "{M}/box-1", who=who).status_code
    made = arm("PUT", "{M}/box-1", who=who, json={"location": "eastus"}).status_code
    arm("PUT", "{M}/box-1", json={"location": "eastus"})

    assert (found, made, arm("DELETE", "{M}/box-1", who=who).status_code) == (get, put, delete)


def test_a_refusal_names_who_what_and_where(arm: Arm) -> None:
    """The text names client, object id, action and scope, as support asks for them."""
    answer = arm("DELETE", "{M}/box-1", who="onboarding")
    message = answer.json()["error"]["message"]

    assert code(answer) == (403, "AuthorizationFailed")
    assert message.startswith(
        "The client 'app-onb' with object id 'oid-onboarding' does not have authorization to perform action "
        "'Microsoft.HybridCompute/machines/delete' over scope '/subscriptions/"
    )


def test_a_person_is_named_by_their_user_name(arm: Arm, cloud_store: Store) -> None:
    """Whoever signed in as a person is journaled by object id."""
    arm("GET", "{M}", who="person")

    assert cloud_store.events[-1].caller == "oid-person"


# Headers


def test_every_answer_has_arms_headers(arm: Arm) -> None:
    """Caching is forbidden, ids are there, and what is left of the quota."""
    headers = arm("GET", "{M}", headers={"x-ms-correlation-request-id": "c-1"}).headers

    assert (headers["cache-control"], headers["pragma"], headers["x-ms-correlation-request-id"]) == (
        "no-cache",
        "no-cache",
        "c-1",
    )
    assert headers["x-ms-routing-request-id"] == "EASTUS:20260101T000000Z:c-1"
    assert headers["x-ms-ratelimit-remaining-subscription-global-reads"] == "16499"
    assert headers["content-type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize(("wish", "expected"), [("true", "r-1"), ("false", None)])
def test_the_clients_id_comes_back_when_asked_for(arm: Arm, wish: str, expected: str | None) -> None:
    """The client's own request id is returned on demand only."""
    headers = {"x-ms-client-request-id": "r-1", "x-ms-return-client-request-id": wish}

    assert arm("GET", "{M}", headers=headers).headers.get("x-ms-client-request-id") == expected


@pytest.mark.parametrize(("method", "path"), [("GET", "{M}/none"), ("DELETE", "{M}/box-1"), ("GET", "{M}")])
def test_nothing_but_polling_asks_for_a_retry(arm: Arm, method: str, path: str) -> None:
    """Clients repeat every refusal that has Retry-After, so refusals have none."""
    assert "retry-after" not in arm(method, path, who="stranger").headers


GROUP = "/subscriptions/0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00b2/resourceGroups/rg1"
BOX = f"{GROUP}/providers/Microsoft.HybridCompute/machines/box-1"


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (BOX, (200, 403, 403)),
        (BOX.upper(), (200, 403, 403)),
        (GROUP, (200, 200, 200)),
        (f"{GROUP}0", (403, 403, 403)),
        (GROUP[:-1], (403, 403, 403)),
        (GROUP.partition("/resourceGroups")[0], (200, 200, 200)),
    ],
    ids=["machine", "machine in capitals", "group", "rg10", "rg", "subscription"],
)
def test_a_role_holds_on_its_scope_and_below(
    arm: Arm, cloud_store: Store, scope: str, expected: tuple[int, ...]
) -> None:
    """Whoever is a reader of a machine reads it and nothing beside it; of a group, all that is inside."""
    for name in ("box-1", "box-10"):
        arm("PUT", f"{{M}}/{name}", json={"location": "eastus"}).raise_for_status()
    stranger = cloud_store.first(Principal, "name", "stranger")
    assert stranger is not None
    cloud_store.apply(Transition("roles.put", (granted(scope, ROLES["Reader"].id, stranger, 0.0),)))
    paths = ("{M}/box-1", "{M}/box-10", "{M}")

    assert tuple(arm("GET", path, who="stranger").status_code for path in paths) == expected
    assert arm("DELETE", "{M}/box-1", who="stranger").status_code == 403


def test_a_machine_has_no_rights_of_its_own(send: Arm, arm: Arm, cloud_store: Store, signing_key: TokenKey) -> None:
    """A machine's identity may not even read the machine, until somebody gives it a role."""
    arm("PUT", "{M}/box-1", json={"location": "eastus"}).raise_for_status()
    machine = cloud_store.all(Machine)[0]
    token = Issuer(cloud_store, signing_key).machine_token(machine, "https://management.azure.com", 1_767_225_600)
    url = f"https://management.azure.com{BOX}?api-version=2026-07-15"

    def read() -> int:
        return send("GET", url, headers={"Authorization": f"Bearer {token}"}).status_code

    before = read()
    identity = Principal(key=machine.principal_id, name="box-1", tenant_id=TENANT)
    cloud_store.apply(Transition("roles.put", (granted(BOX, ROLES["Reader"].id, identity, 0.0),)))

    assert (before, read()) == (403, 200)


def test_a_role_that_is_gone_allows_nothing(arm: Arm, cloud_store: Store) -> None:
    """An assignment of a definition that is not there is worth nothing."""
    stranger = cloud_store.first(Principal, "name", "stranger")
    assert stranger is not None
    cloud_store.apply(Transition("roles.put", (granted(GROUP, "no-such-role", stranger, 0.0),)))

    assert arm("GET", "{M}", who="stranger").status_code == 403
