"""How the command line talks to himds: one JSON line each way over a unix socket.

Source: the socket's path from connection logs. Assumed: what is said over it.
"""

import json
import socket


class DaemonSilentError(Exception):
    """himds does not answer."""


def ask(paths, command, timeout_s=45, **arguments):
    """Send a command; gives the answer. Raises: DaemonSilentError."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(timeout_s)
    try:
        connection.connect(paths.socket)
        connection.sendall(json.dumps(dict(arguments, command=command)).encode() + b"\n")
        received = b""
        while not received.endswith(b"\n"):
            part = connection.recv(65536)
            if not part:
                break
            received += part
        return json.loads(received)
    except (OSError, ValueError) as error:
        raise DaemonSilentError(str(error)) from error
    finally:
        connection.close()
