"""What the simulator was asked and does not know: described for the journal, and kept in a file of JSON lines.

Whoever points a real agent at the simulator finds out here what it asks.
"""

from __future__ import annotations

import base64
import sys
from pathlib import Path
from typing import Any

import msgspec
from starlette.requests import Request

from simulator.contract import Event
from simulator.errors import BadInput
from simulator.redact import redacted_body, redacted_headers

LARGEST_KEPT_BYTES = 64 * 1024  # Source: a heartbeat has less


def described(request: Request, body: bytes) -> dict[str, Any]:
    """Give headers and body of a request for its event, without secrets; a body that is no text as base64.

    `body_bytes` is the body's whole size; what is kept of it ends after 64 KiB.
    """
    found: dict[str, Any] = {"headers": redacted_headers(request.headers.items()), "body_bytes": len(body)}
    kept = redacted_body(body)[:LARGEST_KEPT_BYTES]
    try:
        found["body"] = kept.decode()
    except UnicodeDecodeError:
        found["body_base64"] = base64.b64encode(kept).decode()
    return found


class UnknownRequests:
    """A file with one JSON object a line, in the order of the requests; what it holds already stays."""

    def __init__(self, path: Path) -> None:
        """Open a file. Raises: BadInput when it cannot be written."""
        try:
            self._file = path.open("ab", buffering=0)
        except OSError as error:
            raise BadInput("record-unknown", f"it cannot be written: {error.strerror}.", place=str(path)) from error

    def write(self, event: Event) -> None:
        """Add a request. A disk that is full is told on standard error; the journal has the request anyway."""
        line = {name: getattr(event, name) for name in ("time", "host", "method", "path", "status", "client")}
        try:
            self._file.write(msgspec.json.encode({**line, **event.data["unknown"]}) + b"\n")
        except OSError as error:
            print(f"arclab-sim: a request could not be recorded: {error.strerror}.", file=sys.stderr)  # noqa: T201

    def close(self) -> None:
        """Close the file."""
        self._file.close()
