"""HTTP as uvicorn speaks it, with answers that leave in one piece, and ways for the app to end a connection."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from simulator.app import ABORT, END, WHOLE


class CloudProtocol(HttpToolsProtocol):
    """The protocol of one connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # uvicorn's says so, too
        super().connection_made(Together(transport, self.loop))  # type: ignore[arg-type] # all that uvicorn needs of one

    def on_headers_complete(self) -> None:
        super().on_headers_complete()  # the app begins when the loop goes round
        transport, whole = self.transport, partial(_send_whole, self.cycle)
        ways = {ABORT: transport.abort, END: transport.close, WHOLE: whole}
        self.scope["extensions"] = ways  # type: ignore[typeddict-item] # ours, not of the standard

    def on_response_complete(self) -> None:
        self.transport.flush()  # type: ignore[attr-defined] # it is `Together`
        super().on_response_complete()


def _send_whole(cycle: RequestResponseCycle, status: int, headers: Sequence[tuple[bytes, bytes]], body: bytes) -> bool:
    """Send an answer as uvicorn's `send` would in two steps, in half of its time; say whether that was done.

    Left to uvicorn are answers to HEAD, the last one of a connection, what has to wait for a slow client, and headers
    that it refuses: those with a line break in them.
    """
    is_plain = cycle.keep_alive and cycle.scope["method"] != "HEAD" and not cycle.flow.write_paused
    if not is_plain or cycle.disconnected:
        return False
    lines = [STATUS_LINE[status].rstrip(), *map(b": ".join, headers), b"", b""]
    head = b"\r\n".join(lines)
    if not head.count(b"\r") == head.count(b"\n") == len(lines) - 1:
        return False
    cycle.response_started = cycle.response_complete = True
    cycle.transport.send(head + body)  # type: ignore[attr-defined] # it is `Together`
    cycle.message_event.set()
    cycle.on_response()
    return True


class Together:
    """A transport that keeps what is written until the answer is whole, or until the loop goes round.

    uvicorn writes head and body apart. Each write is a packet of its own: it wakes the client twice, and with TLS it
    is encrypted twice.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        """Be the transport in everything else."""
        return getattr(self._transport, name)

    def is_closing(self) -> bool:
        """Say whether the connection is closed, or about to be."""
        return self._transport.is_closing()

    def write(self, data: bytes) -> None:
        """Keep some bytes; they are sent before the loop goes round twice."""
        if not self._held:
            self._loop.call_soon(self.flush)
        if data:
            self._held.append(data)

    def send(self, data: bytes) -> None:
        """Send what is kept, then some more bytes, without waiting for others."""
        self.flush()
        self._transport.write(data)

    def flush(self) -> None:
        """Send what is kept, all at once."""
        if self._held:
            held, self._held = self._held, []
            self._transport.writelines(held)

    def close(self) -> None:
        """Send what is kept, then close."""
        self.flush()
        self._transport.close()

    def abort(self) -> None:
        """Break off; what is kept is lost."""
        self._held.clear()
        self._transport.abort()
