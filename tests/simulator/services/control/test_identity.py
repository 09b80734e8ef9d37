"""What `/_sim` does to identities: refusals of what cannot be, and the journal of what was done."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import jwt
import pytest

from simulator.resources.entities import Principal
from simulator.resources.roles import ROLES
from simulator.store import Store

Control = Callable[..., httpx.Response]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"location": "atlantis", "code": "atl"}, "there is no region 'atlantis'."),
        ({"location": "eastus", "code": "e/us"}, "'e/us' is no code of a host"),
        ({"location": "eastus", "code": ""}, "'' is no code of a host"),
        ({"location": "eastus", "code": "eus9\n"}, "is no code of a host"),
    ],
    ids=["region", "code", "no code", "line end"],
)
def test_a_move_that_cannot_be(control: Control, body: dict[str, str], text: str) -> None:
    """An unknown region and a code that is no host's are named."""
    answer = control("POST", "/region", json=body)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "region")
    assert text in answer.json()["error"]["message"]


def test_a_move_is_journaled(control: Control, cloud_store: Store) -> None:
    """The journal tells which host serves the region now."""
    control("POST", "/region", json={"location": "eastus", "code": "eus9"})
    event = cloud_store.since(0)[-1]

    assert (event.operation, event.data) == ("his.region", {"location": "eastus", "host": "eus9.his.arc.azure.com"})


READER = {"name": "reader", "object_id": "oid-reader", "client_id": "app-reader"}
TENANT = "0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00a1"
TOKEN = f"https://login.microsoftonline.com/{TENANT}/oauth2/v2.0/token"
FORM = {
    "grant_type": "client_credentials", "client_id": "app-reader", "client_secret": "s",
    "scope": "https://management.azure.com/.default",
}  # fmt: skip


def test_principals_are_listed_as_they_are_given(control: Control) -> None:
    """What is read can be changed and put back."""
    people = control("GET", "/principals").json()
    reader = next(each for each in people if each["name"] == "reader")

    assert reader == {**READER, "secret": "s", "roles": ["Reader"], "tenant_id": TENANT}
    assert control("PUT", "/principals", json=reader).status_code == 204
    assert control("GET", "/principals").json() == people


def test_a_scenario_expires_a_secret(control: Control, send: Control) -> None:
    """A secret with an end is refused after it, and a new one is good at once."""
    secrets = [{"value": "s", "expires": "2025-12-31T00:00:00+01:00"}, {"value": "new"}]
    control("PUT", "/principals", json={**READER, "secrets": secrets})
    old, new = (send("POST", TOKEN, data={**FORM, "client_secret": text}) for text in ("s", "new"))

    assert (old.json()["error_codes"], new.status_code) == ([7000222], 200)


def test_a_new_principal_and_its_end(control: Control, send: Control, cloud_store: Store) -> None:
    """Somebody who was put may sign in, until taken away; the journal has the name and no secret."""
    body = {"name": "late", "object_id": "o", "client_id": "c", "secret": "hush"}
    form = {**FORM, "client_id": "c", "client_secret": "hush"}
    control("PUT", "/principals", json=body)
    before = send("POST", TOKEN, data=form).status_code
    gone = control("DELETE", "/principals", json={"name": "late"})
    after = send("POST", TOKEN, data=form)
    events = [event.data for event in cloud_store.since(0) if event.operation.startswith("principals.")]

    assert (before, gone.status_code, after.json()["error_codes"]) == (200, 204, [700016])
    assert events == [{"name": "late", "objectId": "o"}, {"name": "late"}]


def test_the_roles_of_somebody_who_is_gone(control: Control, arm: Control) -> None:
    """They are gone, too, however their id was written; somebody new with this id begins without any."""
    stranger = {"name": "stranger", "object_id": "oid-stranger", "client_id": "app-stranger", "secret": "s"}
    role = {"principalId": "OID-Stranger", "roleDefinitionId": ROLES["Reader"].id}
    place = "{S}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-4000-8000-000000000001"
    arm("PUT", place, json={"properties": role}).raise_for_status()
    before = arm("GET", "{G}", who="stranger").status_code
    control("DELETE", "/principals", json={"name": "stranger"}).raise_for_status()
    control("PUT", "/principals", json=stranger).raise_for_status()

    assert (before, arm("GET", "{G}", who="stranger").status_code) == (200, 403)


def test_a_new_password_revokes(control: Control, cloud_store: Store) -> None:
    """Only another password does; another role does not."""
    person = {"name": "person", "object_id": "oid-person", "upn": "person@arclab.example", "secret": "s"}
    cloud_store.clock.advance(10)
    control("PUT", "/principals", json={**person, "roles": ["Reader"]})
    same = cloud_store.get(Principal, "oid-person")
    control("PUT", "/principals", json={**person, "secret": "new"})
    other = cloud_store.get(Principal, "oid-person")

    assert [user.valid_from for user in (same, other) if user] == [0.0, cloud_store.clock.now()]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"secrets": [{"value": "x", "expires": "2026-01-01"}]}, "which is no time with a zone"),
        ({"secrets": [{"value": "x", "expires": "soon"}]}, "which is no time with a zone"),
        ({"certificates": ["x"]}, "a certificate of 'reader' cannot be used"),
        ({"roles": ["Ownr"]}, "there is no role 'Ownr'"),
        ({"tenant_id": "t"}, "there is no tenant 't'"),
        ({"object_id": "another"}, "a name that no other principal has"),
        ({"object_id": ""}, "it needs an object id"),
    ],
    ids=["no zone", "no time", "certificate", "role", "tenant", "name taken", "no id"],
)
def test_a_principal_that_cannot_be(control: Control, cloud_store: Store, change: dict[str, object], text: str) -> None:
    """It is named, and nothing is changed."""
    before = cloud_store.all(Principal)
    answer = control("PUT", "/principals", json={**READER, **change})

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "principal")
    assert text in answer.json()["error"]["message"]
    assert cloud_store.all(Principal) == before


def test_nobody_to_take_away(control: Control) -> None:
    """A name that nobody has is 404."""
    assert control("DELETE", "/principals", json={"name": "x"}).json()["error"]["code"] == "no-principal"


@pytest.mark.parametrize(("withdraw", "status"), [(False, 200), (True, 401)])
def test_a_rotated_key(control: Control, send: Control, withdraw: bool, status: int) -> None:
    """Tokens of before are good until the keys that signed them are withdrawn; the new key signs from now on."""
    old = send("POST", TOKEN, data=FORM).json()["access_token"]
    kid = control("POST", "/signing-key", json={"withdraw": withdraw}).json()["kid"]
    new = send("POST", TOKEN, data=FORM).json()["access_token"]
    url = "https://management.azure.com/subscriptions?api-version=2022-12-01"
    found = [send("GET", url, headers={"Authorization": f"Bearer {token}"}).status_code for token in (old, new)]

    assert (found, jwt.get_unverified_header(new)["kid"]) == ([status, 200], kid)


def test_a_device_is_declined(control: Control, send: Control) -> None:
    """A test can say no for a person."""
    form = {"client_id": "app-owner", "scope": "openid"}
    code = send("POST", TOKEN.replace("token", "devicecode"), data=form).json()
    declined = control("POST", "/device-code", json={"user_code": code["user_code"], "decline": True})
    grant = {"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "client_id": "app-owner"}
    told = send("POST", TOKEN, data={**grant, "device_code": code["device_code"]})

    assert (declined.status_code, told.json()["error"]) == (204, "authorization_declined")
