"""/_sim: the lab's own interface to a cloud: clock, journal, state, faults, repository. See docs/wire/control.md."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from itertools import islice
from typing import Protocol

import msgspec
from starlette.responses import Response

from simulator.call import Call, json_response
from simulator.clock import iso
from simulator.contract import Alert, AlertRule, Clock, ClockChange, EventPage, Fault, RepositoryChange
from simulator.due import INBOX, Due
from simulator.errors import ApiError, BadInput, SimulatorError
from simulator.faults import Faults
from simulator.resources import entities
from simulator.resources.machines import summarised
from simulator.resources.transition import Transition
from simulator.services.control.bodies import (
    ApproveDeviceCode,
    LockScope,
    TokenWanted,
    is_web_address,
    read_body,
    read_number,
)
from simulator.services.control.identity import IdentityControl
from simulator.store import Store

PREFIX = "/_sim"
_PAGE = 5000
_LONGEST_WAIT_S = 60.0


class Repository(Protocol):
    """What the control needs of the package repository. Its methods block; they are called in a thread."""

    @property
    def is_stale(self) -> bool:
        """Say whether the metadata has to be signed again."""

    def refresh(self) -> None:
        """Sign the metadata with the lab clock's time. Raises: SimulatorError."""

    def change(self, change: RepositoryChange) -> None:
        """Publish or withdraw releases. Raises: BadInput, SimulatorError."""


class ControlService:
    """Answers the harness. Requests here are not journaled: they are not part of the case.

    `approve_device` takes a user code and a upn; `issue_token` a principal, an audience and lab time.
    """

    def __init__(
        self,
        store: Store,
        due: Due,
        faults: Faults,
        *,
        approve_device: Callable[[str, str], None],
        issue_token: Callable[[entities.Principal, str, float], str],
        repository: Repository | None,
    ) -> None:
        self._store = store
        self._due = due
        self._faults = faults
        self._approve_device = approve_device
        self._issue_token = issue_token
        self._repository = repository
        self._handlers: dict[tuple[str, str], Callable[[Call], Awaitable[Response]]] = {
            ("GET", "/ready"): self._ready,
            ("GET", "/clock"): self._clock,
            ("POST", "/clock"): self._advance,
            ("GET", "/journal"): self._journal,
            ("GET", "/machines"): self._machines,
            ("GET", "/alerts"): self._alerts,
            ("PUT", "/alert-rule"): self._set_alert_rule,
            ("GET", "/inbox"): self._inbox,
            ("GET", "/faults"): self._list_faults,
            ("POST", "/faults"): self._add_fault,
            ("DELETE", "/faults"): self._clear_faults,
            ("POST", "/repository"): self._change_repository,
            ("POST", "/device-code"): self._approve,
            ("POST", "/locks"): self._lock,
            ("DELETE", "/locks"): self._unlock,
            ("POST", "/token"): self._token,
            **IdentityControl(store).handlers,
        }

    @property
    def addresses(self) -> list[str]:
        """Give everything that can be asked: `GET /_sim/ready` and so on, sorted."""
        return sorted(f"{method} {PREFIX}{path}" for method, path in self._handlers)

    def name(self, call: Call) -> str:
        """Give the operation's name."""
        return f"control.{call.path.removeprefix(PREFIX).strip('/') or 'root'}"

    async def answer(self, call: Call) -> Response:
        """Answer. Raises: ApiError 400 for a body that cannot be used, 404 for an unknown address, 500."""
        key = (call.method, call.path.removeprefix(PREFIX).rstrip("/"))
        if key not in self._handlers:
            known = ", ".join(self.addresses)
            raise ApiError(404, "NotFound", f"There is no '{key[0]} {PREFIX}{key[1]}'. There are: {known}.")
        try:
            return await self._handlers[key](call)
        except SimulatorError as error:
            status = 400 if isinstance(error, BadInput) else 500
            raise ApiError(status, error.reference, str(error)) from error

    def render(self, error: ApiError, call: Call) -> Response:  # noqa: ARG002 - all services render alike
        """Give the error."""
        return json_response({"error": {"code": error.code, "message": error.message}}, error.status, error.headers)

    async def _ready(self, _: Call) -> Response:
        return json_response({"status": "ready"})

    async def _clock(self, _: Call) -> Response:
        clock = self._store.clock
        return json_response(Clock(now=iso(clock.now()), offset_s=clock.offset_s))

    async def _advance(self, call: Call) -> Response:
        change = read_body(call, ClockChange)
        self._store.clock.advance(change.advance_s)
        data = {"advance_s": change.advance_s, "offset_s": self._store.clock.offset_s}
        self._store.apply(Transition("clock.advance", kind="clock", data=data))
        self._due.settle()
        if self._repository is not None and self._repository.is_stale:
            await asyncio.to_thread(self._repository.refresh)
        return await self._clock(call)

    async def _journal(self, call: Call) -> Response:
        after, kind = int(read_number(call, "after")), call.query("kind")
        wait_s = min(read_number(call, "wait_s"), _LONGEST_WAIT_S)
        if wait_s > 0:
            await self._store.wait(after, lambda event: not kind or event.kind == kind, wait_s)
        found = (event for event in self._store.read(after) if not kind or event.kind == kind)
        return json_response(EventPage(events=list(islice(found, _PAGE)), last=self._store.last))

    async def _machines(self, _: Call) -> Response:
        now = self._store.clock.now()
        names: defaultdict[str, list[str]] = defaultdict(list)
        for extension in self._store.all(entities.Extension):
            names[extension.machine].append(extension.name)
        requests = (event for event in self._store.read(0) if event.kind == "request")
        creates = Counter(event.machine for event in requests if event.operation == "machines.create")
        return json_response([
            summarised(machine, names[machine.key], creates[machine.key], now)
            for machine in self._store.all(entities.Machine)
        ])  # fmt: skip

    async def _alerts(self, _: Call) -> Response:
        self._due.settle()
        found = sorted(self._store.all(entities.Alert), key=lambda alert: alert.fired)
        return json_response([
            Alert(id=alert.key, machine=alert.machine, fired=iso(alert.fired), deliveries=alert.deliveries,
                  resolved=iso(alert.resolved) if alert.resolved else "")
            for alert in found
        ])  # fmt: skip

    async def _set_alert_rule(self, call: Call) -> Response:
        rule = read_body(call, AlertRule)
        if rule.webhook != INBOX and not is_web_address(rule.webhook):
            raise BadInput("alert-rule", f"the webhook '{rule.webhook}' is neither a URL nor '{INBOX}'.")
        self._store.apply(Transition("alerts.rule", (entities.AlertRule(key="rule", webhook=rule.webhook),)))
        return Response(status_code=204)

    async def _inbox(self, _: Call) -> Response:
        messages = self._store.all(entities.InboxMessage)
        return json_response([{"received": iso(message.received), "body": message.body} for message in messages])

    async def _list_faults(self, _: Call) -> Response:
        return json_response(self._faults.listed())

    async def _add_fault(self, call: Call) -> Response:
        return json_response(self._faults.add(read_body(call, Fault)), 201)

    async def _clear_faults(self, _: Call) -> Response:
        self._faults.clear()
        return Response(status_code=204)

    async def _change_repository(self, call: Call) -> Response:
        change = read_body(call, RepositoryChange)
        if self._repository is None:
            raise BadInput("no-repository", "this cloud serves no package repository.")
        await asyncio.to_thread(self._repository.change, change)
        self._store.apply(Transition("repository.change", data=msgspec.to_builtins(change)))
        return Response(status_code=204)

    async def _approve(self, call: Call) -> Response:
        wanted = read_body(call, ApproveDeviceCode)
        self._approve_device(wanted.user_code, wanted.upn)
        return Response(status_code=204)

    async def _lock(self, call: Call) -> Response:
        scope = read_body(call, LockScope).scope
        self._store.apply(Transition("locks.put", (entities.Lock(key=scope),)))
        return Response(status_code=204)

    async def _unlock(self, call: Call) -> Response:
        scope = read_body(call, LockScope).scope
        if self._store.get(entities.Lock, scope) is None:
            raise ApiError(404, "no-lock", f"there is no lock on '{scope}'.")
        self._store.apply(Transition("locks.delete", delete=((entities.Lock, scope),)))
        return Response(status_code=204)

    async def _token(self, call: Call) -> Response:
        wanted = read_body(call, TokenWanted)
        found = self._store.first(entities.Principal, "name", wanted.principal)
        if found is None:
            raise ApiError(404, "no-principal", f"there is no principal '{wanted.principal}'.")
        return json_response({"access_token": self._issue_token(found, wanted.resource, call.now)})
