"""Signing in through a browser: the page, the way back, and what the code is good for."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import jwt
import msgspec
import pytest

from simulator.resources.entities import Principal
from simulator.resources.transition import Transition
from simulator.store import Store

Send = Callable[..., httpx.Response]
TENANT = "0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00a1"
LOGIN = "https://login.microsoftonline.com"
CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
BACK = "http://localhost:8400/"
VERIFIER = "v" * 43
WISHES = {
    "client_id": CLI, "response_type": "code", "redirect_uri": BACK, "state": "s 1", "nonce": "n",
    "scope": "https://management.azure.com/.default openid offline_access", "code_challenge_method": "S256",
    "code_challenge": base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode(),
}  # fmt: skip
PERSON = {"upn": "Person@arclab.example", "password": "s", "answer": "accept"}
Browse = Callable[..., httpx.Response]


def address(tenant: str = TENANT, **changes: str) -> str:
    """Give the address that a client opens in a browser; an empty value leaves a parameter out."""
    wishes = {name: value for name, value in (WISHES | changes).items() if value}
    return f"{LOGIN}/{tenant}/oauth2/v2.0/authorize?{urlencode(wishes)}"


@pytest.fixture
def browse(send: Send) -> Browse:
    """Give a browser: it opens a page, fills in its form, and sends it with its cookie."""

    def fill(url: str, **fields: str) -> httpx.Response:
        page = send("GET", url)
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text))
        cookie = page.headers["set-cookie"].partition(";")[0]
        return send("POST", url, data={**hidden, **fields}, headers={"cookie": cookie})

    return fill


@pytest.fixture
def redeem(send: Send) -> Callable[..., httpx.Response]:
    """Give a client that asks for tokens with a code."""

    def ask(code: str, *, tenant: str = TENANT, **changes: str) -> httpx.Response:
        form = {"grant_type": "authorization_code", "client_id": CLI, "code": code, "redirect_uri": BACK,
                "code_verifier": VERIFIER, "client_info": "1"}  # fmt: skip
        return send("POST", f"{LOGIN}/{tenant}/oauth2/v2.0/token", data=form | changes)

    return ask


def told(answer: httpx.Response) -> dict[str, str]:
    """Give what a client is told by its address."""
    place = urlsplit(answer.headers["location"])
    return {name: values[0] for name, values in parse_qs(place.query or place.fragment).items()}


def test_a_person_signs_in(browse: Browse, redeem: Send) -> None:
    """The client is told a code and its state, and gets tokens that say who it is, with its nonce."""
    back = browse(address(), **PERSON)
    tokens = redeem(told(back)["code"]).json()
    read: Any = {"options": {"verify_signature": False}}
    access, identity = jwt.decode(tokens["access_token"], **read), jwt.decode(tokens["id_token"], **read)

    assert (back.status_code, back.headers["location"].startswith(f"{BACK}?code="), told(back)["state"]) == (
        302, True, "s 1",
    )  # fmt: skip
    assert (access["oid"], access["appid"], access["aud"]) == ("oid-person", CLI, "https://management.azure.com")
    assert (identity["nonce"], identity["aud"], identity["preferred_username"]) == ("n", CLI, "person@arclab.example")
    assert {"refresh_token", "client_info"} <= set(tokens)


def test_a_code_is_good_once(browse: Browse, redeem: Send) -> None:
    """The second time it is refused with a number of its own."""
    code = told(browse(address(), **PERSON))["code"]

    assert [redeem(code).status_code, redeem(code).json()["error_codes"]] == [200, [54005]]


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"code_verifier": "w" * 43}, 501481), ({"code_verifier": ""}, 501481),
        ({"redirect_uri": "http://localhost:1/"}, 500112), ({"client_id": "app-owner"}, 70000),
        ({"client_secret": "x"}, 700016), ({"grant_type": "authorization_code", "code": ""}, 900144),
    ],
    ids=["another verifier", "no verifier", "another address", "another client", "a secret of nobody", "no code"],
)  # fmt: skip
def test_a_code_is_refused(browse: Browse, redeem: Send, changes: dict[str, str], number: int) -> None:
    """It is for who asked for it, at the address that it was sent to; after a refusal it is still good."""
    code = told(browse(address(), **PERSON))["code"]
    refused = redeem(**({"code": code} | changes))

    assert (refused.json()["error_codes"], redeem(code).status_code) == ([number], 200)


def test_a_code_ends(browse: Browse, redeem: Send, cloud_store: Store) -> None:
    """Ten minutes later it is over."""
    code = told(browse(address(), **PERSON))["code"]
    cloud_store.clock.advance(601)

    assert redeem(code).json()["error_codes"] == [70008]


@pytest.mark.parametrize(("tenant", "number"), [("other.example", "AADSTS90002"), ("no tenant", "AADSTS900023")])
def test_an_unknown_tenant(send: Send, tenant: str, number: str) -> None:
    """A person in a browser is told on a page; a program at another address in JSON."""
    shown, told = (
        send("GET", url) for url in (address(tenant), f"{LOGIN}/{tenant}/v2.0/.well-known/openid-configuration")
    )

    assert (shown.status_code, shown.headers["content-type"]) == (400, "text/html; charset=utf-8")
    assert f'<p role="alert">{number}: ' in shown.text
    assert f"{told.json()['error_description']}".startswith(number)


def test_a_fault_is_seen_on_a_page(send: Send, control: Send) -> None:
    """What goes wrong by rule is told to a person as well."""
    wrong = {"effect": "http_error", "operation": "entra.authorize", "status": 503, "message": "Try later.",
             "retry_after_s": 7}  # fmt: skip
    control("POST", "faults", json=wrong).raise_for_status()
    shown = send("GET", address())

    assert (shown.status_code, shown.headers["retry-after"], "Try later." in shown.text) == (503, "7", True)


def test_a_new_password_ends_what_a_code_is_good_for(browse: Browse, redeem: Send, cloud_store: Store) -> None:
    """Whoever had the old one gets nothing with it afterwards."""
    code = told(browse(address(), **PERSON))["code"]
    user = cloud_store.get(Principal, "oid-person")
    assert user is not None
    changed = msgspec.structs.replace(user, valid_from=cloud_store.clock.now() + 1)
    cloud_store.apply(Transition("test", (changed,)))

    assert redeem(code).json()["error_codes"] == [50173]


def test_an_application_that_is_disabled_meanwhile(browse: Browse, redeem: Send, cloud_store: Store) -> None:
    """Its code gives it nothing."""
    code = told(browse(address(), **PERSON))["code"]
    disabled = Principal(key="oid-cli", tenant_id=TENANT, client_id=CLI, name="cli", disabled=True)
    cloud_store.apply(Transition("test", (disabled,)))

    assert redeem(code).json()["error_codes"] == [7000112]


def test_a_plain_challenge_and_none(browse: Browse, redeem: Send) -> None:
    """A challenge without a method is the verifier itself; without one there must be no verifier."""
    plain = told(browse(address(code_challenge=VERIFIER, code_challenge_method=""), **PERSON))["code"]
    none = told(browse(address(code_challenge="", code_challenge_method=""), **PERSON))["code"]

    assert (redeem(plain).status_code, redeem(none).json()["error_codes"]) == (200, [501481])
    assert redeem(none, code_verifier="").status_code == 200


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"), ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge_method": "S1"}, "invalid_request"), ({"scope": "a/b c/d"}, "invalid_request"),
        ({"prompt": "none"}, "login_required"), ({"response_type": ""}, "invalid_request"),
    ],
    ids=["token", "challenge", "method", "two resources", "silently", "nothing"],
)  # fmt: skip
def test_wishes_that_cannot_be_had(send: Send, changes: dict[str, str], error: str) -> None:
    """The client is told, with its state."""
    back = send("GET", address(**changes))

    assert (told(back)["error"], told(back)["state"]) == (error, "s 1")


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"client_id": "nobody"}, 700016), ({"redirect_uri": "https://elsewhere.example/"}, 50011),
        ({"redirect_uri": ""}, 900144), ({"redirect_uri": "http://localhost.elsewhere.example/"}, 50011),
        ({"redirect_uri": "javascript://localhost/%0aalert(1)"}, 50011),
        ({"redirect_uri": "http://elsewhere.example\\@localhost/"}, 50011),
        ({"redirect_uri": "http://localhost:1; script-src *"}, 50011),
        ({"redirect_uri": "http://localhost/#x"}, 50011), ({"redirect_uri": "http://[::1]/"}, 50011),
    ],
    ids=["client", "address", "no address", "an address that looks like one", "a script",
         "an address that browsers read otherwise", "a policy", "a fragment", "IPv6"],
)  # fmt: skip
def test_nobody_is_sent_to_an_address_of_others(send: Send, changes: dict[str, str], number: int) -> None:
    """The page says what is wrong."""
    page = send("GET", address(**changes))

    assert (page.status_code, f"AADSTS{number}" in page.text, "location" in page.headers) == (400, True, False)


@pytest.mark.parametrize(
    ("fields", "number"),
    [({"password": "x"}, 50126), ({"upn": "nobody@arclab.example"}, 50034)],
    ids=["password", "user"],
)
def test_mistakes_come_back_in_the_page(browse: Browse, fields: dict[str, str], number: int) -> None:
    """With a form for the next try."""
    page = browse(address(), **(PERSON | fields))

    assert (page.status_code, f"AADSTS{number}" in page.text, "<form" in page.text) == (400, True, True)


def test_a_form_of_another_site(send: Send) -> None:
    """Without the value of the page's cookie it signs nobody in, and declines nothing."""
    answers = [send("POST", address(), data=PERSON | {"answer": answer}) for answer in ("accept", "decline")]

    assert [answer.status_code for answer in answers] == [403, 403]


def test_a_person_declines(browse: Browse) -> None:
    """The client is told so."""
    assert told(browse(address(), answer="decline"))["error"] == "access_denied"


def test_the_ways_back(browse: Browse) -> None:
    """Behind a question mark, behind a hash, or in a form that sends itself to the client alone."""
    fragment = browse(address(response_mode="fragment"), **PERSON)
    form = browse(address(response_mode="form_post", state='"><b>'), **PERSON)
    policy = form.headers["content-security-policy"]

    assert fragment.headers["location"].startswith(f"{BACK}#code=")
    assert (f'action="{BACK}"' in form.text, "<b>" in form.text) == (True, False)
    assert "form-action 'self' http://localhost:8400" in policy
    assert re.search(r"script-src 'nonce-([\w-]+)'", policy)[1] in form.text  # type: ignore[index] # it is there


def test_the_page(send: Send) -> None:
    """It knows who was meant, keeps what was asked, and may lead to the client alone."""
    page = send("GET", address(login_hint="a@b.example"))

    assert (page.status_code, 'value="a@b.example"' in page.text, "state=s+1&amp;" in page.text) == (200, True, True)
    assert "form-action 'self' http://localhost:8400;" in page.headers["content-security-policy"]


def test_v1(browse: Browse, send: Send) -> None:
    """It names a resource instead of a scope."""
    url = address(scope="", resource="https://management.azure.com/").replace("/v2.0", "")
    code = told(browse(url, **PERSON))["code"]
    form = {"grant_type": "authorization_code", "client_id": CLI, "code": code, "redirect_uri": BACK,
            "code_verifier": VERIFIER}  # fmt: skip

    assert send("POST", f"{LOGIN}/common/oauth2/token", data=form).json()["resource"] == "https://management.azure.com/"
