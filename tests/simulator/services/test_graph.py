"""Microsoft Graph: who somebody is, and how a new application gets a secret and signs in."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.identity.tokens import TokenKey
from simulator.resources.entities import Machine, Principal
from simulator.resources.role_assignments import granted
from simulator.resources.roles import ROLES
from simulator.resources.transition import Transition
from simulator.services.entra.issuer import Issuer
from simulator.store import Store

Graph = Callable[..., httpx.Response]
Make = Callable[..., dict[str, Any]]
_URL = "https://graph.microsoft.com/v1.0"
_NOBODY = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def graph(send: Callable[..., httpx.Response], cloud_store: Store, signing_key: TokenKey) -> Graph:
    """Give a sender to Graph, by the owner's token, or that of another principal or a machine."""

    def call(
        method: str, path: str, *, who: str = "owner", audience: str = "https://graph.microsoft.com/", **options: Any
    ) -> httpx.Response:
        issuer, now = Issuer(cloud_store, signing_key), cloud_store.clock.now()
        machine = next((one for one in cloud_store.all(Machine) if one.name == who), None)
        token = (issuer.machine_token(machine, audience, now) if machine
                 else issuer.principal_token(named(cloud_store, who), audience, now))  # fmt: skip
        return send(method, path if path.startswith("https:") else _URL + path,
                    headers={"Authorization": f"Bearer {token}"}, **options)  # fmt: skip

    return call


def named(store: Store, name: str) -> Principal:
    """Give a principal of the case."""
    found = store.first(Principal, "name", name)
    assert found is not None
    return found


def test_a_service_principal_is_found(graph: Graph, cloud_store: Store) -> None:
    """By its application's id, as the CLI asks, by its own id, and by the other form of address."""
    owner = named(cloud_store, "owner")
    asked = {"$filter": f"servicePrincipalNames/any(c:c eq '{owner.client_id}')"}
    found = graph("GET", "/servicePrincipals", params=asked).json()["value"]

    assert [(one["id"], one["appId"], one["displayName"]) for one in found] == [(owner.key, owner.client_id, "owner")]
    assert "@odata.type" not in found[0]
    assert graph("GET", f"/servicePrincipals/{owner.key.upper()}").json() == found[0]
    assert graph("GET", f"/servicePrincipals(appId='{owner.client_id}')").json() == found[0]


def test_objects_of_several_types(graph: Graph, cloud_store: Store, make_machine: Make) -> None:
    """Each says its type; unknown ids are left out, and so are types that nobody has asked for."""
    make_machine()
    machine = cloud_store.all(Machine)[0]
    ids = [named(cloud_store, "owner").key, named(cloud_store, "person").key, machine.principal_id, _NOBODY]

    def types(*asked: str) -> dict[str, str]:
        body = {"ids": ids, "types": list(asked)}
        found = graph("POST", "/directoryObjects/getByIds", json=body).json()["value"]
        return {one["displayName"]: one["@odata.type"].rpartition(".")[2] for one in found}

    assert types("user", "group", "servicePrincipal") == {
        "owner": "servicePrincipal", "person": "user", machine.name: "servicePrincipal"
    }  # fmt: skip
    assert types("user") == {"person": "user"}
    assert graph("POST", "/directoryObjects/getByIds", json={"ids": "x"}).status_code == 400


def test_a_machines_own_identity(graph: Graph, cloud_store: Store, make_machine: Make) -> None:
    """It has the machine's name, and can be taken away by nobody but ARM."""
    key = make_machine()["id"]
    machine = cloud_store.all(Machine)[0]
    found = graph("GET", f"/servicePrincipals/{machine.principal_id}").json()

    assert (found["displayName"], found["servicePrincipalType"]) == (machine.name, "ManagedIdentity")
    assert key in found["alternativeNames"]
    assert graph("DELETE", f"/servicePrincipals/{machine.principal_id}").status_code == 403


def test_a_person(graph: Graph, cloud_store: Store) -> None:
    """By the name of sign-in; an application is refused at `me`."""
    person = named(cloud_store, "person")

    assert graph("GET", f"/users/{person.upn}").json()["id"] == person.key
    asked = {"$filter": f"userPrincipalName eq '{person.upn}'"}
    assert [one["id"] for one in graph("GET", "/users", params=asked).json()["value"]] == [person.key]
    refused = graph("GET", "/me")
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "BadRequest")


def test_a_new_application_signs_in(graph: Graph, send: Callable[..., httpx.Response], cloud_store: Store) -> None:
    """As `az ad sp create-for-rbac` makes it: application, secret, service principal; a secret that is removed ends."""
    made = graph("POST", "/applications", json={"displayName": "onboarding-2"})
    application = made.json()
    secret = graph("POST", f"/applications/{application['id']}/addPassword",
                   json={"passwordCredential": {"displayName": "rbac"}}).json()  # fmt: skip
    principal = graph("POST", "/servicePrincipals", json={"appId": application["appId"]})
    tenant = named(cloud_store, "owner").tenant_id

    def sign_in() -> int:
        form = {"grant_type": "client_credentials", "client_id": application["appId"],
                "client_secret": secret["secretText"], "scope": "https://management.azure.com/.default"}  # fmt: skip
        return send("POST", f"https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token", data=form).status_code

    assert (made.status_code, principal.status_code, sign_in()) == (201, 201, 200)
    assert graph("GET", f"/applications/{application['id']}").json()["passwordCredentials"] == [
        {"keyId": secret["keyId"], "endDateTime": secret["endDateTime"], "hint": secret["secretText"][:3]}
    ]  # fmt: skip
    gone = graph("POST", f"/applications/{application['id']}/removePassword", json={"keyId": secret["keyId"]})
    assert (gone.status_code, sign_in()) == (204, 401)
    assert graph("PATCH", f"/applications/{application['id']}", json={"displayName": "other"}).status_code == 204
    assert graph("GET", f"/applications/{application['id']}").json()["displayName"] == "other"
    assert graph("DELETE", f"/applications/{application['id']}").status_code == 204
    assert (graph("GET", f"/applications/{application['id']}").status_code, sign_in()) == (404, 400)


def test_an_application_has_its_empty_lists(graph: Graph) -> None:
    """Programs go through them without asking whether they are there."""
    made = graph("POST", "/applications", json={"displayName": "x"}).json()

    assert (made["appRoles"], made["requiredResourceAccess"], made["web"]["redirectUris"]) == ([], [], [])
    assert made["web"]["implicitGrantSettings"]["enableAccessTokenIssuance"] is False
    assert made["spa"] == made["publicClient"] == {"redirectUris": []}


def certificate(name: str = "x") -> str:
    """Give a new certificate in base64, of the year 2026's first 90 days."""
    own = rsa.generate_private_key(65537, 2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    begins = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(own.public_key())
    builder = builder.serial_number(1).not_valid_before(begins).not_valid_after(begins + timedelta(days=90))
    der = builder.sign(own, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    return base64.b64encode(der).decode()


def test_a_new_application_with_a_certificate(graph: Graph, cloud_store: Store) -> None:
    """The certificate is kept as Entra reads it; what is none is refused."""
    key = certificate()
    made = graph("POST", "/applications", json={"displayName": "x", "keyCredentials": [{"key": key}]})
    wrong = graph("POST", "/applications", json={"displayName": "x", "keyCredentials": [{"key": "AAAA"}]})

    assert (made.status_code, wrong.status_code) == (201, 400)
    kept = cloud_store.first(Principal, "client_id", made.json()["appId"])
    assert kept is not None
    assert len(kept.certificates) == 1


def test_one_certificate_more(graph: Graph) -> None:
    """As `az ad app credential reset --append` adds it to what it has read, and `delete` leaves one out."""
    body = {"displayName": "x", "keyCredentials": [{"key": certificate("first")}]}
    path = f"/applications/{graph('POST', '/applications', json=body).json()['id']}"

    def listed() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = graph("GET", path).json()["keyCredentials"]
        return found

    (first,) = listed()
    assert (first["displayName"], first["key"]) == ("CN=first", None)
    assert (first["startDateTime"][:10], first["endDateTime"][:10]) == ("2026-01-01", "2026-04-01")
    more = {"keyCredentials": [first, {"key": certificate("second"), "keyId": first["keyId"]}]}
    assert graph("PATCH", path, json=more).status_code == 204
    assert [one["displayName"] for one in listed()] == ["CN=first", "CN=second"]
    assert graph("PATCH", path, json={"keyCredentials": listed()[1:]}).status_code == 204
    assert [one["displayName"] for one in listed()] == ["CN=second"]
    assert graph("PATCH", path, json={"keyCredentials": [first]}).status_code == 400
    assert graph("PATCH", path, json={"keyCredentials": []}).status_code == 204
    assert listed() == []


def test_a_service_principal_has_no_credentials(graph: Graph, make_machine: Make) -> None:
    """Those of its application are the application's; the lists are there, since programs go through them."""
    make_machine()
    found = graph("GET", "/servicePrincipals").json()["value"]

    assert {one["servicePrincipalType"] for one in found} == {"Application", "ManagedIdentity"}
    assert all(one["keyCredentials"] == one["passwordCredentials"] == [] for one in found)


def test_a_key_that_is_far_too_long(graph: Graph) -> None:
    """It is refused before anybody reads it: the cloud goes on answering."""
    answer = graph("POST", "/applications", json={"displayName": "x", "keyCredentials": [{"key": "A" * 1_000_000}]})

    assert answer.status_code == 400
    assert "1000000 letters" in answer.json()["error"]["message"]


def test_lists_come_in_pages(graph: Graph) -> None:
    """Of a hundred, or of as many as are asked for; the link leads to the rest, and keeps what else was asked."""
    for number in range(3):
        graph("POST", "/applications", json={"displayName": f"many-{number}"})
    asked = {"$filter": "startswith(displayName,'many-')", "$top": "2"}
    first = graph("GET", "/applications", params=asked).json()
    second = graph("GET", first["@odata.nextLink"]).json()

    assert (len(first["value"]), len(second["value"])) == (2, 1)
    assert "@odata.nextLink" not in second


@pytest.mark.parametrize("size", ["0", "-1", "1000", "abc", "1.5", "\u0663", "1\n"])
def test_no_page_of_such_a_size(graph: Graph, size: str) -> None:
    """It is refused, since the row of pages would not end, or would be another than was asked for."""
    refused = graph("GET", "/applications", params={"$top": size})

    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "Request_UnsupportedQuery")
    assert graph("GET", "/applications", params={"$top": "999"}).status_code == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "POST"])
def test_each_action_has_its_method(graph: Graph, cloud_store: Store, method: str) -> None:
    """What is asked in another way is not known, and changes nothing."""
    application = graph("GET", "/applications").json()["value"][0]["id"]
    before = cloud_store.all(Principal)
    words = {"delete", "post", "patch", "list", "get", "getbyids", *(("addPassword",) if method != "POST" else ())}
    paths = [f"/applications/{application}/{word}" for word in words] + ["/applications/delete/post"]
    answers = [graph(method, path, json={"displayName": "x"}).status_code for path in paths]

    assert set(answers) == {501}
    assert graph("POST", f"/applications/{application}", json={"displayName": "x"}).status_code == 501
    assert graph("PATCH", "/applications", json={"displayName": "x"}).status_code == 501
    assert cloud_store.all(Principal) == before


def test_an_object_of_any_kind(graph: Graph, cloud_store: Store, make_machine: Make) -> None:
    """It is given by its id, with its type; there is no list of all."""
    make_machine()
    application = graph("GET", "/applications").json()["value"][0]["id"]
    ids = (named(cloud_store, "person").key, cloud_store.all(Machine)[0].principal_id, application)
    types = [graph("GET", f"/directoryObjects/{one}").json()["@odata.type"].rpartition(".")[2] for one in ids]

    assert types == ["user", "servicePrincipal", "application"]
    assert graph("GET", f"/directoryObjects/{_NOBODY}").status_code == 404
    listed = [graph(method, path).status_code for method in ("GET", "HEAD")
              for path in ("/directoryObjects", "/directoryObjects/", "/directoryObjects/getByIds")]  # fmt: skip
    assert set(listed) == {501}


@pytest.mark.parametrize("kind", ["users", "groups", "servicePrincipals", "applications"])
def test_a_filter_is_judged_before_what_it_filters(graph: Graph, kind: str) -> None:
    """It is refused whether there is anything or not."""
    refused = [graph("GET", f"/{kind}", params={"$filter": text}).status_code
               for text in ("not a filter", "bogus eq 'x'", "id ne 'x'")]  # fmt: skip

    assert refused == [400, 400, 400]
    assert graph("GET", f"/{kind}", params={"$filter": "DISPLAYNAME eq 'nobody'"}).json()["value"] == []


@pytest.mark.parametrize("who", ["reader", "onboarding", "stranger", "box-1"])
def test_who_has_no_right(graph: Graph, cloud_store: Store, make_machine: Make, who: str) -> None:
    """An application without the role Owner, and a machine, whatever its role, see and change nothing."""
    make_machine()
    machine, owner = cloud_store.all(Machine)[0], named(cloud_store, "owner")
    scope = f"/subscriptions/{machine.subscription_id}"
    itself = Principal(key=machine.principal_id, name=machine.name, tenant_id=owner.tenant_id)
    role = granted(scope, ROLES["Owner"].id, itself, 0)
    cloud_store.apply(Transition("test", (role,)))
    path = f"/applications(appId='{owner.client_id}')/addPassword"
    answers = [graph("POST", path, who=who, json={}), graph("GET", "/users", who=who)]

    assert [(one.status_code, one.json()["error"]["code"]) for one in answers] == [
        (403, "Authorization_RequestDenied")
    ] * 2
    assert named(cloud_store, "owner") == owner
    assert [graph("POST", path, who=one, json={}).status_code for one in ("owner", "person")] == [200, 200]


def test_a_path_ends_where_it_ends(graph: Graph) -> None:
    """A line's end after it makes it another one."""
    assert graph("GET", "/applications%0A").status_code == 501


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("GET", "/users/nobody", None, (404, "Request_ResourceNotFound")),
        ("GET", "/users?$filter=id ne 'x'", None, (400, "Request_UnsupportedQuery")),
        ("POST", "/applications", {}, (400, "Request_BadRequest")),
        ("POST", "/servicePrincipals", {"appId": _NOBODY}, (400, "Request_BadRequest")),
        ("POST", "/servicePrincipals", {}, (400, "Request_BadRequest")),
        ("GET", "/deviceManagement", None, (501, "NotKnown")),
        ("PUT", "/users/x", {}, (501, "NotKnown")),
    ],
)  # fmt: skip
def test_what_cannot_be(graph: Graph, method: str, path: str, body: Any, expected: tuple[int, str]) -> None:
    """In Graph's form, with the ids by which a request is looked for."""
    answer = graph(method, path, **({} if body is None else {"json": body}))
    error = answer.json()["error"]

    assert (answer.status_code, error["code"]) == expected
    assert error["innerError"]["request-id"] == answer.headers["request-id"]


_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)


_KINDS = ("applications", "servicePrincipals", "directoryObjects", "users", "groups", "me", "delete")
_RESTS = ("", "/", "/getByIds", "/{id}", "/{id}/addPassword", "/{id}/removePassword", "/{id}/list", "(appId='x')",
          "?$filter=id eq 'x'")  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=st.sampled_from(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")),
    path=st.builds("/{}{}".format, st.sampled_from(_KINDS), st.sampled_from(_RESTS)),
    name=st.sampled_from(("displayName", "appId", "ids", "types", "keyCredentials", "passwordCredential", "keyId")),
    value=_ANYTHING,
)  # fmt: skip
def test_no_body_breaks_it(graph: Graph, method: str, path: str, name: str, value: Any) -> None:
    """Whatever is asked and whatever a member is, the answer is one that was meant."""
    application = graph("POST", "/applications", json={"displayName": "x"}).json()["id"]
    body = {"displayName": "x", "ids": ["x"], name: value}

    assert graph(method, path.format(id=application), json=body).status_code in (200, 201, 204, 400, 404, 501)


def test_a_look_at_whether_something_is_there(graph: Graph) -> None:
    """HEAD is as GET, without the body."""
    assert graph("HEAD", "/users").status_code == 200
    assert graph("HEAD", "/users/nobody").status_code == 404


def test_a_token_for_another_service(graph: Graph) -> None:
    """It is refused; one for the address that was asked is good."""
    refused = graph("GET", "/users", audience="https://management.azure.com/")
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "InvalidAuthenticationToken")
    assert graph("GET", "https://localhost:8443/v1.0/users", audience="https://localhost:8443").status_code == 200


def test_refusals_have_the_codes_of_graph(graph: Graph, send: Callable[..., httpx.Response]) -> None:
    """Not Resource Manager's, for no token, for a wrong one and for a body that is none."""
    body = [graph("POST", "/applications", content=text) for text in ("{", "[]", '{"displayName": 1}')]
    assert [(one.status_code, one.json()["error"]["code"]) for one in body] == [(400, "BadRequest")] * 3
    nobody = [send("GET", f"{_URL}/users", headers={"Authorization": text}) for text in ("", "Bearer x")]
    assert [one.json()["error"]["code"] for one in nobody] == ["InvalidAuthenticationToken"] * 2
