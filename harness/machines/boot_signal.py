"""How a machine says that it has booted."""

from __future__ import annotations

import socket
import time
from pathlib import Path

from harness.machines.session import new_socket_path


class BootSignal:
    """The socket on which systemd says READY=1. Open before the machine boots, and closed as soon as it has booted.

    Source: measured, and `net.unix.max_dgram_qlen`; PID 1 also tells of each reload, and stands still for ever when
    ten messages wait for a reader. Without a socket it goes on.
    """

    def __init__(self, folder: Path) -> None:
        self._path = Path(new_socket_path(folder, "s"))
        self._socket: socket.socket | None = None
        self.open()

    def open(self) -> None:
        """Listen to the next boot."""
        self.close()
        self._path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(self._path))
        self._path.chmod(0o666)

    def wait(self, timeout_s: float) -> bool:
        """Wait for READY=1; say whether it came."""
        if self._socket is None:
            return False
        deadline = time.monotonic() + timeout_s
        try:
            while (left := deadline - time.monotonic()) > 0:
                self._socket.settimeout(left)
                if b"READY=1" in self._socket.recv(4096).split(b"\n"):
                    return True
        except TimeoutError:
            pass
        finally:
            self.close()
        return False

    def close(self) -> None:
        """Close the socket, if it is open."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
