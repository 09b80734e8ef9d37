"""The name server: Azure's names have the cloud's address, other names do not exist, and no bytes break it.

`resolve` is asked with questions on the wire, and the datagram protocol with a transport that remembers.
"""

from __future__ import annotations

import ipaddress
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from dnslib import QTYPE, RCODE, DNSRecord
from hypothesis import given
from hypothesis import strategies as st

from simulator.contract import CLOUD_NAMES, Event
from simulator.name_server import NameServer, resolve

ADDRESS = "10.0.0.2"
HEADER = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"


def ask(name: str, kind: str = "A") -> tuple[str, list[tuple[str, str]], Event]:
    """Give result code, (type, data) of each record, and the event."""
    found = resolve(DNSRecord.question(name, kind).pack(), ADDRESS)
    assert found is not None
    answer = DNSRecord.parse(found[0])
    return str(RCODE[answer.header.rcode]), [(str(QTYPE[r.rtype]), str(r.rdata)) for r in answer.rr], found[1]


@pytest.mark.parametrize("pattern", CLOUD_NAMES)
def test_azures_names_have_the_clouds_address(pattern: str) -> None:
    """Every name of the contract is answered; a wildcard with something in its place."""
    code, records, _ = ask(pattern.replace("*", "any.thing"))

    assert (code, records) == ("NOERROR", [("A", ADDRESS)])


@pytest.mark.parametrize("name", ["MANAGEMENT.azure.com", "management.azure.com."])
def test_case_and_the_last_dot_do_not_matter(name: str) -> None:
    """A resolver may ask in any case, and with the root's dot."""
    code, records, event = ask(name)

    assert (code, records, event.host) == ("NOERROR", [("A", ADDRESS)], "management.azure.com")


@pytest.mark.parametrize("kind", ["AAAA", "TXT", "HTTPS"])
def test_other_types_are_empty(kind: str) -> None:
    """A name that exists has no address of another kind; the question is journaled with its type."""
    code, records, event = ask("management.azure.com", kind)

    assert (code, records, event.operation) == ("NOERROR", [], f"dns.{kind}")


@pytest.mark.parametrize("name", ["example.com", "azure.com", "management.azure.com.evil.example", "com", "."])
def test_other_names_do_not_exist(name: str) -> None:
    """What Azure does not use is not there, and the journal says so."""
    code, records, event = ask(name)

    assert (code, records, event.data) == ("NXDOMAIN", [], {"rcode": "NXDOMAIN"})


def test_answers_are_no_questions() -> None:
    """An answer that is sent to the server is ignored: two name servers would talk for ever."""
    question = DNSRecord.question("management.azure.com")

    assert resolve(question.reply().pack(), ADDRESS) is None


@given(data=st.one_of(st.binary(max_size=300), st.binary(max_size=80).map(lambda tail: HEADER + tail)))
def test_no_bytes_break_it(data: bytes) -> None:
    """Any bytes are ignored, or answered with something that can be read and journaled."""
    found = resolve(data, ADDRESS)
    answer, event = found or (DNSRecord.question("a").pack(), Event(seq=0, time="", wall="", kind="dns"))

    assert DNSRecord.parse(answer) is not None
    assert msgspec.json.encode(event)


class Transport:
    """Remembers what is sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[bytes, Any]] = []

    def sendto(self, data: bytes, addr: Any) -> None:
        """Keep a datagram."""
        self.sent.append((data, addr))


def test_a_question_is_journaled_before_it_is_answered() -> None:
    """One event with lab time and client, and one datagram to who has asked; nothing for bytes that are no question."""
    transport, events = Transport(), list[Event]()
    server = NameServer(ADDRESS, events.append, lambda: 1_767_225_600.0)
    server.connection_made(transport)  # type: ignore[arg-type] # all that is used of it is there
    server.datagram_received(b"nothing", ("10.0.0.9", 5353))
    server.datagram_received(DNSRecord.question("example.com").pack(), ("10.0.0.9", 5353))

    assert [(e.kind, e.time, e.client, e.host) for e in events] == [
        ("dns", "2026-01-01T00:00:00.000000Z", "10.0.0.9", "example.com")
    ]
    assert [addr for _, addr in transport.sent] == [("10.0.0.9", 5353)]


@pytest.mark.parametrize(("client", "code"), [("10.0.0.17", "NXDOMAIN"), ("10.0.0.33", "NOERROR")])
def test_clients_of_the_closed_network_learn_no_name(client: str, code: str) -> None:
    """Their questions are journaled all the same."""
    events: list[Event] = []
    sent: list[bytes] = []
    server = NameServer(ADDRESS, events.append, lambda: 0.0, ipaddress.IPv4Network("10.0.0.16/28"))
    transport: Any = SimpleNamespace(sendto=lambda data, _: sent.append(data))
    server.connection_made(transport)

    server.datagram_received(DNSRecord.question("management.azure.com").pack(), (client, 5353))

    assert RCODE[DNSRecord.parse(sent[0]).header.rcode] == code
    assert [(event.client, event.data) for event in events] == [(client, {"rcode": code})]


@pytest.mark.parametrize(
    ("name", "addresses"),
    [
        ("eus.his.arc.azure.com", ["10.0.0.18"]),
        ("eastus-gas.guestconfiguration.azure.com", ["10.0.0.18"]),
        ("management.azure.com", []),
    ],
)
def test_clients_of_the_closed_network_learn_private_names(name: str, addresses: list[str]) -> None:
    """With a private address Azure Arc's names are there, and no others."""
    sent: list[bytes] = []
    closed = ipaddress.IPv4Network("10.0.0.16/28")
    server = NameServer(ADDRESS, lambda _: None, lambda: 0.0, closed, private="10.0.0.18")
    transport: Any = SimpleNamespace(sendto=lambda data, _: sent.append(data))
    server.connection_made(transport)

    server.datagram_received(DNSRecord.question(name).pack(), ("10.0.0.17", 5353))

    assert [str(record.rdata) for record in DNSRecord.parse(sent[0]).rr] == addresses


def test_a_name_may_lead_elsewhere() -> None:
    """Only the one that it says, and for as long as it says so."""
    places = {"packages.microsoft.com": "10.0.0.14"}

    def address(name: str) -> str:
        found = resolve(DNSRecord.question(name).pack(), ADDRESS, lambda host: places.get(host, ""))
        assert found is not None
        return str(DNSRecord.parse(found[0]).rr[0].rdata)

    assert [address("packages.microsoft.com"), address("management.azure.com")] == ["10.0.0.14", ADDRESS]
