"""Start clouds by forking a process that has loaded everything: ready in a tenth of a new process's time.

One cloud lives at a time, as long as the connection that asked for it; a byte on that connection lets it outlive it.
When a cloud ends, so does everything that it has started, and its temporary folder is removed.
"""

from __future__ import annotations

import contextlib
import gc
import os
import select
import shutil
import signal
import socket
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from simulator.contract import ForkRequest
from simulator.errors import BadInput

_REQUEST_LIMIT_BYTES = 1_000_000


def serve_forks(path: Path, run: Callable[[Sequence[str]], None]) -> None:
    """Listen at a unix socket until SIGTERM or SIGINT. `run` takes the words of a request, in the new process.

    A request is one line of JSON, see `ForkRequest`. The connection is closed when the cloud has ended by itself, or
    when the request cannot be read, which standard error says.
    Raises: BadInput when the socket cannot be made.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        try:
            listener.bind(str(path))
            path.chmod(0o666)  # its folder says who may come here: the harness, which need not be root
            listener.listen()
        except OSError as error:
            raise BadInput("socket", f"cannot listen: {error.strerror or error}.", place=str(path)) from error
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: sys.exit(0))  # on the way out, the cloud ends
        gc.collect()
        gc.freeze()  # else the first collection in each cloud copies all pages of what is loaded
        while True:
            connection, _ = listener.accept()
            with connection:
                try:
                    _serve_one(connection, listener, run)
                except (OSError, msgspec.MsgspecError) as error:
                    print(f"arclab-sim: a cloud was not started: {error}", file=sys.stderr, flush=True)  # noqa: T201


def _serve_one(connection: socket.socket, listener: socket.socket, run: Callable[[Sequence[str]], None]) -> None:
    """Run one cloud until it or its connection ends."""
    with connection.makefile("rb") as stream:
        request = msgspec.json.decode(stream.readline(_REQUEST_LIMIT_BYTES), type=ForkRequest)
    work = tempfile.mkdtemp(prefix="arclab-cloud-")
    try:
        child = os.fork()
        if child == 0:
            listener.close()
            connection.close()
            _become(request, work, run)
        ended = os.pidfd_open(child)
        try:
            select.select([connection.fileno(), ended], [], [])
            if connection.recv(1, socket.MSG_DONTWAIT):  # asked to keep it
                select.select([ended], [], [])
        except BlockingIOError:  # it has ended by itself
            pass
        finally:
            os.close(ended)
            _end(child)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _become(request: ForkRequest, work: str, run: Callable[[Sequence[str]], None]) -> None:
    """Be the cloud, with a session, outputs and a temporary folder of its own; never returns."""
    status = 1
    try:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        os.setsid()
        log = os.open(request.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.environ["TMPDIR"] = work
        tempfile.tempdir = None  # looked up again
        run(request.words)
        status = 0
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else int(error.code is not None)
    except BaseException:  # noqa: BLE001 - nothing may go on as the server's copy
        traceback.print_exc()
    finally:
        with contextlib.suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def _end(child: int) -> None:
    """Kill a cloud and what it has started.

    As the first process of a container this one inherits what the cloud leaves, the agents of gpg among it; each round
    may bring up grandchildren.
    """
    remaining = [child]
    while remaining:
        for process in remaining:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(process, 0)
        remaining = _children()


def _children() -> list[int]:
    return [int(word) for word in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]
