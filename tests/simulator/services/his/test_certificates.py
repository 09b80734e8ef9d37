"""Certificates for a machine's key: given, refused, renewed, and none after the end."""

from __future__ import annotations

from collections.abc import Callable

from cryptography import x509

from simulator.resources.entities import Secret
from simulator.resources.transition import Transition
from simulator.store import Store
from tests.simulator.services.his.asking import (
    BEAT,
    HEARTBEAT,
    IDENTITY,
    VM_ID,
    Make,
    Send,
    body_of,
    code,
)


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


def test_without_an_issuer_the_service_says_so(
    send: Send, make_machine: Make, signed: Callable[[str], dict[str, str]], cloud_store: Store
) -> None:
    """A cloud without issuing key answers 500 and does not crash."""
    machine = make_machine()
    cloud_store.apply(Transition("test.drop", delete=((Secret, "identity-issuer"),)))

    assert code(send("POST", IDENTITY, json=body_of(machine), headers=signed(machine["id"]))) == (500, "InternalError")


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
