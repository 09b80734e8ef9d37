"""HTTP as uvicorn speaks it, with answers that leave in one piece, and ways for the app to end a connection."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from simulator.app import ABORT, END


class CloudProtocol(HttpToolsProtocol):
    """The protocol of one connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # uvicorn's says so, too
        super().connection_made(Together(transport, self.loop))  # type: ignore[arg-type] # all that uvicorn needs of one

    def on_message_begin(self) -> None:
        super().on_message_begin()
        ways = {ABORT: self.transport.abort, END: self.transport.close}
        self.scope["extensions"] = ways  # type: ignore[typeddict-item] # ours, not of the standard

    def on_response_complete(self) -> None:
        self.transport.flush()  # type: ignore[attr-defined] # it is `Together`
        super().on_response_complete()


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
