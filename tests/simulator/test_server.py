"""`arclab-sim serve` as a process: real sockets, real TLS, signals, and a state file that survives kill -9.

Every process listens on a free port of 127.0.0.1 that its line of output names. Name server and plain HTTP get a port
that was free a moment before, because no line tells theirs.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from dnslib import DNSRecord

from simulator.identity.certificates import ensure_tls
from simulator.server import show_certificates, tls_context

pytestmark = pytest.mark.process

READY = re.compile(r"arclab-sim: ready on (?P<url>https://127\.0\.0\.1:\d+)\n")
LIMIT_S = 120  # for what comes in a moment, on a host that is busy
MACHINES = "/resourceGroups/arclab-rg/providers/Microsoft.HybridCompute/machines"
VERSION = {"api-version": "2026-07-15"}


@dataclass
class Served:
    """A cloud that runs as a process."""

    process: subprocess.Popen[str]
    url: str
    tls: ssl.SSLContext

    def __post_init__(self) -> None:
        self.client = self.new_client()

    def new_client(self) -> httpx.Client:
        """Give a client with connections of its own."""
        return httpx.Client(base_url=self.url, verify=self.tls, trust_env=False, timeout=LIMIT_S)

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str, str]:
        """End it; give exit code, and what else it has printed to either stream."""
        self.client.close()
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=LIMIT_S)
        return self.process.returncode, out, err


@pytest.fixture(scope="session")
def tls_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder of certificates."""
    folder = tmp_path_factory.mktemp("tls")
    ensure_tls(folder)
    return folder


Serve = Callable[..., Served]


@pytest.fixture
def serve(tls_dir: Path, tmp_path: Path) -> Iterator[Serve]:
    """Give a starter of clouds; all of them are ended after the test."""
    running: list[Served] = []

    def start(*flags: str, folder: Path = tls_dir) -> Served:
        command = [sys.executable, "-m", "simulator", "serve", "--listen", "127.0.0.1:0", "--tls-dir", str(folder)]
        process = subprocess.Popen(
            [*command, *flags], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "TMPDIR": str(tmp_path)},
        )  # fmt: skip
        assert process.stdout is not None
        match = READY.fullmatch(process.stdout.readline())
        assert match is not None, process.communicate(timeout=LIMIT_S)
        context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
        served = Served(process, match["url"], context)
        running.append(served)
        return served

    yield start
    for served in running:
        served.client.close()
        served.process.kill()
        served.process.communicate()


def free_port(kind: socket.SocketKind) -> int:
    """Give a port of 127.0.0.1 that nobody uses at the moment."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def sign_in(served: Served, case: dict[str, Any]) -> str:
    """Sign in as the owner of the demo; give the address of the subscription, with the client's token set."""
    owner = next(person for person in case["principals"] if person["name"] == "owner")
    form = {"grant_type": "client_credentials", "client_id": owner["client_id"], "client_secret": owner["secret"],
            "scope": "https://management.azure.com/.default"}  # fmt: skip
    answer = served.client.post(f"/{case['tenant_id']}/oauth2/v2.0/token", data=form).raise_for_status()
    served.client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return f"/subscriptions/{case['subscription_id']}"


# Starting


def test_the_demo_starts_from_nothing(serve: Serve, tmp_path: Path) -> None:
    """Without any preparation: one line, a CA to trust, a case to sign in with, and a clean end without a word."""
    folder = tmp_path / "new"
    served = serve("--seed", "demo", folder=folder)
    case = json.loads((folder / "case.json").read_text())
    subscription = sign_in(served, case)
    groups = served.client.get(f"{subscription}/resourcegroups", params={"api-version": "2025-04-01"}).json()["value"]

    assert [group["name"] for group in groups] == ["arclab-rg"]
    assert served.stop() == (0, "", "")


def test_tls_is_verified_by_the_labs_ca(serve: Serve, tls_dir: Path) -> None:
    """Azure's names are good with ca.pem; without it, and for another name, the handshake fails."""
    port = int(serve("--seed", "demo").url.rpartition(":")[2])

    def shake(context: ssl.SSLContext, name: str) -> str:
        with socket.create_connection(("127.0.0.1", port), LIMIT_S) as raw, contextlib.closing(raw):
            try:
                with context.wrap_socket(raw, server_hostname=name) as wrapped:
                    return str(wrapped.version())
            except ssl.SSLCertVerificationError as error:
                return error.verify_message

    lab = ssl.create_default_context(cafile=str(tls_dir / "ca.pem"))

    assert shake(lab, "management.azure.com") == "TLSv1.3"
    assert shake(lab, "eus.his.arc.azure.com") == "TLSv1.3"
    assert "Hostname mismatch" in shake(lab, "example.com")
    assert "self-signed certificate" in shake(ssl.create_default_context(), "management.azure.com")


def test_a_port_that_is_taken(serve: Serve, tls_dir: Path) -> None:
    """The second cloud on a port says so and ends with 2."""
    address = serve("--seed", "demo").url.removeprefix("https://")
    second = subprocess.run(
        [sys.executable, "-m", "simulator", "serve", "--seed", "demo", "--tls-dir", str(tls_dir), "--listen", address],
        capture_output=True, text=True, timeout=LIMIT_S, check=False,
    )  # fmt: skip

    assert (second.returncode, second.stdout) == (2, "")
    assert second.stderr.startswith(f"arclab-sim: cannot listen on '{address}': ")
    assert second.stderr.endswith("[address]\nhint: Give another port, or port 0 for a free one.\n")


# The other sockets


def test_the_control_socket_is_apart(serve: Serve, tmp_path: Path) -> None:
    """`/_sim` is answered on the owner's unix socket and not on HTTPS; a socket that was left there is replaced."""
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    served = serve("--seed", "demo", "--control-socket", str(path))
    with httpx.Client(transport=httpx.HTTPTransport(uds=str(path)), base_url="http://cloud/_sim") as control:
        ready = control.get("/ready")

    assert (ready.status_code, path.stat().st_mode & 0o777) == (200, 0o600)
    assert served.client.get("/_sim/ready").status_code == 421


def test_a_file_is_not_replaced_by_a_socket(tls_dir: Path, tmp_path: Path) -> None:
    """A path that holds something else is refused, and is left as it is."""
    path = tmp_path / "precious"
    path.write_text("text")
    command = [sys.executable, "-m", "simulator", "serve", "--seed", "demo", "--listen", "127.0.0.1:0"]
    done = subprocess.run(
        [*command, "--tls-dir", str(tls_dir), "--control-socket", str(path)],
        capture_output=True, text=True, timeout=LIMIT_S, check=False,
    )  # fmt: skip

    assert (done.returncode, path.read_text()) == (5, "text")
    assert "no socket" in done.stderr


def test_plain_http_has_no_control(serve: Serve) -> None:
    """The same cloud answers plain HTTP; `/_sim` is on the HTTPS address only."""
    port = free_port(socket.SOCK_STREAM)
    served = serve("--seed", "demo", "--http-listen", f"127.0.0.1:{port}")
    plain = f"http://127.0.0.1:{port}"
    endpoints = httpx.get(f"{plain}/metadata/endpoints", params={"api-version": "2022-09-01"}, trust_env=False)

    assert (endpoints.status_code, served.client.get("/_sim/ready").status_code) == (200, 200)
    assert httpx.get(f"{plain}/_sim/ready", trust_env=False).status_code == 421


def test_the_name_server_answers(serve: Serve) -> None:
    """Over UDP: the address that was asked for, NXDOMAIN, and one event for each question."""
    port = free_port(socket.SOCK_DGRAM)
    served = serve("--seed", "demo", "--name-server", f"127.0.0.1:{port}", "--address", "10.9.8.7")
    known = DNSRecord.parse(DNSRecord.question("management.azure.com").send("127.0.0.1", port, timeout=LIMIT_S))
    unknown = DNSRecord.parse(DNSRecord.question("example.com").send("127.0.0.1", port, timeout=LIMIT_S))
    events = served.client.get("/_sim/journal", params={"kind": "dns"}).json()["events"]

    assert ([str(record.rdata) for record in known.rr], unknown.header.rcode) == (["10.9.8.7"], 3)
    assert [(event["host"], event["client"]) for event in events] == [
        ("management.azure.com", "127.0.0.1"), ("example.com", "127.0.0.1")
    ]  # fmt: skip


@pytest.mark.parametrize("word", ["good", "expired", "other-name", "unknown-ca"])
def test_a_host_shows_the_certificate_that_is_wanted(tls_dir: Path, word: str) -> None:
    """A client that trusts the CA refuses all but the good one, and the other hosts always show that."""
    context = tls_context(tls_dir)
    show_certificates(context, tls_dir, lambda host: word if host == "packages.microsoft.com" else "good")

    assert refusal(context, tls_dir, "management.azure.com") == ""
    assert REFUSALS[word] in refusal(context, tls_dir, "packages.microsoft.com")


REFUSALS = {"good": "", "expired": "certificate has expired", "other-name": "Hostname mismatch",
            "unknown-ca": "unable to get local issuer"}  # fmt: skip


def refusal(context: ssl.SSLContext, folder: Path, name: str) -> str:
    """Let a client meet a server in memory; give why it refuses its certificate, or nothing."""
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    trusting = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    client = trusting.wrap_bio(back, there, server_hostname=name)
    server = context.wrap_bio(there, back, server_side=True)
    for side in (client, server, client):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
        except ssl.SSLCertVerificationError as error:
            return str(error)
    return ""


# Requests


def test_drop_resets_the_connection(serve: Serve) -> None:
    """The client sees a broken connection, the next request is answered, and the journal has both."""
    served = serve("--seed", "demo")
    url = "/metadata/endpoints?api-version=2022-09-01"
    served.client.post("/_sim/faults", json={"effect": "drop", "operation": "arm.*", "first": 1})
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        served.client.get(url)
    answered = served.client.get(url)
    events = served.client.get("/_sim/journal", params={"kind": "request"}).json()["events"]

    assert answered.status_code == 200
    assert [(event.get("status", 0), event.get("data")) for event in events] == [(0, {"faults": ["drop"]}), (200, None)]
    assert served.stop() == (0, "", "")


def test_truncate_ends_the_connection_early(serve: Serve) -> None:
    """The client gets half of the body and no more, and notices; the next request is answered whole."""
    served = serve("--seed", "demo")
    url = "/metadata/endpoints?api-version=2022-09-01"
    whole = served.client.get(url).content
    served.client.post("/_sim/faults", json={"effect": "truncate", "operation": "arm.*", "first": 1})
    received: list[bytes] = []
    with (
        served.client.stream("GET", url) as answer,
        pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"),
    ):
        received.extend(answer.iter_raw())

    assert b"".join(received) == whole[: len(whole) // 2]
    assert served.client.get(url).content == whole
    assert served.stop() == (0, "", "")


def test_a_body_can_drip(serve: Serve) -> None:
    """It comes whole, and takes its time."""
    served = serve("--seed", "demo")
    url = "/metadata/endpoints?api-version=2022-09-01"
    whole = served.client.get(url).content
    fault = {"effect": "drip", "piece_bytes": len(whole) // 5, "delay_s": 0.03}
    served.client.post("/_sim/faults", json=fault)
    started = time.monotonic()

    assert served.client.get(url).content == whole
    assert time.monotonic() - started >= 0.15


def test_a_large_body_is_refused_and_the_cloud_goes_on(serve: Serve) -> None:
    """A body over the limit is answered while it is still being sent; the next request works."""
    served = serve("--seed", "demo")
    url = "/common/oauth2/v2.0/token"
    with contextlib.suppress(httpx.WriteError):
        assert served.client.post(url, content=b"x" * (17 << 20)).status_code == 413

    assert served.client.post(url, content=b"").json()["error"] == "invalid_request"


# Ending


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_a_signal_ends_it_in_time(serve: Serve, number: int) -> None:
    """With an idle connection, a reader that waits and a request that a fault holds, it ends with 0 and answers none.

    The reader would be answered after a minute, the request after an hour.
    """
    served = serve("--seed", "demo")
    served.client.post("/_sim/faults", json={"effect": "latency", "delay_s": 3600, "operation": "arm.*"})
    answers: list[int] = []
    waiting = [threading.Thread(target=try_get, args=(served, path, answers)) for path in (
        "/_sim/journal?kind=clock&wait_s=60", "/metadata/endpoints?api-version=2022-09-01",
    )]  # fmt: skip
    for thread in waiting:
        thread.start()
    deadline = time.monotonic() + LIMIT_S
    while len(established(served)) < 3:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    served.process.send_signal(number)
    out, err = served.process.communicate(timeout=LIMIT_S)
    for thread in waiting:
        thread.join()

    assert (served.process.returncode, out, err, answers) == (0, "", "", [])


def try_get(served: Served, path: str, answers: list[int]) -> None:
    """Ask, on a connection of its own, keep the status of an answer, and do not mind when there is none."""
    with contextlib.suppress(httpx.HTTPError), served.new_client() as client:
        answers.append(client.get(path, timeout=LIMIT_S).status_code)


def established(served: Served) -> list[str]:
    """List the connections that clients have to a cloud."""
    port = f":{int(served.url.rpartition(':')[2]):04X}"
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return [line for line in lines if line.split()[1].endswith(port) and line.split()[3] == "01"]


# State


def test_kill_loses_nothing_acknowledged(serve: Serve, tls_dir: Path, tmp_path: Path) -> None:
    """A cloud is killed while a client creates machines; each one that was answered is there after a restart."""
    state = ("--state", str(tmp_path / "made" / "state"))
    first = serve("--seed", "demo", *state)
    case = json.loads((tls_dir / "case.json").read_text())
    machines = sign_in(first, case) + MACHINES
    first.client.post("/_sim/clock", json={"advance_s": 600})
    acknowledged: list[str] = []
    enough = threading.Event()

    def create() -> None:
        with contextlib.suppress(httpx.HTTPError):
            for number in range(10_000):
                url = f"{machines}/box-{number:05}"
                first.client.put(url, params=VERSION, json={"location": "eastus"}).raise_for_status()
                acknowledged.append(f"box-{number:05}")
                if number == 30:
                    enough.set()

    writer = threading.Thread(target=create)
    writer.start()
    assert enough.wait(LIMIT_S)
    first.process.kill()
    writer.join()
    second = serve(*state)
    machines = sign_in(second, case) + MACHINES
    found = [second.client.get(f"{machines}/{name}", params=VERSION).status_code for name in acknowledged]

    assert found == [200] * len(acknowledged)
    assert second.client.get("/_sim/clock").json()["offset_s"] == 600


def test_two_clouds_do_not_share_a_state_file(serve: Serve, tls_dir: Path, tmp_path: Path) -> None:
    """The second one is refused and the first goes on."""
    path = tmp_path / "state"
    first = serve("--seed", "demo", "--state", str(path))
    command = [sys.executable, "-m", "simulator", "serve", "--listen", "127.0.0.1:0", "--tls-dir", str(tls_dir)]
    second = subprocess.run(
        [*command, "--state", str(path)], capture_output=True, text=True, timeout=LIMIT_S, check=False
    )

    assert second.returncode == 5
    assert second.stderr == f"arclab-sim: {path}: another cloud uses it. [state-file]\n"
    assert first.client.get("/_sim/ready").status_code == 200
