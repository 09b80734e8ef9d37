"""The harness's client of a cloud's `/_sim`: clock, journal, machines, alerts, faults, repository.

Speaks HTTP over the case's control socket, so no port is opened and machines cannot reach it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx
import msgspec

from harness.errors import LabError
from simulator.contract import (
    Alert,
    AlertRule,
    ArmedFault,
    Clock,
    ClockChange,
    Event,
    EventPage,
    Fault,
    MachineState,
    RepositoryChange,
    RepositoryFault,
    UpdateServerChange,
)

_T = TypeVar("_T")
_LONGEST_S = 60.0


def http_over(socket: Path, url: str) -> httpx.Client:
    """Give a client that speaks plain HTTP over a unix socket; `url` is what its requests are relative to."""
    transport = httpx.HTTPTransport(uds=str(socket), verify=False)  # no TLS: reading all CAs takes 25 ms
    return httpx.Client(transport=transport, base_url=url, timeout=_LONGEST_S, trust_env=False)


class Control:
    """One cloud's control. Keeps every event it has seen, in order. Lives as long as its case."""

    def __init__(self, socket: Path) -> None:
        self._http = http_over(socket, "http://cloud/_sim")
        self.events: list[Event] = []
        self.offset_s = 0  # of lab time, ahead of true time

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def is_ready(self) -> bool:
        """Say whether the cloud answers yet."""
        try:
            return self._http.get("/ready", timeout=5.0).status_code == 200
        except httpx.TransportError:
            return False

    def lab_now(self) -> datetime:
        """Give lab time without asking: true time plus the offset that was set last."""
        return datetime.now(UTC) + timedelta(seconds=self.offset_s)

    def advance(self, seconds: int) -> Clock:
        """Move the lab clock; the cloud has settled everything that became due when this returns."""
        clock = self._post("/clock", ClockChange(advance_s=seconds), Clock)
        self.offset_s = clock.offset_s
        return clock

    def fetch(self, *, kind: str = "", wait_s: float = 0.0) -> list[Event]:
        """Take in new events; with `kind` and `wait_s` wait until one of that kind comes. Gives the new ones."""
        after = self.events[-1].seq if self.events else 0
        parameters: dict[str, Any] = {"after": after}
        if wait_s:
            parameters |= {"kind": kind, "wait_s": wait_s}
        new: list[Event] = []
        while True:
            page = self._get("/journal", EventPage, parameters)
            if wait_s:  # a filtered page leaves gaps; take everything once more without the filter
                parameters, wait_s = {"after": after}, 0.0
                continue
            new.extend(page.events)
            if not page.events or page.events[-1].seq >= page.last:
                break
            parameters["after"] = page.events[-1].seq
        self.events.extend(new)
        return new

    def last_seq(self) -> int:
        """Give the sequence number of the newest event, taking in all before it."""
        self.fetch()
        return self.events[-1].seq if self.events else 0

    def machines(self) -> list[MachineState]:
        """List connected machines."""
        return self._get("/machines", list[MachineState])

    def alerts(self) -> list[Alert]:
        """List Resource Health transitions, oldest first."""
        return self._get("/alerts", list[Alert])

    def set_alert_rule(self, rule: AlertRule) -> None:
        """Deliver alerts to a webhook from now on."""
        self._send("PUT", "/alert-rule", msgspec.json.encode(rule))

    def add_fault(self, fault: Fault) -> str:
        """Let matching requests go wrong; give the fault's number."""
        return self._post("/faults", fault, ArmedFault).id

    def clear_fault(self, identifier: str) -> None:
        """Take one fault away."""
        self._send("DELETE", f"/faults/{identifier}")

    def clear_faults(self) -> None:
        """Let everything go right again."""
        self._send("DELETE", "/faults")

    def move_region(self, location: str, code: str) -> None:
        """Let the identity service of a region be found at the host with another code."""
        self._send("POST", "/region", msgspec.json.encode({"location": location, "code": code}))

    def change_repository(self, change: RepositoryChange) -> None:
        """Publish or withdraw; the new metadata is served when this returns."""
        self._send("POST", "/repository", msgspec.json.encode(change))

    def spoil_repository(self, fault: RepositoryFault) -> None:
        """Let the repository have a fault; it is served so when this returns."""
        self._send("PUT", "/repository-fault", msgspec.json.encode(fault))

    def change_update_server(self, change: UpdateServerChange) -> None:
        """Act as the administrator of the organization's update server."""
        self._send("POST", "/update-server", msgspec.json.encode(change))

    def approve_device_code(self, user_code: str, upn: str) -> None:
        """Sign in for a device, as a person in a browser would."""
        self._send("POST", "/device-code", msgspec.json.encode({"user_code": user_code, "upn": upn}))

    def lock(self, scope: str, *, locked: bool) -> None:
        """Put a delete lock on a scope, or take it off."""
        self._send("POST" if locked else "DELETE", "/locks", msgspec.json.encode({"scope": scope}))

    def operator_token(self, principal: str, resource: str = "https://management.azure.com") -> str:
        """Give an access token of a principal of the case."""
        body = self._send("POST", "/token", msgspec.json.encode({"principal": principal, "resource": resource}))
        return str(msgspec.json.decode(body)["access_token"])

    def _get(self, path: str, kind: type[_T], parameters: dict[str, Any] | None = None) -> _T:
        return msgspec.json.decode(self._send("GET", path, parameters=parameters), type=kind)

    def _post(self, path: str, body: msgspec.Struct, kind: type[_T]) -> _T:
        return msgspec.json.decode(self._send("POST", path, msgspec.json.encode(body)), type=kind)

    def _send(self, method: str, path: str, body: bytes = b"", *, parameters: dict[str, Any] | None = None) -> bytes:
        try:
            answer = self._http.request(method, path, content=body, params=parameters)
        except httpx.TransportError as error:
            raise LabError("cloud-gone", f"the cloud does not answer '{method} /_sim{path}': {error}.") from error
        if answer.status_code >= 400:
            raise LabError(
                "cloud-refused",
                f"the cloud refused '{method} /_sim{path}': {answer.status_code} {answer.text.strip()}.",
            )
        return answer.content
