"""The load generator: connections that each send a request, wait for the whole answer, and send the next.

It is lean so that it is never what is measured: bytes made beforehand go out, and of an answer only its status and its
length are read. What it can do is seen by the rates against the empty handler.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Iterator
from typing import NamedTuple

import uvloop

from harness.errors import LabError

_PATIENCE_S = 30.0


class Target(NamedTuple):
    """A server: where it listens, and the TLS settings of its clients, if any."""

    host: str
    port: int
    tls: ssl.SSLContext | None = None


class Sample(NamedTuple):
    """What happened in a time: answers with the status that was wanted, all others, and how long each took."""

    seconds: float
    good: int
    bad: dict[int, int]  # by status
    latencies_s: list[float]

    @property
    def per_second(self) -> float:
        """Give the throughput; answers with another status do not count."""
        return self.good / self.seconds

    def percentile_ms(self, part: float) -> float:
        """Give the latency that this part of the answers (0 to 1) did not exceed; 0 without answers."""
        ordered = sorted(self.latencies_s)
        return 1000 * ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else 0.0


def send_for(seconds: float, target: Target, requests: Iterator[bytes], connections: int, wanted: int) -> Sample:
    """Send requests, as many at once as there are connections, until the time is over or there are no more.

    `wanted` is the status that a good answer has. A server that closes a connection gets a new one.
    Raises: LabError when it cannot be reached or does not answer in half a minute.
    """
    return uvloop.run(_send_for(seconds, target, requests, connections, wanted))


async def _send_for(seconds: float, target: Target, requests: Iterator[bytes], connections: int, wanted: int) -> Sample:
    run = _Run(target, requests, wanted)
    try:
        senders = [await run.connect() for _ in range(connections)]
        run.begin(seconds)
        for sender in senders:
            sender.send()
        await asyncio.wait_for(run.ended(), seconds + _PATIENCE_S)
    except (OSError, TimeoutError) as error:
        where = f"{target.host}:{target.port}"
        raise LabError("bench-server", f"the server at {where} does not answer: {error!r}.") from error
    finally:
        run.close()
    return run.sample()


class _Run:
    """What the connections of one sample share."""

    def __init__(self, target: Target, requests: Iterator[bytes], wanted: int) -> None:
        self.requests = requests
        self.wanted = f"{wanted}".encode()
        self.latencies_s: list[float] = []
        self.bad: dict[int, int] = {}
        self.good = 0
        self.until = 0.0
        self._target = target
        self._started = self._last = 0.0
        self._open: set[_Sender] = set()
        self._busy = 0
        self._over = asyncio.Event()
        self._reconnects: set[asyncio.Task[None]] = set()

    async def connect(self) -> _Sender:
        loop = asyncio.get_running_loop()
        name = self._target.host if self._target.tls is not None else None
        _, sender = await loop.create_connection(
            lambda: _Sender(self), self._target.host, self._target.port, ssl=self._target.tls, server_hostname=name
        )
        self._open.add(sender)
        return sender

    def begin(self, seconds: float) -> None:
        self._busy = len(self._open)
        self._started = time.perf_counter()
        self.until = self._started + seconds

    def leave(self) -> None:
        """Take note that a sender has nothing more to do."""
        self._busy -= 1
        self._last = time.perf_counter()
        if self._busy == 0:
            self._over.set()

    def replace(self, sender: _Sender) -> None:
        """Open a new connection for a sender whose server has closed its own; the next request waits for it."""
        self._open.discard(sender)
        task = asyncio.get_running_loop().create_task(self._go_on())
        self._reconnects.add(task)
        task.add_done_callback(self._reconnects.discard)

    async def _go_on(self) -> None:
        began = time.perf_counter()
        try:
            sender = await self.connect()
        except OSError:
            self.bad[0] = self.bad.get(0, 0) + 1
            self.leave()
            return
        sender.send(began)

    async def ended(self) -> None:
        await self._over.wait()

    def close(self) -> None:
        for sender in self._open:
            sender.stop()

    def sample(self) -> Sample:
        return Sample(self._last - self._started, self.good, self.bad, self.latencies_s)


class _Sender(asyncio.Protocol):
    """One connection."""

    def __init__(self, run: _Run) -> None:
        self._run = run
        self._began = 0.0
        self._waiting = False
        self._held = b""
        self._need = 0  # length of the answer that is coming, once it is known

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment] # a stream's is one

    def send(self, began: float = 0.0) -> None:
        """Send the next request; its time counts from `began`, by default from now."""
        now = began or time.perf_counter()
        request = next(self._run.requests, None) if now < self._run.until else None
        if request is None:
            self._run.leave()
            return
        self._began, self._waiting = now, True
        self._transport.write(request)

    def stop(self) -> None:
        self._waiting = False
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        held = self._held = self._held + data if self._held else data
        if not self._need:
            end = held.find(b"\r\n\r\n")
            if end < 0:
                return
            self._need = end + 4 + _content_length(held[:end])
        if len(held) < self._need:
            return
        self._take(held)

    def _take(self, answer: bytes) -> None:
        run = self._run
        run.latencies_s.append(time.perf_counter() - self._began)
        if answer.startswith(run.wanted, 9):
            run.good += 1
        else:
            status = int(answer[9:12])
            run.bad[status] = run.bad.get(status, 0) + 1
        self._held, self._need, self._waiting = b"", 0, False
        if answer.startswith(b"HTTP/1.0") or b"\r\nConnection: close" in answer:
            self._transport.abort()
            run.replace(self)
        else:
            self.send()

    def connection_lost(self, _error: Exception | None) -> None:
        if self._waiting:  # in the middle of an answer
            self._run.bad[0] = self._run.bad.get(0, 0) + 1
            self._waiting = False
            self._run.replace(self)


def _content_length(head: bytes) -> int:
    """Give the length of the body; 0 for an answer without one."""
    start = head.lower().find(b"\r\ncontent-length:")
    if start < 0:
        return 0
    end = head.find(b"\r", start + 17)
    return int(head[start + 17 : end if end >= 0 else len(head)])
