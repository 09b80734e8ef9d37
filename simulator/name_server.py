"""The cloud's name server: Azure's names have the cloud's address, nothing else exists. Each question is journaled.

A fast NXDOMAIN matters: on a network without a route out, the engine's own resolver lets an unknown name wait for
10 to 20 seconds.
"""

from __future__ import annotations

import asyncio
import fnmatch
import ipaddress
import time
from collections.abc import Callable, Sequence
from typing import cast

import msgspec
from dnslib import QTYPE, RCODE, RR, A, DNSError, DNSHeader, DNSRecord

from simulator.clock import iso
from simulator.contract import CLOUD_NAMES, Event

_TTL_S = 5
#: What a private endpoint of Azure Arc stands for. Source: the private DNS zones of its private link.
_PRIVATE_NAMES = ("*.his.arc.azure.com", "*.guestconfiguration.azure.com")


def resolve(
    question: bytes,
    address: str,
    elsewhere: Callable[[str], str] | None = None,
    names: Sequence[str] = CLOUD_NAMES,
) -> tuple[bytes, Event] | None:
    """Give the answer on the wire and its event, without times and client; None for bytes that are no question.

    `address` is the cloud's IPv4 address; without it no name exists, as on a network that knows its own names only.
    `names` are patterns of those that exist.
    The other types of a name that exists have an empty answer; one that is `elsewhere` has the address that this gives.
    """
    try:
        asked = DNSRecord.parse(question)
        if asked.header.qr or not asked.questions:
            return None
        name, kind = str(asked.q.qname).rstrip(".").lower(), str(QTYPE[asked.q.qtype])
        answer = DNSRecord(DNSHeader(id=asked.header.id, qr=1, aa=1, ra=1, rd=asked.header.rd), q=asked.q)
        if not address or not any(fnmatch.fnmatchcase(name, pattern) for pattern in names):
            answer.header.rcode = RCODE.NXDOMAIN
        elif kind == "A":
            other = elsewhere(name) if elsewhere is not None else ""
            answer.add_answer(RR(asked.q.qname, QTYPE.A, ttl=_TTL_S, rdata=A(other or address)))
        wire = bytes(answer.pack())
    except (DNSError, ValueError, IndexError):
        return None
    shown = name.encode(errors="backslashreplace").decode()
    data = {"rcode": str(RCODE[answer.header.rcode])}
    return wire, Event(seq=0, time="", wall="", kind="dns", host=shown, operation=f"dns.{kind}", data=data)


class NameServer(asyncio.DatagramProtocol):
    """Answers over UDP. `record` takes each question as an event; `lab_now` gives lab time in seconds.

    For clients of the network `closed` no name exists, but for Azure Arc's own, at the address `private` where there is
    one, as with private endpoints. `elsewhere` gives the address of a name that has another one.
    """

    def __init__(
        self,
        address: str,
        record: Callable[[Event], None],
        lab_now: Callable[[], float],
        closed: ipaddress.IPv4Network | None = None,
        elsewhere: Callable[[str], str] | None = None,
        *,
        private: str = "",
    ) -> None:
        self._address = address
        self._closed = closed
        self._elsewhere = elsewhere
        self._private = private
        self._record = record
        self._lab_now = lab_now
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the socket."""
        self._transport = cast("asyncio.DatagramTransport", transport)  # uvloop's is no subclass of it

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answer one question; bytes that are none are ignored, as name servers do."""
        is_closed = self._closed is not None and ipaddress.ip_address(addr[0]) in self._closed
        if is_closed:
            found = resolve(data, self._private, names=_PRIVATE_NAMES)
        else:
            found = resolve(data, self._address, self._elsewhere)
        if found is None or self._transport is None:
            return
        answer, event = found
        self._record(
            msgspec.structs.replace(event, time=iso(self._lab_now()), wall=iso(time.time()), client=str(addr[0]))
        )
        self._transport.sendto(answer, addr)
