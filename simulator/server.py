"""Sockets of a cloud: HTTPS, HTTP, the control socket and the name server, in one event loop until a signal comes."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import functools
import gc
import ipaddress
import signal
import ssl
import sys
import traceback
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from simulator.app import App, Cloud
from simulator.errors import BadInput, SimulatorError
from simulator.name_server import NameServer
from simulator.ownership import give_to_owner
from simulator.protocol import CloudProtocol

_SETTLE_EVERY_S = 1.0
_BACKLOG = 512
_GRACE_S = 1.0  # for requests in flight, when the cloud ends

Address = tuple[str, int]


@dataclass(frozen=True)
class Sockets:
    """Where a cloud listens. Addresses are (host, port); None is not opened."""

    https: Address
    http: Address | None = None
    control: Path | None = None
    names: Address | None = None
    address: str = "127.0.0.1"  # what the name server answers
    closed: ipaddress.IPv4Network | None = None  # to clients of this network it answers that no name exists,
    private: str = ""  # or that Azure Arc's names have this address


async def serve(cloud: Cloud, sockets: Sockets, tls: ssl.SSLContext) -> None:
    """Listen until SIGINT or SIGTERM. One line on standard output says when all sockets are open, and where.

    Raises: SimulatorError when an address cannot be had.
    """
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    apart = sockets.control is not None
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(cloud.due.close)
        listeners = await stack.enter_async_context(_listeners())
        host, port = await listeners.open(App(cloud, has_control=not apart), sockets.https, tls)
        if sockets.http is not None:
            await listeners.open(App(cloud, has_control=False), sockets.http)
        if sockets.names is not None:
            await stack.enter_async_context(_name_server(cloud, sockets.names, sockets))
        if sockets.control is not None:
            await listeners.open_unix(App(cloud, has_control=True), sockets.control)
        cloud.due.settle()
        settling = asyncio.create_task(_settle(cloud))
        stack.callback(settling.cancel)
        gc.freeze()  # what is loaded stays; the collector need not look at it each time that a cloud has grown
        print(f"arclab-sim: ready on https://{host}:{port}", flush=True)  # noqa: T201
        await stop.wait()


async def _settle(cloud: Cloud) -> None:
    while True:
        await asyncio.sleep(_SETTLE_EVERY_S)
        try:
            cloud.due.settle()
        except Exception:  # noqa: BLE001 - a mistake of ours must not end it for good
            traceback.print_exc(file=sys.stderr)


class _Listeners:
    """Open HTTP sockets. Connections of all of them are counted together."""

    def __init__(self) -> None:
        self._state = ServerState()
        self._servers: list[asyncio.AbstractServer] = []

    async def open(self, app: App, where: Address, tls: ssl.SSLContext | None = None) -> Address:
        """Listen on an address and give it with the port that was chosen for 0. Raises: SimulatorError."""
        loop = asyncio.get_running_loop()
        try:
            server: Any = await loop.create_server(self._protocol(app), *where, ssl=tls, backlog=_BACKLOG)
        except OSError as error:
            raise _cannot_listen(_shown(where), error) from error
        self._servers.append(server)
        port: int = server.sockets[0].getsockname()[1]
        return (f"[{where[0]}]" if ":" in where[0] else where[0]), port

    async def open_unix(self, app: App, where: Path) -> None:
        """Listen on a unix socket of the folder's owner; one that a killed cloud has left is replaced.

        Raises: BadInput where something else lies, SimulatorError.
        """
        if where.exists() and not where.is_socket():
            raise BadInput("control-socket", "there is a file that is no socket.", place=str(where))
        try:
            where.unlink(missing_ok=True)
            loop = asyncio.get_running_loop()
            self._servers.append(await loop.create_unix_server(self._protocol(app), str(where), backlog=_BACKLOG))
            where.chmod(0o600)
            give_to_owner(where)
        except OSError as error:
            raise _cannot_listen(str(where), error) from error

    async def close(self) -> None:
        """Take no new requests, let those in flight end for a moment, then break them off."""
        for server in self._servers:
            server.close()
        for connection in list(self._state.connections):
            connection.shutdown()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._until_empty(), _GRACE_S)
        for connection in list(self._state.connections):
            if connection.transport is not None:
                connection.transport.abort()
        await asyncio.sleep(0)  # connections learn that they are lost
        tasks = list(self._state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _until_empty(self) -> None:
        while self._state.connections:
            await asyncio.sleep(0.02)

    def _protocol(self, app: App) -> Any:
        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            try:
                await app(scope, receive, send)
            except asyncio.CancelledError:  # `close` has broken it off; uvicorn would log it
                return

        config = uvicorn.Config(
            answer, http=CloudProtocol, ws="none", lifespan="off", log_config=None, access_log=False,
            timeout_keep_alive=75, proxy_headers=False,
        )  # fmt: skip
        config.load()
        return lambda: CloudProtocol(config=config, server_state=self._state, app_state={})


@contextlib.asynccontextmanager
async def _listeners() -> AsyncIterator[_Listeners]:
    listeners = _Listeners()
    try:
        yield listeners
    finally:
        await listeners.close()


@contextlib.asynccontextmanager
async def _name_server(cloud: Cloud, where: Address, sockets: Sockets) -> AsyncIterator[None]:
    store = cloud.store
    elsewhere = cloud.packages.address_of if cloud.packages is not None else None
    try:
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: NameServer(
                sockets.address, store.record, store.clock.now, sockets.closed, elsewhere, private=sockets.private
            ),
            local_addr=where,
        )
    except OSError as error:
        raise _cannot_listen(_shown(where), error) from error
    try:
        yield
    finally:
        transport.close()


def tls_context(folder: Path, name: str = "server") -> ssl.SSLContext:
    """Give TLS settings: the server's, or with another certificate of its key. Raises: BadInput when they cannot be."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(folder / f"{name}.pem", folder / "server.key")
    except OSError as error:  # SSLError is one
        raise BadInput("tls-dir", f"{name}.pem and server.key cannot be used: {error}.", place=str(folder)) from error
    context.set_alpn_protocols(["http/1.1"])
    return context


def show_certificates(context: ssl.SSLContext, folder: Path, word_for: Callable[[str], str]) -> None:
    """Let a host that a client names show the certificate of a word; `good` is the server's own."""

    @functools.cache
    def other(word: str) -> ssl.SSLContext:
        return tls_context(folder, word)

    def choose(tls: ssl.SSLObject, host: str | None, _: ssl.SSLContext) -> None:
        word = word_for((host or "").lower())
        if word != "good":
            tls.context = other(word)

    context.sni_callback = choose


def _shown(where: Address) -> str:
    return f"{where[0]}:{where[1]}"


def _cannot_listen(where: str, error: OSError) -> SimulatorError:
    hint = "Give another port, or port 0 for a free one." if error.errno == errno.EADDRINUSE else ""
    return SimulatorError("address", f"cannot listen on '{where}': {error.strerror or error}.", hint=hint)
