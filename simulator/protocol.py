"""HTTP as uvicorn speaks it, with answers that leave in one piece, and ways for the app to end a connection."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from simulator.app import ABORT, END, WHOLE

_Turn = tuple[RequestResponseCycle, ASGI3Application]


class CloudProtocol(HttpToolsProtocol):
    """The protocol of one connection, whose requests one task answers in turn; uvicorn would start one for each."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # uvicorn's says so, too
        together = Together(transport, self.loop)
        super().connection_made(together)  # type: ignore[arg-type] # all that uvicorn needs of one
        self._ways = {ABORT: together.abort, END: together.close, WHOLE: self._send_whole}
        self._turn: _Turn | None = None  # what is answered next
        self._cycle: RequestResponseCycle | None = None  # what is answered
        self._idle: asyncio.Future[None] | None = None  # while the task has nothing to do
        self._is_lost = False
        task = self.loop.create_task(self._answer_in_turn())
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def connection_lost(self, exc: Exception | None) -> None:
        """Let whoever answers know; uvicorn tells the request that came last, which may wait behind that one."""
        super().connection_lost(exc)
        if self._cycle is not None:
            self._cycle.disconnected = self._cycle.disconnected or not self._cycle.response_complete
            self._cycle.message_event.set()
        self._is_lost = True
        self._wake()

    def on_response_complete(self) -> None:
        self.transport.flush()  # type: ignore[attr-defined] # it is `Together`
        super().on_response_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        """Let the task answer a request; uvicorn gives the next one only when the last answer is complete."""
        self._turn = cycle, app
        self._wake()

    def _wake(self) -> None:
        if self._idle is not None and not self._idle.done():
            self._idle.set_result(None)

    async def _answer_in_turn(self) -> None:
        while self._turn is not None or not self._is_lost:  # what was asked is done, whoever waits for it
            if self._turn is None:
                self._idle = self.loop.create_future()
                await self._idle
            else:
                (cycle, app), self._turn = self._turn, None
                cycle.scope["extensions"] = self._ways  # type: ignore[typeddict-item] # ours, not of the standard
                self._cycle = cycle
                await cycle.run_asgi(app)

    def _send_whole(self, status: int, headers: Sequence[tuple[bytes, bytes]], body: bytes) -> bool:
        """Send an answer as uvicorn's `send` would in two steps, in half of its time; say whether that was done.

        Left to uvicorn are answers to HEAD, the last one of a connection, what has to wait for a slow client, and
        headers that it refuses: those with a line break in them.
        """
        cycle = self._cycle
        if cycle is None or cycle.disconnected:
            return False
        is_plain = cycle.keep_alive and cycle.scope["method"] != "HEAD" and not cycle.flow.write_paused
        if not is_plain:
            return False
        fields = list(map(b": ".join, headers))
        written = b"".join(fields)
        if b"\r" in written or b"\n" in written:
            return False
        cycle.response_started = cycle.response_complete = True
        answer = b"%b%b\r\n\r\n%b" % (STATUS_LINE[status], b"\r\n".join(fields), body)
        cycle.transport.send(answer)  # type: ignore[attr-defined] # it is `Together`
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
