"""A simulator as its users start it: `arclab-sim serve` as a child process, on the loopback, with the lab's CA."""

from __future__ import annotations

import contextlib
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import msgspec

from simulator.contract import Case, Event, EventPage

ARM_SCOPE = "https://management.azure.com/.default"
_END_S = 10.0


@dataclass(frozen=True)
class Served:
    """A running simulator: its address, the CA that clients are told to trust, what it was seeded with."""

    base: str
    ca: Path
    case: Case

    @property
    def settings(self) -> dict[str, Any]:
        """Give the documented settings by which an Azure management client is pointed at another cloud."""
        return {
            "base_url": self.base, "credential_scopes": [ARM_SCOPE], "connection_verify": str(self.ca),
            "polling_interval": 1,
        }  # fmt: skip

    @property
    def sign_in(self) -> dict[str, Any]:
        """Give the documented settings by which a credential is pointed at another cloud."""
        return {
            "authority": self.base, "disable_instance_discovery": True, "connection_verify": str(self.ca)
        }  # fmt: skip

    @property
    def trust(self) -> ssl.SSLContext:
        """Give what a plain client trusts: the lab's CA alone."""
        return ssl.create_default_context(cafile=self.ca)

    def control(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Ask `/_sim`. Raises: httpx.HTTPStatusError."""
        url = f"{self.base}/_sim/{path}"
        with httpx.Client(verify=self.trust) as client:
            return client.request(method, url, **options).raise_for_status()

    def journal(self, after: int = 0, kind: str = "request") -> list[Event]:
        """Give the events of a kind after a sequence number."""
        events: list[Event] = []
        while True:
            params: dict[str, str | int] = {"after": after, "kind": kind}
            answer = self.control("GET", "journal", params=params)
            page = msgspec.json.decode(answer.content, type=EventPage)
            events += page.events
            if not page.events:
                return events
            after = page.events[-1].seq


@contextlib.contextmanager
def serve(folder: Path, case: Case, journal: list[Event]) -> Iterator[Served]:
    """Serve a case until the end of the block; then the requests that were made are added to `journal`.

    What the server says on its error output fails the block.
    """
    (folder / "given.json").write_bytes(msgspec.json.encode(case))
    program = Path(sys.executable).with_name("arclab-sim")
    words = [str(program), "serve", "--listen", "127.0.0.1:0", "--tls-dir", str(folder), "--case",
             str(folder / "given.json")]  # fmt: skip
    errors = folder / "errors.log"
    with errors.open("wb") as log, subprocess.Popen(words, stdout=subprocess.PIPE, stderr=log, text=True) as process:
        try:
            assert process.stdout is not None
            said = process.stdout.readline()
            assert said.startswith("arclab-sim: ready on "), said + errors.read_text()
            port = said.strip().rpartition(":")[2]
            served = Served(f"https://localhost:{port}", folder / "ca.pem", case)
            yield served
            journal += served.journal()
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(_END_S)
    assert errors.read_text() == ""
