"""The servers that are compared, each a process of its own, and what they spend."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import os
import select
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from harness.bench.cloud.load import Target
from harness.errors import EnvironmentProblem, LabError
from harness.wait import look_until
from simulator.contract import Case, Principal, RateLimit, Throttling

OWNER = Principal(
    "owner", "0a5c1ab0-0000-4000-8000-000000000001", "0a5c1ab0-0000-4000-8000-000000000002", "bench-secret",
    roles=("Owner",),
)  # fmt: skip
_PLENTY = RateLimit(10**9, 1e9)  # requests are counted, none is refused
CASE = Case(
    tenant_id="0a5c1ab0-0000-4000-8000-000000000003", subscription_id="0a5c1ab0-0000-4000-8000-000000000004",
    subscription_name="bench", location="eastus", resource_group="bench-rg", principals=(OWNER,),
    throttling=Throttling(reads=_PLENTY, writes=_PLENTY, deletes=_PLENTY),
)  # fmt: skip
_LOCK = Path(__file__).resolve().parents[3] / "requirements" / "moto.lock"
_PATIENCE_S = 60.0
_TICKS = os.sysconf("SC_CLK_TCK")


class Server(NamedTuple):
    """A server that answers: its process, its addresses, and the seconds from its start until it was ready."""

    pid: int
    plain: Target
    tls: Target | None = None
    ready_s: float = 0.0

    def spent_s(self) -> float:
        """Give the processor time that the process has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def resident_bytes(self) -> int:
        """Give the memory of the process that is not swapped out."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@contextlib.contextmanager
def our_cloud(folder: Path, *options: str) -> Iterator[Server]:
    """Serve the simulated Azure, with and without TLS. `folder` keeps its certificates from start to start."""
    (folder / "case.json").write_bytes(msgspec.json.encode(CASE))
    port = _free_port()
    command = [
        sys.executable, "-m", "simulator", "serve", "--listen", "127.0.0.1:0", "--http-listen", f"127.0.0.1:{port}",
        "--tls-dir", str(folder / "tls"), "--case", str(folder / "case.json"), *options,
    ]  # fmt: skip
    began = time.perf_counter()
    with _running(command, stdout=subprocess.PIPE) as process:
        line = _first_line(process)
        ready_s = time.perf_counter() - began
        context = ssl.create_default_context(cafile=str(folder / "tls" / "ca.pem"))
        tls = Target("127.0.0.1", int(line.rpartition(":")[2]), context)
        yield Server(process.pid, Target("127.0.0.1", port), tls, ready_s)


@contextlib.contextmanager
def empty_handler() -> Iterator[Server]:
    """Serve `harness.bench.cloud.empty`."""
    with _listening([sys.executable, "-m", "harness.bench.cloud.empty"]) as server:
        yield server


@contextlib.contextmanager
def moto(environment: Path) -> Iterator[Server]:
    """Serve moto from an environment that `moto_environment` has made."""
    with _listening([str(environment / "bin" / "moto_server"), "-H", "127.0.0.1", "-p"]) as server:
        yield server


def moto_environment(folder: Path) -> Path:
    """Make the environment from its lock file, where it is missing or another one; give its folder.

    Raises: EnvironmentProblem when it cannot be made.
    """
    if not _LOCK.is_file():
        raise EnvironmentProblem("bench-moto", "the lock file is missing; this needs a checkout.", place=str(_LOCK))
    made, digest = folder / "made-from", hashlib.sha256(_LOCK.read_bytes()).hexdigest()
    if made.is_file() and made.read_text() == digest:
        return folder
    install = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
               "--require-hashes", "-r", str(_LOCK)]  # fmt: skip
    for command in ([sys.executable, "-m", "venv", "--clear", str(folder)], install):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise EnvironmentProblem("bench-moto", "moto cannot be installed.", hint=done.stderr[-1000:])
    made.write_text(digest)
    return folder


def sign_in(server: Server) -> str:
    """Give an access token for Resource Manager, fetched as a client fetches it. Raises: LabError."""
    form = (
        f"grant_type=client_credentials&client_id={OWNER.client_id}&client_secret={OWNER.secret}"
        "&scope=https://management.azure.com/.default"
    )
    path = f"/{CASE.tenant_id}/oauth2/v2.0/token"
    answer = ask(server, "POST", path, form.encode(), {"Content-Type": "application/x-www-form-urlencoded"})
    return str(msgspec.json.decode(answer)["access_token"])


def ask(server: Server, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> bytes:
    """Send one request and give the body of its answer. Raises: LabError when it is no success."""
    connection = http.client.HTTPConnection(server.plain.host, server.plain.port, timeout=_PATIENCE_S)
    with contextlib.closing(connection):
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        content = response.read()
    if response.status >= 300:
        raise LabError("bench-answer", f"'{method} {path}' was answered with {response.status}: {content[:300]!r}.")
    return content


@contextlib.contextmanager
def _listening(command: Sequence[str]) -> Iterator[Server]:
    """Run a server that takes its port as its last word, and wait until it takes connections."""
    port = _free_port()
    began = time.perf_counter()
    with _running([*command, str(port)], stdout=subprocess.DEVNULL) as process:
        look_until(lambda: _takes_connections(port), lambda taken: taken, _PATIENCE_S)
        if process.poll() is not None or not _takes_connections(port):
            raise LabError("bench-server", f"'{command[0]}' does not listen.")
        yield Server(process.pid, Target("127.0.0.1", port), ready_s=time.perf_counter() - began)


@contextlib.contextmanager
def _running(command: Sequence[str], *, stdout: int) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(command, stdout=stdout, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.terminate()


def _first_line(process: subprocess.Popen[bytes]) -> str:
    """Wait for the line that says that a server is ready. Raises: LabError."""
    if process.stdout is None:
        raise LabError("bench-server", "the simulated Azure was started without a pipe.")
    readable, _, _ = select.select([process.stdout], [], [], _PATIENCE_S)
    line = process.stdout.readline().decode().strip() if readable else ""
    if not line:
        raise LabError("bench-server", "the simulated Azure does not become ready.")
    return line


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _takes_connections(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
