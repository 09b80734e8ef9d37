"""Replays a recording: the same requests in the same order, to a simulator in the state that the recording begins with.

The agent's part is played too: what waits for it ends when the recording says that it has ended.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx

from simulator.contract import ARM_HOST
from simulator.extension_catalogue import load_catalogue
from tests.conformance.exchanges import Exchange, value_of
from tests.conformance.machine import Machine, public_key
from tests.conformance.served import Served

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
_ARM = f"https://{ARM_HOST}"
_PERIMETERS = "2024-07-01"
_NOT_TOLD = ("status", "lastStatusChange", "provisioningState", "clientPublicKey", "vmId")


class Replay:
    """One recording and the simulator that it is replayed to."""

    def __init__(self, served: Served, recorded: list[Exchange]) -> None:
        self._token = served.control("POST", "token", json={"principal": "owner"}).json()["access_token"]
        self._served = served
        self._recorded = recorded
        self._ours: dict[str, str] = {}  # ids of recorded operations, and of ours
        self._pending = ""  # the path of the request that an operation goes back to

    def run(self) -> Iterator[tuple[Exchange, Exchange]]:
        """Give each recorded exchange beside ours. A recorded refusal for too many requests is made by a fault."""
        machine = self._prepared(self._recorded[0])
        for real in self._recorded:
            if machine is not None and _has_ended(real) and self._pending.lower() != machine.id.lower():
                machine.work()
            if real.status == 429:
                fault = {"effect": "http_error", "host": ARM_HOST, "status": 429, "first": 1, **real.body["error"]}
                self._served.control("POST", "faults", json=fault)
            ours = self._ask(real.method, _ID.sub(self._translated, real.url), real.sent)
            if real.status == 202 and real.method != "GET":
                self._pending = real.path
            self._learn(real, ours)
            yield real, ours

    def _prepared(self, first: Exchange) -> Machine | None:
        """Make the machine that the recording begins with, connected, told and extended as it was."""
        if "/networkSecurityPerimeterConfigurations" in first.path:
            self._prepare_perimeter(first)
            return None
        seen, version = first.body, f"?api-version={first.version}"
        wanted = {**seen, "properties": {**seen["properties"], "clientPublicKey": public_key()}}
        self._ask("PUT", f"{_ARM}{first.path}{version}", wanted)
        machine = Machine(self._served, seen["id"], seen["properties"]["vmId"])
        machine.connect()
        machine.heartbeat(**{name: value for name, value in seen["properties"].items() if name not in _NOT_TOLD})
        for item, kind in zip(seen.get("resources", ()), self._other_kinds(), strict=False):
            self._ask("PUT", f"{_ARM}{item['id']}{version}", {"location": "eastus", "properties": kind})
            machine.work()
        return machine

    def _prepare_perimeter(self, first: Exchange) -> None:
        """Make a private link scope in a perimeter, by the names that the recorded configuration has."""
        seen = first.body["value"][0]["properties"]
        perimeter, profile, association = (seen[name] for name in (
            "networkSecurityPerimeter", "profile", "resourceAssociation"
        ))  # fmt: skip
        scope = first.path.rpartition("/")[0]
        linked = {"privateLinkResource": {"id": scope}, "profile": {"id": profile["id"]},
                  "accessMode": association["accessMode"]}  # fmt: skip
        for path, version, body in (
            (scope, first.version, {"location": "eastus"}),
            (perimeter["id"], _PERIMETERS, {"location": "eastus"}),
            (profile["id"], _PERIMETERS, {}),
            (f"{perimeter['id']}/resourceAssociations/{association['name']}", _PERIMETERS, {"properties": linked}),
        ):
            made = self._ask("PUT", f"{_ARM}{path}?api-version={version}", body)
            if path == perimeter["id"]:
                self._ours[perimeter["perimeterGuid"]] = made.body["properties"]["perimeterGuid"]

    def _other_kinds(self) -> list[dict[str, Any]]:
        """Give kinds of extensions that are known and that the recording does not install itself."""
        known = load_catalogue().extensions
        puts = [real for real in self._recorded if "/extensions/" in real.path and real.sent]
        wanted = [real.sent["properties"]["type"] for real in puts]
        return [{"publisher": item.publisher, "type": item.type, "settings": {}} for item in known
                if item.type not in wanted]  # fmt: skip

    def _ask(self, method: str, url: str, body: Any) -> Exchange:
        """Ask for an address of Resource Manager at the simulator."""
        headers = {"Authorization": f"Bearer {self._token}", "Host": ARM_HOST}
        with httpx.Client(verify=self._served.trust) as client:
            answer = client.request(method, url.replace(_ARM, self._served.base), json=body, headers=headers,
                                    extensions={"sni_hostname": ARM_HOST})  # fmt: skip
        return Exchange(method, url, body, answer.status_code, dict(answer.headers), value_of(answer.content))

    def _translated(self, recorded: re.Match[str]) -> str:
        return self._ours.get(recorded[0], recorded[0])

    def _learn(self, real: Exchange, ours: Exchange) -> None:
        for name in ("location", "azure-asyncoperation"):
            if name in real.headers and name in ours.headers:
                self._ours[_ID.findall(real.headers[name])[-1]] = _ID.findall(ours.headers[name])[-1]


def _has_ended(poll: Exchange) -> bool:
    """Say whether a poll tells that an operation is over."""
    return poll.method == "GET" and isinstance(poll.body, dict) and poll.body.get("status") == "Succeeded"
