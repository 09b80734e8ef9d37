"""What a program in a container prints: the engine sends it in frames, each with a header of 8 bytes."""

from __future__ import annotations

import socket
import struct
import time

FRAME_HEADER = struct.Struct(">BxxxI")  # 1 for standard output or 2 for standard error, and the bytes that follow


def read_to_end(connection: socket.socket, timeout_s: float) -> bytes:
    """Give all that is printed, outputs together, until the program ends. Raises: TimeoutError when it does not."""
    deadline = time.monotonic() + timeout_s
    received = bytearray()
    while (left := deadline - time.monotonic()) > 0:
        connection.settimeout(left)
        chunk = connection.recv(262144)
        if not chunk:
            return _payloads(bytes(received))
        received += chunk
    raise TimeoutError


def _payloads(received: bytes) -> bytes:
    """Take the headers out; what is behind a last frame that was cut off counts as far as it came."""
    payloads = []
    begin = FRAME_HEADER.size
    while begin <= len(received):
        _, size = FRAME_HEADER.unpack_from(received, begin - FRAME_HEADER.size)
        payloads.append(received[begin : begin + size])
        begin += size + FRAME_HEADER.size
    return b"".join(payloads)
