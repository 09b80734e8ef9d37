"""Clouds are forked on request: they live as long as their connection, and leave nothing to the next one."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from simulator.cli import main
from simulator.contract import ForkRequest

pytestmark = pytest.mark.process

_LIMIT_S = 120  # for what comes in a moment, on a host that is busy

# What the forked processes run, by the first word.
_PROGRAM = """
import os, subprocess, sys, time
from pathlib import Path
from simulator.fork_server import serve_forks

def run(words):
    if words[0] == "fails":
        raise SystemExit("no such thing")
    if words[0] == "breaks":
        raise ValueError("a mistake")
    helper = subprocess.Popen(["sleep", "100"])
    print(os.getpid(), helper.pid, os.environ["TMPDIR"], flush=True)
    time.sleep(0 if words[0] == "ends" else 100)

serve_forks(Path(sys.argv[1]), run)
"""


@pytest.fixture
def ask(tmp_path: Path) -> Iterator[Callable[..., socket.socket]]:
    """Start a server; give a way to send it the words of a request, or bytes, and get the connection."""
    path = tmp_path / "s"
    connections: list[socket.socket] = []
    with (tmp_path / "errors").open("wb") as errors:
        server = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, path], stderr=errors, env={**os.environ, "TMPDIR": str(tmp_path)}
        )

    def send(*words: str, raw: bytes = b"") -> socket.socket:
        connections.append(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        _until(lambda: _connects(connections[-1], path))
        connections[-1].sendall(raw or msgspec.json.encode(ForkRequest(words, str(tmp_path / "log"))) + b"\n")
        return connections[-1]

    yield send
    server.terminate()
    server.wait()
    for connection in connections:
        connection.close()
    assert list(tmp_path.glob("arclab-cloud-*")) == []


def _connects(connection: socket.socket, path: Path) -> bool:
    """Say whether the server takes a connection; its socket is there a moment before it listens."""
    try:
        connection.connect(str(path))
    except (FileNotFoundError, ConnectionRefusedError):
        return False
    return True


def _until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + _LIMIT_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _printed(tmp_path: Path, lines: int = 1) -> list[str]:
    log = tmp_path / "log"
    _until(lambda: log.exists() and log.read_text().count("\n") >= lines)
    return log.read_text().splitlines()[lines - 1].split()


def test_a_cloud_ends_with_its_connection(ask: Callable[..., socket.socket], tmp_path: Path) -> None:
    """Its process is killed and its temporary folder removed; the next one starts only then."""
    first, second = ask("stays"), ask("stays")
    pid, _, folder = _printed(tmp_path)
    assert Path(folder).is_dir()
    assert len((tmp_path / "log").read_text().splitlines()) == 1

    first.close()
    other, _, _ = _printed(tmp_path, lines=2)

    assert (_lives(int(pid)), Path(folder).exists()) == (False, False)
    assert (_lives(int(other)), second.fileno() > 0) == (True, True)


def test_a_kept_cloud_outlives_its_connection(ask: Callable[..., socket.socket], tmp_path: Path) -> None:
    """A byte before the end of the connection lets it live; the server takes no other request meanwhile."""
    connection = ask("stays")
    pid = int(_printed(tmp_path)[0])

    connection.sendall(b"k")
    connection.close()
    next_one = ask("ends")
    next_one.settimeout(0.3)

    with pytest.raises(TimeoutError):
        next_one.recv(1)
    assert _lives(pid)
    os.kill(pid, 9)
    next_one.settimeout(_LIMIT_S)
    assert next_one.recv(1) == b""  # it has had its turn; a server that ends in the middle of one leaves its folder


@pytest.mark.parametrize(("word", "text"), [("fails", ""), ("breaks", "ValueError: a mistake"), ("ends", "")])
def test_the_connection_ends_with_its_cloud(
    ask: Callable[..., socket.socket], tmp_path: Path, word: str, text: str
) -> None:
    """Whoever waits for a cloud that ends by itself learns it at once; its log says why."""
    connection = ask(word)
    connection.settimeout(_LIMIT_S)

    assert connection.recv(1) == b""
    assert text in (tmp_path / "log").read_text()


@pytest.mark.parametrize("raw", [b"[]\n", b'{"words": 1}\n', b"\n", b"\xff\n"])
def test_a_request_that_cannot_be_read(ask: Callable[..., socket.socket], tmp_path: Path, raw: bytes) -> None:
    """It is refused and said; the server goes on."""
    refused = ask(raw=raw)
    refused.settimeout(_LIMIT_S)

    assert refused.recv(1) == b""
    assert "a cloud was not started" in (tmp_path / "errors").read_text()
    ask("stays")
    assert _lives(int(_printed(tmp_path)[0]))


def test_a_socket_that_cannot_be_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The place and the reason are named, exit 5."""
    with pytest.raises(SystemExit) as caught:
        main(["fork-server", "--socket", str(tmp_path / "no" / "s")])

    assert caught.value.code == 5
    assert "no/s: cannot listen: No such file or directory. [socket]" in capsys.readouterr().err
