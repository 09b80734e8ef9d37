"""Signing in on a device without a browser, and going on by refresh token."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import httpx
import jwt
import msgspec
import pytest

from simulator.errors import ApiError
from simulator.identity.tokens import TokenKey
from simulator.resources.entities import DeviceCode, Principal
from simulator.resources.transition import Transition
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
    form = {
        "grant_type": grant, "client_id": CLI, "client_info": "1", "code": code["device_code"],
        "device_code": code["device_code"],
    }  # fmt: skip
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


def test_a_code_of_another_client(send: Send) -> None:
    """Only the application that began a sign-in may poll for it."""
    code = start(send)
    grant = "urn:ietf:params:oauth:grant-type:device_code"
    form = {"grant_type": grant, "client_id": "app-owner", "device_code": code["device_code"]}

    assert failure(send("POST", TOKEN, data=form)) == (400, "bad_verification_code", [])
    assert failure(send("POST", TOKEN, data={"grant_type": grant, "client_id": CLI}))[2] == [900144]


def test_a_declined_code(send: Send, cloud_store: Store, signing_key: TokenKey) -> None:
    """The device hears that the person said no; nobody can sign in with the code any more."""
    code = start(send)
    entra = EntraService(cloud_store, signing_key)
    entra.decline(code["user_code"])

    assert failure(poll(send, code)) == (400, "authorization_declined", [65004])
    with pytest.raises(ApiError):
        entra.approve(code["user_code"], "person@arclab.example")
    with pytest.raises(ApiError):
        entra.decline(code["user_code"])


@pytest.mark.parametrize(
    ("form", "number"),
    [
        ({"client_id": "nobody", "scope": ARM_SCOPE}, 700016),
        ({"scope": ARM_SCOPE}, 900144),
        ({"client_id": CLI}, 900144),
    ],
    ids=["application", "no application", "no scope"],
)
def test_a_sign_in_that_cannot_begin(send: Send, form: dict[str, str], number: int) -> None:
    """An unknown application and missing parameters are refused before a code is given."""
    assert failure(send("POST", f"{LOGIN}/{TENANT}/oauth2/v2.0/devicecode", data=form))[2] == [number]


def test_codes_that_are_over_are_forgotten(send: Send, cloud_store: Store) -> None:
    """A long-lived cloud does not keep the codes of all days."""
    start(send)
    cloud_store.clock.advance(1800)
    start(send)

    assert len(cloud_store.all(DeviceCode)) == 1


@pytest.mark.usefixtures("no_hurry")
def test_only_what_was_asked_for(send: Send, approve: Callable[[str], None]) -> None:
    """Without `openid` and `offline_access` there is an access token and no more."""
    form = {"client_id": CLI, "scope": ARM_SCOPE}
    code = send("POST", f"{LOGIN}/{TENANT}/oauth2/v2.0/devicecode", data=form).json()
    approve(code["user_code"])
    body = poll(send, code).json()

    assert ("refresh_token" in body, "id_token" in body, body["scope"]) == (False, False, ARM_SCOPE)


@pytest.mark.usefixtures("no_hurry")
def test_the_first_version(send: Send, approve: Callable[[str], None]) -> None:
    """Older agents name a resource; numbers are texts, and the page has another name."""
    url = f"{LOGIN}/{TENANT}/oauth2/devicecode?api-version=1.0"
    code = send("POST", url, data={"client_id": CLI, "resource": "https://management.azure.com/"}).json()
    approve(code["user_code"])
    form = {"grant_type": "device_code", "client_id": CLI, "code": code["device_code"], "resource": "x"}
    answer = send("POST", f"{LOGIN}/{TENANT}/oauth2/token?api-version=1.0", data=form)
    body = answer.json()

    assert (code["verification_url"], code["expires_in"], code["interval"]) == (
        "https://microsoft.com/devicelogin", "900", "1",
    )  # fmt: skip
    assert (body["resource"], claims_of(answer)["aud"]) == ("https://management.azure.com/",) * 2
    assert (body["expires_in"], body["expires_on"]) == ("3599", str(1_767_225_600 + 3599))
    assert claims_of(answer)["appid"] == CLI


@pytest.mark.usefixtures("no_hurry")
def test_a_refresh_token_gives_new_tokens(send: Send, approve: Callable[[str], None]) -> None:
    """The refresh token of a sign-in gives tokens for another audience, without anybody signing in."""
    code = start(send)
    approve(code["user_code"])
    refresh = poll(send, code).json()["refresh_token"]
    form = {"grant_type": "refresh_token", "client_id": CLI, "refresh_token": refresh}
    answer = send("POST", TOKEN, data={**form, "scope": "https://management.core.windows.net//.default"})

    assert claims_of(answer)["aud"] == "https://management.core.windows.net/"
    assert failure(send("POST", TOKEN, data={**form, "refresh_token": "none"})) == (400, "invalid_grant", [70000])


@pytest.fixture
def refresh(send: Send, approve: Callable[[str], None], no_hurry: None) -> dict[str, str]:
    """Give the form with the refresh token of a person who has signed in."""
    code = start(send)
    approve(code["user_code"])
    token: str = poll(send, code).json()["refresh_token"]
    return {"grant_type": "refresh_token", "client_id": CLI, "refresh_token": token}


def test_each_use_gives_another_refresh_token(send: Send, refresh: dict[str, str]) -> None:
    """The new one is good, and the old one stays good; without a scope it is for what it was given for."""
    answer = send("POST", TOKEN, data=refresh)
    renewed = {**refresh, "refresh_token": answer.json()["refresh_token"]}

    assert claims_of(answer)["aud"] == "https://management.azure.com"
    assert renewed != refresh
    assert [send("POST", TOKEN, data=form).status_code for form in (renewed, refresh)] == [200, 200]


def test_a_refresh_token_ends(send: Send, refresh: dict[str, str], cloud_store: Store) -> None:
    """After 90 days without use it is refused; one that was used in between goes on."""
    cloud_store.clock.advance(89 * 86400)
    renewed = {**refresh, "refresh_token": send("POST", TOKEN, data=refresh).json()["refresh_token"]}
    cloud_store.clock.advance(86400)
    old = send("POST", TOKEN, data=refresh)

    assert failure(old) == (400, "invalid_grant", [700082])
    assert "issued on 2026-01-01T00:00:00" in old.json()["error_description"]
    assert send("POST", TOKEN, data=renewed).status_code == 200


@pytest.mark.parametrize(
    ("change", "expected"),
    [({"valid_from": 1_767_225_601.0}, (50173, "bad_token")), ({"disabled": True}, (50057, None))],
    ids=["revoked", "disabled"],
)
def test_a_user_who_may_not_any_more(
    send: Send, refresh: dict[str, str], cloud_store: Store, change: dict[str, Any], expected: tuple[int, str | None]
) -> None:
    """A new password and a disabled account end what was issued before."""
    user = cloud_store.get(Principal, "oid-person")
    assert user is not None
    cloud_store.apply(Transition("test", (msgspec.structs.replace(user, **change),)))
    answer = send("POST", TOKEN, data=refresh)

    assert (failure(answer)[2], answer.json().get("suberror")) == ([expected[0]], expected[1])


@pytest.mark.parametrize(("age_s", "expected"), [(-1, 200), (1, 400)], ids=["before", "after"])
def test_a_new_password_ends_a_sign_in(
    send: Send, approve: Callable[[str], None], cloud_store: Store, age_s: int, expected: int
) -> None:
    """A device whose person has signed in with the old password gets nothing; with the new one it does."""
    code, user = start(send), cloud_store.get(Principal, "oid-person")
    assert user is not None
    approve(code["user_code"])
    changed = msgspec.structs.replace(user, valid_from=cloud_store.clock.now() + age_s)
    cloud_store.apply(Transition("test", (changed,)))
    grant = "urn:ietf:params:oauth:grant-type:device_code"
    answer = send("POST", TOKEN, data={"grant_type": grant, "client_id": CLI, "device_code": code["device_code"]})

    assert (answer.status_code, answer.json().get("error_codes", [50173])) == (expected, [50173])


def test_an_application_that_is_disabled_meanwhile(
    send: Send, approve: Callable[[str], None], cloud_store: Store
) -> None:
    """The person has signed in, and the device gets nothing for it."""
    code = start(send)
    approve(code["user_code"])
    disabled = Principal(key="oid-cli", tenant_id=TENANT, client_id=CLI, name="cli", disabled=True)
    cloud_store.apply(Transition("test", (disabled,)))

    assert failure(poll(send, code)) == (400, "unauthorized_client", [7000112])


def test_a_user_who_is_gone(send: Send, refresh: dict[str, str], cloud_store: Store) -> None:
    """Nobody's refresh token is good."""
    cloud_store.apply(Transition("test", delete=((Principal, "oid-person"),)))

    assert failure(send("POST", TOKEN, data=refresh)) == (400, "invalid_grant", [50034])


def test_a_refresh_token_of_another_client(send: Send, refresh: dict[str, str]) -> None:
    """It belongs to the application that it was given to."""
    other = send("POST", TOKEN, data={**refresh, "client_id": "app-owner"})

    assert (failure(other), other.json()["suberror"]) == ((400, "invalid_grant", [70000]), "bad_token")
    assert failure(send("POST", TOKEN, data={**refresh, "refresh_token": ""}))[2] == [900144]


def test_a_person_of_another_tenant(send: Send, approve: Callable[[str], None], refresh: dict[str, str]) -> None:
    """Only the tenant that knows the person gives tokens, by device code as by refresh token."""
    code, other = start(send), f"{LOGIN}/0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00a2/oauth2/v2.0/token"
    approve(code["user_code"])
    grant = "urn:ietf:params:oauth:grant-type:device_code"
    form = {"grant_type": grant, "client_id": CLI, "device_code": code["device_code"]}

    assert failure(send("POST", other, data=form)) == (400, "invalid_grant", [50020])
    assert failure(send("POST", other, data=refresh)) == (400, "invalid_grant", [50020])
    assert send("POST", f"{LOGIN}/{TENANT.upper()}/OAuth2/v2.0/Token", data=form).status_code == 200
