"""A persistent shell in a container: many commands over one exec, each with its exit status and both outputs.

Starting an exec costs some 50 ms; a command in a running shell costs under 1 ms. The shell leads a session of its
own, so that everything a hung command started can be killed at once.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shlex
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from harness.errors import LabError
from harness.machines.cgroups import RELEASE_EVERY_S
from harness.model.environment import ORDINARY_SEAT, Seat
from harness.substrate.frames import FRAME_HEADER

_STDOUT, _STDERR = 1, 2
OUTPUT_LIMIT_BYTES = 4_000_000
_LONGEST_MARK = 32  # bytes: two separators, the token, a blank and the exit status


@dataclass(frozen=True)
class Completed:
    """What a command did. `exit` is None when it was killed at its deadline, `running` has what was killed."""

    exit: int | None
    stdout: str
    stderr: str
    duration_s: float
    running: tuple[str, ...] = ()  # a line of ps each: age in seconds, state, what the kernel does for it, command line

    @property
    def timed_out(self) -> bool:
        """Say whether the deadline ended it."""
        return self.exit is None


class Shell:
    """A shell in a machine. `connect` opens an exec and gives its socket, `kill` ends a process with all below it.

    Lives until `close` or until a command times out: then the shell and all it started are killed, and the next command
    opens a new one. `waits` is called every two seconds while a command runs that may be waiting for the lab.
    """

    def __init__(
        self,
        connect: Callable[[list[str]], socket.socket],
        kill: Callable[[int], tuple[str, ...]],
        waits: Callable[[], object],
    ) -> None:
        self._connect = connect
        self._kill = kill
        self._waits = waits
        self._socket: socket.socket | None = None
        self._pid = 0
        self._token = secrets.token_hex(8)

    @property
    def pid(self) -> int:
        """Give its process id in the machine, also of one that has broken; 0 before the first."""
        return self._pid

    def close(self) -> None:
        """Close the shell; what it left behind in the background is not touched."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _destroy(self) -> tuple[str, ...]:
        """Close it and kill what it started; give a line for each process that was killed."""
        pid, self._pid = self._pid, 0
        self.close()
        return self._kill(pid) if pid else ()

    def _give_up(self) -> None:
        """Destroy it as far as that can be done: whoever brings home the logs must not wait behind it."""
        with contextlib.suppress(LabError):
            self._destroy()


class Session(Shell):
    """A shell whose outputs are told apart; `waits` is called while a command says nothing."""

    _buffer = b""  # received and not yet read

    def run(self, script: str, *, timeout_s: float, stdin: str = "") -> Completed:
        """Run shell text in a sub-shell and wait for it.

        `stdin` is what the command reads; it sees the end of input after it.
        Raises: LabError when the container or its engine is gone.
        """
        started = time.monotonic()
        here = f"ARCLAB_INPUT_{self._token}"
        source = f"<<'{here}'\n{stdin.rstrip(chr(10))}\n{here}\n" if stdin else "</dev/null\n"
        text = f"(\n{script}\n) {source}__rc=$?; {self._marks('$__rc')}\n"
        deadline = started + timeout_s
        try:
            connection = self._opened(deadline)
            connection.settimeout(max(0.1, deadline - time.monotonic()))
            connection.sendall(text.encode())
            out, err = self._read(connection, deadline)
        except TimeoutError:
            out, err = self._abandoned
            running = self._destroy()
            return Completed(None, _text(out), _text(err), time.monotonic() - started, running)
        except KeyboardInterrupt:
            self._give_up()
            raise
        except OSError as error:
            self.close()
            raise LabError("machine-gone", f"the machine's shell broke: {error}.") from error
        body, _, status = out.rpartition(f"\x1e{self._token} ".encode())
        exit_code = int(status.partition(b"\x1e")[0])
        stderr, _, _ = err.rpartition(f"\x1e{self._token}\x1e".encode())
        return Completed(exit_code, _text(body), _text(stderr), time.monotonic() - started)

    def _opened(self, deadline: float) -> socket.socket:
        if self._socket is None:
            self._socket = self._connect(["setsid", "--wait", "bash", "--noprofile", "--norc"])
            self._buffer = b""
            self._socket.settimeout(max(0.1, deadline - time.monotonic()))
            greeting = f"unset NOTIFY_SOCKET container; printf %d $$; {self._marks('0')}\n"
            self._socket.sendall(greeting.encode())
            out, _ = self._read(self._socket, deadline)
            self._pid = int(out.split(b"\x1e")[0])
        return self._socket

    def _marks(self, status: str) -> str:
        """Give shell text that ends both outputs with a mark; stdout's has the exit status."""
        return f"printf '\\036{self._token} %d\\036' {status}; printf '\\036{self._token}\\036' >&2"

    def _read(self, connection: socket.socket, deadline: float) -> tuple[bytes, bytes]:
        """Collect both outputs up to the marks that the shell prints after the command."""
        streams = {_STDOUT: bytearray(), _STDERR: bytearray()}
        self._abandoned = (b"", b"")
        token = self._token.encode()
        marks = {_STDOUT: re.compile(b"\x1e%s \\d+\x1e" % token), _STDERR: re.compile(b"\x1e%s\x1e" % token)}
        done = {_STDOUT: False, _STDERR: False}
        while not all(done.values()):
            kind, payload = self._frame(connection, deadline, streams)
            stream = streams[kind]
            unsearched = max(0, len(stream) - _LONGEST_MARK)
            stream += payload
            done[kind] = done[kind] or marks[kind].search(stream, unsearched) is not None
            if len(stream) > 2 * OUTPUT_LIMIT_BYTES:
                del stream[OUTPUT_LIMIT_BYTES : -OUTPUT_LIMIT_BYTES // 2]
        return bytes(streams[_STDOUT]), bytes(streams[_STDERR])

    def _frame(self, connection: socket.socket, deadline: float, streams: dict[int, bytearray]) -> tuple[int, bytes]:
        """Read one frame of the engine's multiplexed stream: a header of 8 bytes, then the payload."""
        while True:
            if len(self._buffer) >= FRAME_HEADER.size:
                kind, size = FRAME_HEADER.unpack_from(self._buffer)
                end = FRAME_HEADER.size + size
                if len(self._buffer) >= end:
                    payload, self._buffer = self._buffer[FRAME_HEADER.size : end], self._buffer[end:]
                    return kind, payload
            connection.settimeout(max(0.001, min(RELEASE_EVERY_S, deadline - time.monotonic())))
            try:
                received = connection.recv(262144)
            except TimeoutError:
                if time.monotonic() < deadline:
                    self._waits()
                    continue
                self._abandoned = (bytes(streams[_STDOUT]), bytes(streams[_STDERR]))
                raise
            if not received:
                raise ConnectionResetError("the shell ended")
            self._buffer += received

    _abandoned: tuple[bytes, bytes] = (b"", b"")


def _text(data: bytes) -> str:
    if len(data) > OUTPUT_LIMIT_BYTES:
        data = data[: OUTPUT_LIMIT_BYTES // 2] + b"\n[...]\n" + data[-OUTPUT_LIMIT_BYTES // 2 :]
    return data.decode("utf-8", "replace")


def kill_tree_command(pid: int) -> list[str]:
    """Give the command that kills a process, everything below it and everything in its session, and prints each.

    sudo moves what it starts to a session of its own, so both ways are needed; a second pass gets what was being
    started meanwhile.
    """
    tree = 'tree() { for child in $(pgrep -P "$1"); do tree "$child"; done; echo "$1"; }'
    all_of_it = f"$(tree {pid}) $(pgrep -s {pid})"
    shown = f"ps -ww -o etimes=,stat=,wchan:32=,args= -p $(echo {all_of_it} | tr ' ' ,)"
    once = f"kill -KILL {all_of_it} 2>/dev/null"
    return ["bash", "-c", f"{tree}; {shown}; {once}; {once}; true"]


def as_user(script: str, user: str, more: Mapping[str, str], seat: Seat = ORDINARY_SEAT) -> str:
    """Give shell text that runs `script` in a login-like environment of another user, with `more` variables."""
    home = "/root" if user == "root" else f"/home/{user}"
    folder = home if seat.home else "/tmp"  # noqa: S108 - of the machine
    environment = {
        "HOME": home, "USER": user, "LOGNAME": user, "LANG": "C.UTF-8", "SHELL": "/bin/bash",
        "TERM": "dumb",
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    }  # fmt: skip
    pairs = [f"{name}={value}" for name, value in {**environment, **more, **seat.variables}.items()]
    text = f"cd {folder} || exit\n{script}"
    # Not setpriv, which costs less: libfaketime would meet what setpriv left as root under the same process id.
    become = () if user == "root" else ("runuser", "-u", user, "--")
    return f"exec {shlex.join((*seat.enter, *become, 'env', '-i', *pairs, 'bash', '-c', text))}"


def new_socket_path(folder: os.PathLike[str], name: str) -> str:
    """Give a path for a unix socket; the kernel allows 107 bytes.

    Raises: LabError when the folder's path is too long.
    """
    path = os.path.join(os.fspath(folder), name)  # noqa: PTH118 - a socket address is a string
    if len(path.encode()) > 107:
        raise LabError(
            "socket-path", f"the path '{path}' is too long for a socket.", hint="Set TMPDIR to a short path."
        )
    return path
