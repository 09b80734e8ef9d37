"""Measure fleets: machines whose heartbeats are due every five minutes, held by one process.

The machines are created as agents create them, over HTTP. Their tokens are signed here with the cloud's own key: a
hundred thousand sign-ins would measure RSA, and an agent signs in once a day.
"""

from __future__ import annotations

import base64
import itertools
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from harness.bench.cloud.dialects import MACHINES, MACHINES_VERSION, message
from harness.bench.cloud.load import Sample, send_for
from harness.bench.cloud.servers import CASE, Server, ask, our_cloud, sign_in
from harness.errors import LabError
from simulator.contract import AGENT_SERVICE_APP_ID, ARM_HOST, HEARTBEAT_PERIOD_S

_HOST = "eus.his.arc.azure.com"
_CONNECTIONS = 8
_CHUNK = 500  # tokens that a process signs before it takes the next ones
_TIMES = 9  # how often a page and a query are asked for
_PATIENCE_S = 3600.0
_GRAPH = "/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01"
_COUNT = b'{"query":"resources | where type =~ \'microsoft.hybridcompute/machines\' | count"}'
_BODY = msgspec.json.encode({
    "agentVersion": "1.67.03504.1320", "osName": "linux", "osType": "linux", "osSku": "Debian GNU/Linux 12",
    "osVersion": "6.1.0", "machineFqdn": "box.example",
    "detectedProperties": {"logicalCoreCount": "2", "totalPhysicalMemoryInGigabytes": "4"},
})  # fmt: skip


class Fleet(msgspec.Struct, frozen=True):
    """What one size of fleet costs. Numbers are medians of the rounds."""

    machines: int
    bytes_each: float  # of the process's memory, after every machine has been heard
    due_per_s: float  # heartbeats that become due
    heartbeats_per_s: float
    heartbeat_us: float  # processor time of the server for one heartbeat
    p99_ms: float
    first_page_ms: float  # of machines, a hundred of them
    last_page_ms: float
    count_ms: float  # of a Resource Graph query that counts the machines
    beside_p99_ms: float  # of heartbeats while somebody asks for that count all the time


class _Held:
    """A cloud with a fleet, and the requests of its heartbeats."""

    def __init__(self, server: Server, folder: Path, size: int) -> None:
        self.server, self.size = server, size
        self.token = sign_in(server)
        before = server.resident_bytes()
        self._create()
        identities = self._identities()
        tokens = _signed(folder, self.token.partition(".")[0], [principal for _, principal in identities])
        self.heartbeats = list(map(_heartbeat, identities, tokens))
        self.beat(_PATIENCE_S, iter(self.heartbeats))
        self.bytes_each = (server.resident_bytes() - before) / size
        self.next = itertools.cycle(self.heartbeats)

    def beat(self, seconds: float, requests: Iterator[bytes]) -> Sample:
        """Send heartbeats. Raises: LabError when one is refused."""
        sample = send_for(seconds, self.server.plain, requests, _CONNECTIONS, 200)
        if sample.bad:
            raise LabError("bench-answer", f"heartbeats were answered with {sample.bad}.")
        return sample

    def beat_beside(self, seconds: float) -> Sample:
        """Send heartbeats while somebody counts the machines all the time. Raises: LabError."""
        is_over = threading.Event()

        def count() -> None:
            while not is_over.is_set():
                self.ask("POST", _GRAPH, _COUNT)

        with ThreadPoolExecutor(1) as pool:
            counting = pool.submit(count)
            try:
                sample = self.beat(seconds, self.next)
            finally:
                is_over.set()
            counting.result()
        return sample

    def timed_ms(self, method: str, path: str, body: bytes = b"") -> float:
        """Give how long an answer takes, its median."""
        times = []
        for _ in range(_TIMES):
            began = time.perf_counter()
            self.ask(method, path, body)
            times.append(1000 * (time.perf_counter() - began))
        return statistics.median(times)

    def ask(self, method: str, path: str, body: bytes = b"") -> bytes:
        """Ask Resource Manager as the owner. Raises: LabError."""
        headers = {"Host": ARM_HOST, "Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        return ask(self.server, method, path, body, headers)

    def _create(self) -> None:
        body = {"location": "eastus", "tags": {"fleet": "bench"}, "properties": {"clientPublicKey": "A" * 360}}
        requests = (
            message("PUT", ARM_HOST, f"{MACHINES}/box-{number:06}?api-version={MACHINES_VERSION}",
                    f"Bearer {self.token}", msgspec.json.encode(body))
            for number in range(self.size)
        )  # fmt: skip
        sample = send_for(_PATIENCE_S, self.server.plain, requests, _CONNECTIONS, 200)
        if sample.good != self.size:
            raise LabError("bench-answer", f"creates of machines were answered with {sample.bad}.")

    def _identities(self) -> list[tuple[str, str]]:
        """Give vmId and principal of each machine, from the pages of the list."""
        found: list[tuple[str, str]] = []
        path = f"{MACHINES}?api-version={MACHINES_VERSION}"
        while path:
            page = msgspec.json.decode(self.ask("GET", path))
            found += [(item["properties"]["vmId"], item["identity"]["principalId"]) for item in page["value"]]
            path = page.get("nextLink", "").removeprefix(f"https://{ARM_HOST}")
        return found


def measure_fleets(
    sizes: Sequence[int], rounds: int, seconds: float, folder: Path, say: Callable[[str], None]
) -> list[Fleet]:
    """Measure fleets of several sizes, all alive at the same time: in each round one after the other."""
    with ExitStack() as stack:
        held: list[_Held] = []
        for size in sizes:
            say(f"a fleet of {size:,}")
            held.append(_Held(stack.enter_context(our_cloud(folder)), folder, size))
        samples: dict[int, list[tuple[Sample, float]]] = {size: [] for size in sizes}
        for number in range(rounds):
            for fleet in held[number % len(held) :] + held[: number % len(held)]:
                before_s = fleet.server.spent_s()
                sample = fleet.beat(seconds, fleet.next)
                samples[fleet.size].append((sample, (fleet.server.spent_s() - before_s) / max(1, sample.good)))
                say(f"heartbeats of {fleet.size:,}: {sample.per_second:,.0f} a second")
        return [_fleet(fleet, samples[fleet.size], seconds) for fleet in held]


def _fleet(held: _Held, samples: Sequence[tuple[Sample, float]], seconds: float) -> Fleet:
    page, last = f"{MACHINES}?api-version={MACHINES_VERSION}", max(0, held.size - CASE.page_size)
    return Fleet(
        machines=held.size, bytes_each=held.bytes_each, due_per_s=held.size / HEARTBEAT_PERIOD_S,
        heartbeats_per_s=statistics.median(sample.per_second for sample, _ in samples),
        heartbeat_us=1e6 * statistics.median(spent_s for _, spent_s in samples),
        p99_ms=statistics.median(sample.percentile_ms(0.99) for sample, _ in samples),
        first_page_ms=held.timed_ms("GET", page), last_page_ms=held.timed_ms("GET", f"{page}&%24skiptoken={last}"),
        count_ms=held.timed_ms("POST", _GRAPH, _COUNT), beside_p99_ms=held.beat_beside(seconds).percentile_ms(0.99),
    )  # fmt: skip


def _heartbeat(identity: tuple[str, str], token: str) -> bytes:
    return message("POST", _HOST, f"/machine/{identity[0]}/heartbeat", f"Bearer {token}", _BODY)


def _signed(folder: Path, header: str, principals: Sequence[str]) -> list[str]:
    """Give an access token for each machine, signed by as many processes as there are processors."""
    pem = (folder / "tls" / "entra.key").read_bytes()
    chunks = [(pem, header, principals[start : start + _CHUNK]) for start in range(0, len(principals), _CHUNK)]
    with ProcessPoolExecutor() as pool:
        return [token for tokens in pool.map(_sign, chunks) for token in tokens]


def _sign(work: tuple[bytes, str, Sequence[str]]) -> list[str]:
    """Sign tokens with a key in PEM; all have the same header."""
    pem, header, principals = work
    key = serialization.load_pem_private_key(pem, None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise LabError("bench-key", "the cloud's key is no RSA key.")
    now, tokens = int(time.time()), []
    for principal in principals:
        claims = {"aud": AGENT_SERVICE_APP_ID, "iss": f"https://sts.windows.net/{CASE.tenant_id}/", "iat": now,
                  "nbf": now, "exp": now + 86400, "oid": principal, "sub": principal, "tid": CASE.tenant_id,
                  "appid": principal, "idtyp": "app", "ver": "1.0"}  # fmt: skip
        signed = f"{header}.{_encoded(msgspec.json.encode(claims))}"
        tokens.append(f"{signed}.{_encoded(key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}")
    return tokens


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
