"""The hybrid identity service: discovery, certificates, heartbeats and packages, as docs/wire/his.md tells them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from cryptography import x509

from simulator.resources.entities import Alert, InboxMessage, Machine, Secret
from simulator.resources.machines import shown, status_of
from simulator.resources.transition import Transition
from simulator.services.entra.issuer import Issuer
from simulator.store import Store

Send = Callable[..., httpx.Response]
Make = Callable[..., dict[str, Any]]
HIS = "https://eus.his.arc.azure.com"
VM_ID = "7e1c2d34-0000-4000-8000-000000000001"
IDENTITY = f"{HIS}/machine/{VM_ID}/identity?api-version=2.1"
HEARTBEAT = f"{HIS}/machine/{VM_ID}/heartbeat?api-version=2.1"
AGENT_SERVICE = "eec53b1f-b9a4-4479-acf5-6b247c6a49f2"
BEAT = {"agentVersion": "1.67.03504.1320", "osName": "linux", "status": "Connected", "secret": "not kept"}


def code(answer: httpx.Response) -> tuple[int, str]:
    """Give status and error code of an answer."""
    return answer.status_code, answer.json()["error"]["code"]


@pytest.fixture
def bearer(cloud_store: Store, signing_key: Any) -> Callable[..., dict[str, str]]:
    """Give a maker of the header with a machine's token, as Entra issues it."""
    issuer = Issuer(cloud_store, signing_key)

    def make(name: str = "box-1", audience: str = AGENT_SERVICE, lifetime: int = 86400) -> dict[str, str]:
        machine = next(machine for machine in cloud_store.all(Machine) if machine.name == name)
        claims = issuer.claims(issuer.tenant_id, audience, machine.principal_id, cloud_store.clock.now(), lifetime)
        return {"Authorization": f"Bearer {signing_key.sign(claims)}"}

    return make


# Discovery


def test_discovery_gives_the_regions_endpoints(send: Send) -> None:
    """A region is found in any spelling; its endpoints have its code and its name."""
    body = send(
        "GET", "https://gbl.his.arc.azure.com/discovery", params={"location": "West Europe", "api-version": "2.1"}
    ).json()

    assert body == {
        "location": "westeurope", "hisEndpoint": "https://weu.his.arc.azure.com",
        "gasEndpoint": "https://westeurope-gas.guestconfiguration.azure.com",
        "notificationEndpoint": "https://guestnotificationservice.azure.com",
    }  # fmt: skip


@pytest.mark.parametrize("version", ["1.0-preview", "1.1-preview"])
def test_old_discovery_gives_one_text(send: Send, version: str) -> None:
    """Older clients read one JSON string."""
    params = {"location": "westeurope", "api-version": version}

    assert (
        send("GET", "https://gbl.his.arc.azure.com/discovery", params=params).json() == "https://weu.his.arc.azure.com"
    )


@pytest.mark.parametrize("location", ["", "atlantis"])
def test_an_unknown_region(send: Send, location: str) -> None:
    """A region that is not there is refused."""
    answer = send("GET", "https://gbl.his.arc.azure.com/discovery", params={"location": location, "api-version": "2.1"})

    assert code(answer) == (400, "InvalidLocation")


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [("PUT", "/log", 200), ("GET", "/", 200), ("GET", "/nothing", 501), ("GET", f"/machine/{VM_ID}/identity", 501)],
)
def test_other_addresses(send: Send, method: str, path: str, expected: int) -> None:
    """Telemetry is taken; what is not known is answered 501, so that it is noticed."""
    assert send(method, f"https://gbl.his.arc.azure.com{path}", content=b"{}").status_code == expected


@pytest.mark.parametrize(("method", "expected"), [("GET", 200), ("HEAD", 200), ("POST", 501)])
def test_the_linux_installer_is_served(send: Send, method: str, expected: int) -> None:
    """As a shell script, whole."""
    answer = send(method, "https://gbl.his.arc.azure.com/azcmagent-linux")

    assert answer.status_code == expected
    if method == "GET":
        assert answer.text.startswith("#!/bin/bash\n")
        assert len(answer.content) == int(answer.headers["content-length"])


# Certificates


def body_of(machine: dict[str, Any], **change: str) -> dict[str, str]:
    """Give the body that asks for a certificate."""
    return {"resourceId": machine["id"], "publicKey": machine["properties"]["clientPublicKey"], **change}


def test_a_certificate_for_the_machines_key(
    send: Send, make_machine: Make, signed: Callable[[str], dict[str, str]]
) -> None:
    """The certificate's subject is the client id; it lasts 90 days and is renewed after 45."""
    machine = make_machine()
    answer = send("POST", IDENTITY, json=body_of(machine), headers=signed(machine["id"]))
    body = answer.json()
    certificate = x509.load_pem_x509_certificate(body["certificate"].encode())

    assert certificate.subject.rfc4514_string() == f"CN={body['clientId']}"
    assert body["principalId"] == machine["identity"]["principalId"]
    assert (body["notAfter"], body["renewAfter"]) == ("2026-04-01T00:00:00.000000Z", "2026-02-15T00:00:00.000000Z")


def test_refused_certificates(send: Send, make_machine: Make, signed: Callable[[str], dict[str, str]]) -> None:
    """No signature, one over another message, another key in the body, and another machine are refused."""
    machine = make_machine()
    other = IDENTITY.replace(VM_ID, VM_ID[:-1] + "9")
    found = [
        code(send("POST", IDENTITY, json=body_of(machine))),
        code(send("POST", IDENTITY, json=body_of(machine), headers=signed("/another/id"))),
        code(send("POST", IDENTITY, json=body_of(machine, publicKey="AAAA"), headers=signed(machine["id"]))),
        code(send("POST", other, json=body_of(machine), headers=signed(machine["id"]))),
    ]

    assert found == [
        (401, "InvalidSignature"),
        (401, "InvalidSignature"),
        (409, "KeyMismatch"),
        (404, "MachineNotFound"),
    ]


def test_a_renewal_needs_the_token_too(
    send: Send, make_machine: Make, signed: Callable[[str], dict[str, str]], bearer: Callable[..., dict[str, str]]
) -> None:
    """With a certificate in force the signature alone is not enough."""
    machine = make_machine()
    headers = signed(machine["id"])
    first = send("POST", IDENTITY, json=body_of(machine), headers=headers)
    without = send("POST", IDENTITY, json=body_of(machine), headers=headers)
    renewed = send("POST", IDENTITY, json=body_of(machine), headers={**headers, **bearer()})

    assert (first.status_code, renewed.status_code, code(without)) == (200, 200, (401, "InvalidToken"))
    assert first.json()["certificate"] != renewed.json()["certificate"]


def test_a_new_key_gets_a_certificate_without_token(
    send: Send, make_machine: Make, signed: Callable[[str], dict[str, str]], arm: Send
) -> None:
    """When a client has put another vmId the machine begins anew, with its signature alone."""
    machine = make_machine()
    send("POST", IDENTITY, json=body_of(machine), headers=signed(machine["id"]))
    changed = make_machine(number=2)
    url = IDENTITY.replace(VM_ID, changed["properties"]["vmId"])

    assert send("POST", url, json=body_of(changed), headers=signed(changed["id"])).status_code == 200


# Heartbeats


def test_a_heartbeat_connects(
    send: Send, make_machine: Make, bearer: Callable[..., dict[str, str]], cloud_store: Store
) -> None:
    """A heartbeat is taken, journaled, and makes the machine Connected with what it told."""
    machine = make_machine()
    answer = send("POST", HEARTBEAT, json=BEAT, headers=bearer())
    stored = cloud_store.all(Machine)[0]
    kinds = [(event.kind, event.machine, event.status) for event in cloud_store.events[-2:]]

    assert (answer.status_code, answer.json()) == (
        200, {"nextHeartbeatSeconds": 300, "desiredVersion": None, "tags": {}, "automaticUpgrade": False},
    )  # fmt: skip
    assert (stored.facts["agentVersion"], stored.heartbeats) == ("1.67.03504.1320", 1)
    assert status_of(stored, cloud_store.clock.now()) == "Connected"
    assert kinds == [("heartbeat", machine["id"], 0), ("request", machine["id"], 200)]


def test_a_heartbeat_brings_the_switch_and_takes_the_attempt(
    send: Send, arm: Send, make_machine: Make, bearer: Callable[..., dict[str, str]], cloud_store: Store
) -> None:
    """Of automatic upgrades: what a client has switched, and how the last one went; the switch is not the agent's."""
    make_machine()
    arm("PATCH", "{M}/box-1", json={"properties": {"agentUpgrade": {"enableAutomaticUpgrade": True}}})
    attempt = {"lastAttemptStatus": "Failed", "lastAttemptMessage": "why", "enableAutomaticUpgrade": False}
    answer = send("POST", HEARTBEAT, json={**BEAT, "agentUpgrade": attempt}, headers=bearer())
    stored = cloud_store.all(Machine)[0]

    assert answer.json()["automaticUpgrade"] is True
    assert shown(stored, None, "t", cloud_store.clock.now())["properties"]["agentUpgrade"] == {
        "enableAutomaticUpgrade": True, "lastAttemptStatus": "Failed", "lastAttemptMessage": "why"
    }  # fmt: skip
    refused = send("POST", HEARTBEAT, json={**BEAT, "agentUpgrade": "x"}, headers=bearer())
    assert refused.status_code == 400


def test_a_heartbeat_keeps_known_members_only(
    send: Send, make_machine: Make, bearer: Callable[..., dict[str, str]], cloud_store: Store
) -> None:
    """What the protocol does not know is not kept."""
    make_machine()
    send("POST", HEARTBEAT, json=BEAT, headers=bearer())

    assert cloud_store.all(Machine)[0].facts == {"agentVersion": "1.67.03504.1320", "osName": "linux"}


def test_a_deleted_machine_is_not_heard(
    send: Send, arm: Send, make_machine: Make, bearer: Callable[..., dict[str, str]]
) -> None:
    """After its resource was deleted a machine's heartbeat is answered 404."""
    make_machine()
    headers = bearer()
    arm("DELETE", "{M}/box-1")

    assert code(send("POST", HEARTBEAT, json=BEAT, headers=headers)) == (404, "MachineNotFound")


@pytest.fixture
def beat(send: Send, make_machine: Make, bearer: Callable[..., dict[str, str]]) -> Callable[[], httpx.Response]:
    """Give a sender of heartbeats of a new machine, each with a fresh token."""
    make_machine()
    return lambda: send("POST", HEARTBEAT, json=BEAT, headers=bearer())


@pytest.mark.parametrize(
    ("silence", "expected"), [(900, 200), (45 * 86400 - 1, 200), (45 * 86400, 403)], ids=["15 min", "just", "45 days"]
)
def test_an_expired_machine_is_not_heard(
    beat: Callable[[], httpx.Response], cloud_store: Store, silence: int, expected: int
) -> None:
    """A disconnected machine is heard again, an expired one is not."""
    beat()
    cloud_store.clock.advance(silence)

    assert beat().status_code == expected


def test_an_expired_identity_is_called_so(beat: Callable[[], httpx.Response], cloud_store: Store) -> None:
    """The agent can tell an expired identity from a token that is not good, and the machine stays Expired."""
    beat()
    cloud_store.clock.advance(45 * 86400)

    assert code(beat()) == (403, "IdentityExpired")
    assert cloud_store.all(Machine)[0].heartbeats == 1


def test_bad_tokens(
    send: Send, make_machine: Make, bearer: Callable[..., dict[str, str]], token: Callable[..., str]
) -> None:
    """No token, one for another audience, an ended one, a person's and another machine's are refused."""
    make_machine()
    make_machine("box-2", 2)
    found = [
        code(send("POST", HEARTBEAT, json=BEAT)),
        code(send("POST", HEARTBEAT, json=BEAT, headers=bearer(audience="https://management.azure.com"))),
        code(send("POST", HEARTBEAT, json=BEAT, headers=bearer(lifetime=0))),
        code(send("POST", HEARTBEAT, json=BEAT, headers={"Authorization": f"Bearer {token('owner', AGENT_SERVICE)}"})),
        code(send("POST", HEARTBEAT, json=BEAT, headers=bearer("box-2"))),
    ]

    assert found == [(401, "InvalidToken")] * 3 + [(403, "AuthorizationFailed")] * 2


def test_a_return_resolves_the_alert(beat: Callable[[], httpx.Response], cloud_store: Store) -> None:
    """Silence fires one alert and the next heartbeat resolves it, in this order in the journal."""
    beat()
    cloud_store.clock.advance(5000)
    beat()
    beat()
    states = [(event.data["state"], event.time[11:19]) for event in cloud_store.events if event.kind == "alert"]

    assert states == [("Fired", "00:15:00"), ("Resolved", "01:23:20")]
    assert len(cloud_store.all(Alert)) == 1


# Packages


def test_extension_packages_are_served(send: Send) -> None:
    """The package of an extension is a zip at its recorded path."""
    stem = "microsoft.azure.extensions__customscript"
    answer = send("GET", f"{HIS}/extensions/extensionpackages/{stem}/{stem}__2.1.10.zip")

    assert (answer.status_code, answer.content[:2], answer.headers["content-type"]) == (200, b"PK", "application/zip")


@pytest.mark.parametrize(
    "name", ["none.zip", "../../etc/passwd", "%2e%2e/%2e%2e/etc/passwd", "", "/etc/passwd", "%00", "x" * 300]
)
def test_nothing_else_is_served(send: Send, name: str) -> None:
    """No path leads out of the folder of packages."""
    assert send("GET", f"{HIS}/extensions/extensionpackages/{name}").status_code in (404, 501)


def test_without_an_issuer_the_service_says_so(
    send: Send, make_machine: Make, signed: Callable[[str], dict[str, str]], cloud_store: Store
) -> None:
    """A cloud without issuing key answers 500 and does not crash."""
    machine = make_machine()
    cloud_store.apply(Transition("test.drop", delete=((Secret, "identity-issuer"),)))

    assert code(send("POST", IDENTITY, json=body_of(machine), headers=signed(machine["id"]))) == (500, "InternalError")


# Two senders


@pytest.fixture
def beat_from(send: Send, make_machine: Make, bearer: Callable[..., dict[str, str]]) -> Callable[[str], httpx.Response]:
    """Give a sender of heartbeats of one machine from an address."""
    make_machine()
    return lambda sender: send("POST", HEARTBEAT, json=BEAT, headers=bearer(), sender=sender)


@pytest.mark.parametrize(("after_s", "expected"), [(0, 429), (59, 429), (60, 200)])
def test_another_sender_is_a_duplicate_for_a_minute(
    beat_from: Callable[[str], httpx.Response], cloud_store: Store, after_s: int, expected: int
) -> None:
    """A heartbeat from another address is refused until 60 s of lab time after the last one."""
    beat_from("10.0.0.5")
    cloud_store.clock.advance(after_s)

    assert beat_from("10.0.0.6").status_code == expected


def test_a_duplicate_is_told_when_to_come_again(beat_from: Callable[[str], httpx.Response], cloud_store: Store) -> None:
    """The refusal names what is left of the minute, changes nothing, and leaves the first sender alone."""
    beat_from("10.0.0.5")
    cloud_store.clock.advance(20)
    refused = beat_from("10.0.0.6")
    again = beat_from("10.0.0.5")

    assert (code(refused), refused.headers["retry-after"]) == ((429, "DuplicateHeartbeat"), "40")
    assert (again.status_code, cloud_store.all(Machine)[0].heartbeats) == (200, 2)


def test_a_new_identity_is_no_duplicate(
    beat_from: Callable[[str], httpx.Response],
    send: Send,
    make_machine: Make,
    bearer: Callable[..., dict[str, str]],
) -> None:
    """Another computer that takes over the resource, with a vmId of its own, may speak at once."""
    beat_from("10.0.0.5")
    changed = make_machine(number=2)
    url = HEARTBEAT.replace(VM_ID, changed["properties"]["vmId"])

    assert send("POST", url, json=BEAT, headers=bearer(), sender="10.0.0.6").status_code == 200


def test_a_return_is_told_before_the_answer(
    beat: Callable[[], httpx.Response], cloud_store: Store, control: Callable[..., httpx.Response]
) -> None:
    """Whoever holds the answer to the heartbeat finds both messages in the inbox, and the request's event behind."""
    control("PUT", "/alert-rule", json={"webhook": "cloud"})
    beat()
    cloud_store.clock.advance(1000)
    beat()
    conditions = [item.body["data"]["essentials"]["monitorCondition"] for item in cloud_store.all(InboxMessage)]

    assert conditions == ["Fired", "Resolved"]
    assert cloud_store.events[-1].operation == "his.heartbeat"
    assert cloud_store.events[-1].kind == "request"


# A region that moves, and identities that are over


def test_another_regions_host_is_misdirected(
    send: Send, make_machine: Make, signed: Callable[[str], dict[str, str]], bearer: Callable[..., dict[str, str]]
) -> None:
    """A machine is served by its own region's host and by the global one; any other answers 421 to both calls."""
    machine = make_machine()
    other = [url.replace("eus.", "weu.") for url in (IDENTITY, HEARTBEAT)]
    refused = [
        code(send("POST", other[0], json=body_of(machine), headers=signed(machine["id"]))),
        code(send("POST", other[1], json=BEAT, headers=bearer())),
    ]

    assert refused == [(421, "Misdirected")] * 2
    assert send("POST", HEARTBEAT.replace("eus.", "gbl."), json=BEAT, headers=bearer()).status_code == 200


def test_a_region_moves(send: Send, control: Send, make_machine: Make, bearer: Callable[..., dict[str, str]]) -> None:
    """Discovery names the new host, which serves the machine; the old one does no more; other regions stay."""
    make_machine()
    moved = control("POST", "/region", json={"location": "eastus", "code": "eus9"})
    discovery = "https://gbl.his.arc.azure.com/discovery?api-version=2.1&location="
    found = [send("GET", discovery + location).json()["hisEndpoint"] for location in ("eastus", "westeurope")]

    assert (moved.status_code, found) == (204, ["https://eus9.his.arc.azure.com", "https://weu.his.arc.azure.com"])
    assert code(send("POST", HEARTBEAT, json=BEAT, headers=bearer())) == (421, "Misdirected")
    assert send("POST", HEARTBEAT.replace("eus.", "eus9."), json=BEAT, headers=bearer()).status_code == 200


def test_no_renewal_after_expiry(
    send: Send, make_machine: Make, signed: Callable[[str], dict[str, str]], bearer: Callable[..., dict[str, str]],
    cloud_store: Store,
) -> None:  # fmt: skip
    """A machine that was silent for 45 days, or whose certificate has ended, cannot renew it any more."""
    machine = make_machine()
    send("POST", IDENTITY, json=body_of(machine), headers=signed(machine["id"]))
    send("POST", HEARTBEAT, json=BEAT, headers=bearer())
    cloud_store.clock.advance(45 * 86400)
    silent = send("POST", IDENTITY, json=body_of(machine), headers={**signed(machine["id"]), **bearer()})
    cloud_store.clock.advance(45 * 86400)
    never_heard = make_machine("box-2", 2)
    ended = send("POST", HEARTBEAT, json=BEAT, headers=bearer())

    assert (code(silent), code(ended)) == ((403, "IdentityExpired"),) * 2
    assert never_heard["properties"]["status"] == "AwaitingConnection"


def test_a_clone_is_refused(
    send: Send, make_machine: Make, bearer: Callable[..., dict[str, str]], cloud_store: Store,
    arm: Callable[..., httpx.Response],
) -> None:  # fmt: skip
    """The second return of a sender is 429 with the reason; ARM tells it, and the machine stays Connected."""
    make_machine()
    answers = []
    for sender in ("10.0.0.5", "10.0.0.6", "10.0.0.5", "10.0.0.6"):
        answers.append(send("POST", HEARTBEAT, json=BEAT, headers=bearer(), sender=sender))
        cloud_store.clock.advance(150)
    properties = arm("GET", "{M}/box-1").json()["properties"]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert (code(answers[-1]), answers[-1].headers["retry-after"]) == ((429, "Cloned"), "300")
    assert (properties["status"], properties["statusReason"]) == ("Connected", "Cloned")
