"""Signing in on a device without a browser, and going on by refresh token."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import httpx
import jwt
import pytest

from simulator.identity.tokens import TokenKey
from simulator.services.entra import EntraService
from simulator.store import Store

Send = Callable[..., httpx.Response]
TENANT = "0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00a1"
LOGIN = "https://login.microsoftonline.com"
TOKEN = f"{LOGIN}/{TENANT}/oauth2/v2.0/token"
ARM_SCOPE = "https://management.azure.com/.default"
CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"


def claims_of(answer: httpx.Response) -> dict[str, Any]:
    """Read the claims of the access token of an answer."""
    found: dict[str, Any] = jwt.decode(answer.json()["access_token"], options={"verify_signature": False})
    return found


def failure(answer: httpx.Response) -> tuple[int, str, list[int]]:
    """Give status, error and AADSTS numbers of a refusal."""
    return answer.status_code, answer.json()["error"], answer.json()["error_codes"]


def start(send: Send) -> dict[str, Any]:
    """Start a sign-in on another device."""
    form = {"client_id": CLI, "scope": f"{ARM_SCOPE} offline_access openid profile"}
    found: dict[str, Any] = send("POST", f"{LOGIN}/{TENANT}/oauth2/v2.0/devicecode", data=form).json()
    return found


def poll(send: Send, code: dict[str, Any]) -> httpx.Response:
    """Ask whether somebody has signed in."""
    grant = "urn:ietf:params:oauth:grant-type:device_code"
    form = {"grant_type": grant, "client_id": CLI, "code": code["device_code"], "device_code": code["device_code"]}
    return send("POST", TOKEN, data=form)


@pytest.fixture
def approve(cloud_store: Store, signing_key: TokenKey) -> Callable[[str], None]:
    """Give a function that signs in as the person of the case."""
    entra = EntraService(cloud_store, signing_key)
    return lambda user_code: entra.approve(user_code, "person@arclab.example")


@pytest.fixture
def no_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let two polls never be too soon: true time runs 10 s with each look."""
    moments = iter(range(0, 10_000, 10))
    monkeypatch.setattr(time, "time", lambda: 1_767_225_600.0 + next(moments))


def test_what_a_device_shows(send: Send) -> None:
    """Page, code and message are what people know."""
    code = start(send)

    assert (code["verification_uri"], code["expires_in"]) == ("https://microsoft.com/devicelogin", 900)
    assert code["message"] == (
        "To sign in, use a web browser to open the page https://microsoft.com/devicelogin and enter the code "
        f"{code['user_code']} to authenticate."
    )
    assert len(code["user_code"]) == 9


@pytest.mark.usefixtures("no_hurry")
def test_a_device_waits_until_somebody_signs_in(send: Send, approve: Callable[[str], None]) -> None:
    """The device polls, waits, and gets the person's tokens once."""
    code = start(send)
    first = failure(poll(send, code))
    second = failure(poll(send, code))
    approve(code["user_code"].lower())
    answer = poll(send, code)
    body = answer.json()
    identity = jwt.decode(body["id_token"], options={"verify_signature": False})

    assert (first, second) == ((400, "authorization_pending", [70016]),) * 2
    assert (claims_of(answer)["oid"], claims_of(answer)["upn"]) == ("oid-person", "person@arclab.example")
    assert (identity["aud"], identity["preferred_username"]) == (CLI, "person@arclab.example")
    assert json.loads(base64.urlsafe_b64decode(body["client_info"] + "==")) == {"uid": "oid-person", "utid": TENANT}
    assert ARM_SCOPE in body["scope"].split()
    assert failure(poll(send, code)) == (400, "bad_verification_code", [])


def test_polling_too_fast(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second poll in the same moment is told to slow down."""
    monkeypatch.setattr(time, "time", lambda: 1_767_225_600.0)
    code = start(send)

    assert failure(poll(send, code))[1] == "authorization_pending"
    assert failure(poll(send, code)) == (400, "slow_down", [])


@pytest.mark.parametrize(("age", "expected"), [(899, "authorization_pending"), (900, "expired_token")])
@pytest.mark.usefixtures("no_hurry")
def test_a_code_lives_fifteen_minutes_of_lab_time(send: Send, cloud_store: Store, age: int, expected: str) -> None:
    """The code ends with the lab clock."""
    code = start(send)
    cloud_store.clock.advance(age)

    assert failure(poll(send, code))[1] == expected


def test_an_unknown_code(send: Send) -> None:
    """A code that was never given is refused."""
    assert failure(poll(send, {"device_code": "none"}))[1] == "bad_verification_code"


def test_signing_in_by_the_page(send: Send) -> None:
    """A person can type the code in a browser; a wrong one is refused."""
    code = start(send)
    page = "https://microsoft.com/devicelogin"
    wrong = send("POST", page, data={"user_code": "WRONG", "upn": "person@arclab.example"})
    right = send("POST", page, data={"user_code": code["user_code"], "upn": "person@arclab.example"})

    assert "person@arclab.example" in send("GET", page).text
    assert (wrong.status_code, right.status_code) == (404, 200)
    assert "access_token" in poll(send, code).json()


@pytest.mark.usefixtures("no_hurry")
def test_a_refresh_token_gives_new_tokens(send: Send, approve: Callable[[str], None]) -> None:
    """The refresh token of a sign-in gives tokens for another audience, without anybody signing in."""
    code = start(send)
    approve(code["user_code"])
    refresh = poll(send, code).json()["refresh_token"]
    form = {"grant_type": "refresh_token", "client_id": CLI, "refresh_token": refresh}
    answer = send("POST", TOKEN, data={**form, "scope": "https://management.core.windows.net//.default"})

    assert claims_of(answer)["aud"] == "https://management.core.windows.net/"
    assert failure(send("POST", TOKEN, data={**form, "refresh_token": "none"})) == (400, "invalid_grant", [70008])
