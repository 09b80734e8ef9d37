"""Nothing acknowledged is lost: a server is killed (-9) again and again while a client writes; each time all is there.

The moments are random with a seed: some before the server is ready, most in the middle of requests. `ARCLAB_KILLS` says
how often (20; CI: 200). What a request that got no answer wanted may be there or not, but not half.
"""

from __future__ import annotations

import contextlib
import os
import random
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from simulator.contract import Event, EventPage, ForkRequest
from simulator.identity.certificates import ensure_tls
from simulator.seed import demo_case

pytestmark = pytest.mark.process

KILLS = int(os.environ.get("ARCLAB_KILLS", "20"))
CASE = demo_case()
MACHINES = f"/subscriptions/{CASE.subscription_id}/resourceGroups/arclab-rg/providers/Microsoft.HybridCompute/machines"
VERSION = {"api-version": "2026-07-15"}


@dataclass(frozen=True)
class State:
    """What the client knows to be in the cloud: tags of its machines, locks, texts of faults, how far the clock is."""

    machines: dict[str, str] = field(default_factory=dict)
    locks: frozenset[str] = frozenset()
    faults: frozenset[str] = frozenset()
    offset_s: int = 0


@dataclass(frozen=True)
class Step:
    """One request, and what the cloud holds when it has answered."""

    method: str
    path: str
    body: Any
    after: State


class Server:
    """A server that can be killed and started again on the same state file, by a process that has everything loaded."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._socket = folder / "s"
        self._forks = subprocess.Popen([sys.executable, "-m", "simulator", "fork-server", "--socket", self._socket])
        _until(self._socket.exists)
        ensure_tls(folder / "tls")
        self._tls = ssl.create_default_context(cafile=str(folder / "tls" / "ca.pem"))
        self._started = 0
        self._connection: socket.socket | None = None

    def start(self) -> Path:
        """Start it; give the file that it prints into."""
        self._started += 1
        log = self._folder / f"log{self._started}"
        words = ("serve", "--listen", "127.0.0.1:0", "--tls-dir", str(self._folder / "tls"), "--seed", "demo",
                 "--state", str(self._folder / "state"))  # fmt: skip
        self._connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._connection.connect(str(self._socket))
        self._connection.sendall(msgspec.json.encode(ForkRequest(words, str(log))) + b"\n")
        return log

    def client(self, log: Path) -> httpx.Client:
        """Give a client of the server, once it is ready."""
        _until(lambda: log.exists() and "\n" in log.read_text())
        printed = log.read_text()
        assert printed.startswith("arclab-sim: ready on "), printed
        return httpx.Client(base_url=printed.split()[-1], verify=self._tls, trust_env=False, timeout=20)

    def kill(self) -> None:
        """Kill it with SIGKILL: its starter does when the connection is closed."""
        if self._connection is not None:
            self._connection.close()

    def close(self) -> None:
        """End it and its starter."""
        self.kill()
        self._forks.terminate()
        self._forks.wait()


def _until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.002)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Give a server that is not started yet."""
    made = Server(tmp_path)
    yield made
    made.close()


def next_step(chance: random.Random, state: State, number: int) -> Step:
    """Give a request that changes something."""
    kind = chance.choice(("machine", "machine", "machine", "lock", "unlock", "fault", "clear", "clock"))
    if kind == "machine":
        name = f"kept-{chance.randrange(12)}"
        after = replace(state, machines={**state.machines, name: str(number)})
        return Step("PUT", f"{MACHINES}/{name}", {"location": "eastus", "tags": {"number": str(number)}}, after)
    if kind == "lock" or (kind == "unlock" and not state.locks):
        scope = f"/scopes/{number}"
        return Step("POST", "/_sim/locks", {"scope": scope}, replace(state, locks=state.locks | {scope}))
    if kind == "unlock":
        scope = chance.choice(sorted(state.locks))
        return Step("DELETE", "/_sim/locks", {"scope": scope}, replace(state, locks=state.locks - {scope}))
    if kind == "fault":
        fault = {"effect": "http_error", "operation": "nothing", "message": str(number)}
        return Step("POST", "/_sim/faults", fault, replace(state, faults=state.faults | {str(number)}))
    if kind == "clear":
        return Step("DELETE", "/_sim/faults", None, replace(state, faults=frozenset()))
    return Step("POST", "/_sim/clock", {"advance_s": 1}, replace(state, offset_s=state.offset_s + 1))


def observe(client: httpx.Client) -> State:
    """Give what the cloud holds of what the client has made."""
    entities = client.get("/_sim/snapshot").json()["entities"]
    machines = {item["name"]: item["tags"]["number"] for item in entities["Machine"] if "number" in item["tags"]}
    return State(
        machines, frozenset(item["scope"] for item in entities.get("Lock", ())),
        frozenset(item["fault"]["message"] for item in entities.get("FaultInForce", ())),
        client.get("/_sim/clock").json()["offset_s"],
    )  # fmt: skip


def read_journal(client: httpx.Client, after: int) -> list[Event]:
    """Give the events after a number."""
    events: list[Event] = []
    while True:
        at = events[-1].seq if events else after
        page = msgspec.json.decode(client.get("/_sim/journal", params={"after": at}).content, type=EventPage)
        events += page.events
        if not page.events or page.events[-1].seq >= page.last:
            return events


def test_kills_lose_nothing(server: Server) -> None:
    """State and journal have every answered request after each kill, and the journal has no gap and changes nothing."""
    chance = random.Random(20260101)
    state, pending, number, answered, killed_early = State(), State(), 0, 0, 0
    journal: list[Event] = []
    marks: list[str] = []  # what each answered request to ARM has to be found by
    token = ""
    for _ in range(KILLS):
        log = server.start()
        if chance.random() < 0.1:  # before it is ready, in the middle of opening the file
            time.sleep(chance.uniform(0, 0.15))
            server.kill()
            killed_early += 1
            continue
        with server.client(log) as client:
            found = observe(client)
            assert found in (state, pending)
            state = pending = found
            new = read_journal(client, len(journal))
            assert [event.seq for event in new] == list(range(len(journal) + 1, len(journal) + len(new) + 1))
            assert [mark for mark in marks if not any(mark in event.path for event in new)] == []
            journal, marks = journal + new, []
            token = token or _sign_in(client)
            client.headers["Authorization"] = f"Bearer {token}"
            killer = threading.Timer(chance.uniform(0, 0.08), server.kill)
            killer.start()
            with contextlib.suppress(httpx.TransportError):
                while True:
                    number += 1
                    step = next_step(chance, state, number)
                    pending, mark = step.after, f"mark={number:06}"
                    query = {**VERSION, "mark": f"{number:06}"} if "/_sim" not in step.path else None
                    client.request(step.method, step.path, params=query, json=step.body).raise_for_status()
                    state, answered = pending, answered + 1
                    marks += [mark] if query else []
            killer.join()
    with server.client(server.start()) as client:
        whole = read_journal(client, 0)
        assert observe(client) in (state, pending)

    assert whole[: len(journal)] == journal
    assert [event.seq for event in whole] == list(range(1, len(whole) + 1))
    assert [mark for mark in marks if not any(mark in event.path for event in whole)] == []
    assert answered > KILLS  # else nothing was tried
    assert killed_early < KILLS


def _sign_in(client: httpx.Client) -> str:
    owner = next(person for person in CASE.principals if person.name == "owner")
    form = {"grant_type": "client_credentials", "client_id": owner.client_id, "client_secret": owner.secret,
            "scope": "https://management.azure.com/.default"}  # fmt: skip
    answer = client.post(f"/{CASE.tenant_id}/oauth2/v2.0/token", data=form).raise_for_status()
    return str(answer.json()["access_token"])
