"""How the command line talks to himds: one JSON line each way over a unix socket.

Source: the socket's path from connection logs. Assumed: what is said over it.
"""

import json
import socket
import time

_PAUSE_S = 0.05


class DaemonSilentError(Exception):
    """himds does not answer."""


def ask(paths, command, timeout_s=45, patience_s=0, **arguments):
    """Send a command; gives the answer. A himds that has just been started is given `patience_s` until it listens.

    Raises: DaemonSilentError.
    """
    deadline = time.monotonic() + patience_s
    while True:
        try:
            return _answer(paths.socket, dict(arguments, command=command), timeout_s)
        except (FileNotFoundError, ConnectionRefusedError) as error:
            if time.monotonic() >= deadline:
                raise DaemonSilentError(str(error)) from error
        except (OSError, ValueError) as error:
            raise DaemonSilentError(str(error)) from error
        time.sleep(_PAUSE_S)


def _answer(path, request, timeout_s):
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(timeout_s)
    try:
        connection.connect(path)
        connection.sendall(json.dumps(request).encode() + b"\n")
        received = b""
        while not received.endswith(b"\n"):
            part = connection.recv(65536)
            if not part:
                break
            received += part
        return json.loads(received)
    finally:
        connection.close()
