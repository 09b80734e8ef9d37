"""One request, as a straight line: host -> service -> operation -> faults -> answer -> journal -> response.

The journal is written before the response, so whoever holds an answer finds it there. Each request leaves exactly one
request event, also after a fault or a mistake of ours.
"""

from __future__ import annotations

import asyncio
import fnmatch
import re
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
from pathlib import Path

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from simulator import cross_origin
from simulator.authorization import Authorization
from simulator.call import Answer, Call, Service, check_host, is_address, plain_host
from simulator.clock import iso
from simulator.contract import (
    ARM_HOST,
    DEVICE_LOGIN_HOST,
    DOWNLOAD_HOST,
    ENTRA_HOSTS,
    ENTRA_REGIONAL_SUFFIX,
    GRAPH_HOST,
    HIS_SUFFIX,
    MICROSOFT_UPDATE_SUFFIX,
    NOTIFICATION_HOST,
    PACKAGES_HOST,
    SHORT_LINK_HOST,
    UPDATE_CONTENT_HOST,
    UPDATE_SERVER_HOST,
    Event,
)
from simulator.due import Due
from simulator.earlier import EarlierClouds
from simulator.errors import ApiError, Dropped, NotKnown
from simulator.faults import Faults
from simulator.identity.tokens import TokenKey
from simulator.redact import redacted_path
from simulator.request_content import read_body
from simulator.services.arm import ArmService, batch
from simulator.services.arm.insight import policy_cycle
from simulator.services.control import ControlService
from simulator.services.control.route import PREFIX
from simulator.services.elsewhere import ElsewhereService
from simulator.services.entra import EntraService
from simulator.services.extension_service import ExtensionService
from simulator.services.graph import GraphService
from simulator.services.his import HisService
from simulator.services.microsoft_update import UpdateService
from simulator.services.notifications import NotificationService
from simulator.services.packages import PackagesService
from simulator.services.short_links import ShortLinks
from simulator.store import Store
from simulator.throttle import Throttle
from simulator.unknown_requests import UnknownRequests, described

LARGEST_BODY_BYTES = 16 * 1024 * 1024
LARGEST_SNAPSHOT_BYTES = 1024 * 1024 * 1024  # of a body that goes to the control
#: Scope extension with which the server lets an app break a connection.
ABORT = "arclab.abort"
#: Scope extension with which it lets an app end a connection after what was sent.
END = "arclab.end"
#: Scope extension with which it sends a whole answer (status, headers, body) at once, where it can; it says whether.
WHOLE = "arclab.whole"
_ELSEWHERE = ElsewhereService()  # answers for what no service of a cloud plays


@dataclass(frozen=True)
class Cloud:
    """The parts of one cloud."""

    store: Store
    due: Due
    faults: Faults
    control: ControlService
    hosts: tuple[tuple[Callable[[str], object], Service], ...]  # (is it this host, service), the first match answers
    paths: tuple[tuple[str, Service], ...]  # the same by path, for clients that use an address instead of a name
    earlier: EarlierClouds[Cloud]  # clouds over earlier states, which answer where a fault says so
    packages: PackagesService | None = None
    open_to_pages: tuple[Service, ...] = ()  # services that pages of other sites may ask
    unknown_requests: UnknownRequests | None = None  # where requests that no service knows are written down


def build_cloud(
    store: Store,
    key: TokenKey,
    *,
    extensions: Path | None,
    packages: PackagesService | None,
    windows: Path | None = None,
    unknown_requests: UnknownRequests | None = None,
) -> Cloud:
    """Put the services together. `extensions` is the folder of extension packages, `windows` that of .msi files."""
    faults, due = Faults(store), Due(store, also=policy_cycle.settle)
    authorization = Authorization(store, key)
    entra = EntraService(store, key)
    arm = ArmService(store, authorization, Throttle(store))
    his = HisService(store, authorization, extensions, due.settle, windows)
    updates = UpdateService(store, windows, lambda: packages.published if packages else None)
    notifications, graph = NotificationService(), GraphService(store, authorization)
    hosts: list[tuple[str, Service]] = [
        (ARM_HOST, arm),
        *((host, entra) for host in (*ENTRA_HOSTS, f"*{ENTRA_REGIONAL_SUFFIX}", DEVICE_LOGIN_HOST)),
        (f"*{HIS_SUFFIX}", his),
        ("*.guestconfiguration.azure.com", ExtensionService(store, authorization, extensions)),
        (NOTIFICATION_HOST, notifications),
        (f"*.{NOTIFICATION_HOST}", notifications),
        (SHORT_LINK_HOST, ShortLinks()),
        *((host, updates) for host in (f"*{MICROSOFT_UPDATE_SUFFIX}", UPDATE_CONTENT_HOST, UPDATE_SERVER_HOST)),
        (GRAPH_HOST, graph),
    ]
    if packages is not None:
        hosts += [(PACKAGES_HOST, packages), (DOWNLOAD_HOST, packages)]
    paths: tuple[tuple[str, Service], ...] = (
        ("/subscriptions*", arm), ("/tenants*", arm), ("/providers*", arm), ("/metadata/endpoints*", arm),
        ("/batch", arm),
        ("/machine/*", his), ("/discovery", his), ("/devicelogin", entra), ("/*/oauth2/*", entra),
        ("/*/discovery/*", entra), ("/*/.well-known/*", entra), ("/*/userrealm/*", entra),
        ("/v1.0/*", graph), ("/beta/*", graph),
    )  # fmt: skip
    control = ControlService(
        store,
        due,
        faults,
        approve_device=entra.approve,
        decline_device=entra.decline,
        rotate_key=entra.rotate_key,
        issue_token=entra.principal_token,
        repository=packages,
    )
    earlier = EarlierClouds(
        store, lambda past: build_cloud(past, key, extensions=extensions, packages=packages, windows=windows)
    )
    matchers = tuple((re.compile(fnmatch.translate(pattern)).match, service) for pattern, service in hosts)
    return Cloud(store, due, faults, control, matchers, paths, earlier, packages, (arm, entra, graph), unknown_requests)


class App:
    """The ASGI application of a cloud. With `has_control` it answers `/_sim` too."""

    def __init__(self, cloud: Cloud, *, has_control: bool) -> None:
        self._cloud = cloud
        self._has_control = has_control

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        call = Call(Request(scope, receive), "", self._cloud.store.clock.now())
        call.host = plain_host(call.header("host"))
        started = time.perf_counter()
        try:
            response = await self._respond(call)
        except Dropped:
            self._record(call, 0, started)
            await _break_off(scope, receive, ABORT)
            return
        except ClientDisconnect:
            self._record(call, 0, started)
            return
        except asyncio.CancelledError:  # the cloud ends
            self._record(call, 0, started)
            raise
        if not (call.faults and "date" in response.headers):  # a fault may answer with its own
            response.raw_headers.append((b"date", _http_date(int(call.now))))
        if self._is_open(call):
            cross_origin.open_answer(response)
        self._record(call, response.status_code, started)
        send_whole = scope.get("extensions", {}).get(WHOLE)
        can_be_whole = send_whole is not None and isinstance(response, Answer) and not call.senders
        if can_be_whole and send_whole(response.status_code, response.raw_headers, response.body):
            return
        for through in call.senders:
            send = through(send)
        await response(scope, receive, send)
        if any(each.is_cut for each in (call, *call.inner)):
            await _break_off(scope, receive, END)

    async def _respond(self, call: Call) -> Response:
        try:
            return await self._answer(call)
        except ApiError as error:
            call.is_known = not isinstance(error, NotKnown)
            return self._render(error, call)
        except (Dropped, ClientDisconnect):
            raise
        except Exception as error:  # noqa: BLE001 - a mistake of ours must not look like a broken network
            traceback.print_exc(file=sys.stderr)
            call.bug = f"{type(error).__name__}: {error}"
            mistake = ApiError(500, "InternalServerError", "The simulator made a mistake; see its log.")
            return self._render(mistake, call)

    def _render(self, error: ApiError, call: Call) -> Response:
        return (call.service or _ELSEWHERE).render(error, call)

    async def _answer(self, call: Call) -> Response:
        """Find who answers, read the body, let faults strike, answer. Raises: ApiError, Dropped, ClientDisconnect."""
        check_host(call)
        cloud = self._cloud
        service = call.service = self._find_service(call)
        call.operation = service.name(call)
        is_preflight = self._is_open(call) and cross_origin.is_preflight(call)
        if is_preflight:
            call.operation = cross_origin.PREFLIGHT
        await read_body(call, LARGEST_SNAPSHOT_BYTES if service is cloud.control else LARGEST_BODY_BYTES)
        if service is not cloud.control and (struck := await cloud.faults.strike(call)) is not None:
            return struck
        call.now = cloud.store.clock.now()  # the body may have come slowly, a fault may have waited
        if is_preflight:
            return cross_origin.preflight(call)
        earlier = cloud.earlier.get(call.earlier_state) if call.earlier_state else None
        if earlier is not None:
            return await _service_of(earlier, call.host, call.path).answer(call)
        response = await service.answer(call)
        return await self._answer_inner(call) if call.inner else response

    def _find_service(self, call: Call) -> Service:
        path = call.path
        if self._has_control and (path == PREFIX or path.startswith(f"{PREFIX}/")):
            return self._cloud.control
        return _service_of(self._cloud, call.host, path)

    def _is_open(self, call: Call) -> bool:
        return cross_origin.is_open(call) and call.service in self._cloud.open_to_pages

    async def _answer_inner(self, call: Call) -> Response:
        """Answer each request of a batch as if it had come alone, with faults and journal."""
        answers = []
        for inner in call.inner:
            started, status = time.perf_counter(), 0
            try:
                answers.append(await self._respond(inner))
                status = answers[-1].status_code
                call.senders += inner.senders  # the answers leave as one, so they are slow or cut as one
            finally:
                self._record(inner, status, started)
        return batch.together(call, answers)

    def _record(self, call: Call, status: int, started: float) -> None:
        """Journal a request; those to `/_sim` are not part of the case."""
        if call.service is self._cloud.control:
            return
        data: dict[str, object] = {}
        if call.correlation and call.method not in ("GET", "HEAD"):  # what the activity log tells
            data["correlationId"] = call.correlation
            if call.begun:
                data["operationId"] = call.begun
            if name := call.header("x-ms-client-request-id"):
                data["clientRequestId"] = name
        if call.faults:
            data["faults"] = call.faults
        if call.bug:
            data["bug"] = call.bug
        if not call.is_known:
            data["unknown"] = described(call.request, call.body)
        event = Event(
            seq=self._cloud.store.last + 1, time=iso(call.now), wall=iso(time.time()), kind="request", host=call.host,
            operation=call.operation, method=call.method, path=redacted_path(call.path_and_query),
            status=status, client=call.client, user_agent=call.header("user-agent"),
            machine=call.machine, caller=call.caller,
            duration_ms=round((time.perf_counter() - started) * 1e5) / 100, data=data,
        )  # fmt: skip
        self._cloud.store.record(event)
        if not call.is_known and self._cloud.unknown_requests is not None:
            self._cloud.unknown_requests.write(event)


async def _break_off(scope: Scope, receive: Receive, how: str) -> None:
    """Let the server break a connection; it would answer 500 if we returned before that is done."""
    scope["extensions"][how]()
    while (await receive())["type"] != "http.disconnect":
        continue


def _service_of(cloud: Cloud, host: str, path: str) -> Service:
    for named, service in cloud.hosts:
        if named(host):
            return service
    for pattern, service in cloud.paths if is_address(host) else ():
        if fnmatch.fnmatchcase(path.lower(), pattern.lower()):
            return service
    return _ELSEWHERE


@lru_cache(2)
def _http_date(second: int) -> bytes:
    return format_datetime(datetime.fromtimestamp(second, UTC), usegmt=True).encode()
