"""What becomes due as lab time goes by: alerts of silence, their delivery, operations that lapse, groups that go.

Nothing here keeps a timer. `settle` compares the clock with the state; calling it twice changes nothing the second
time. It is called after each move of the clock, around each heartbeat, and once a second. It never waits: bodies for
somebody else's webhooks are sent by tasks of their own, one after the other, so a slow receiver delays nobody else.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import httpx
import msgspec

from simulator.clock import iso
from simulator.notices import notices_of, rules_about
from simulator.resources import agent_work, operations
from simulator.resources import alerts as alert_rules
from simulator.resources.entities import Alert, AlertRule, InboxMessage, Machine, Notice, Operation, ResourceGroup
from simulator.resources.transition import Transition
from simulator.store import Store

INBOX = "cloud"  # an alert rule's webhook of this name is the cloud's own inbox
_TRIES = 3
_PATIENCE_S = 10.0

Post = Callable[[str, dict[str, Any]], Awaitable[int]]


async def post_json(url: str, body: dict[str, Any]) -> int:
    """Send a webhook body; give the HTTP status. Raises: httpx.HTTPError, httpx.InvalidURL, ValueError, OSError."""
    async with httpx.AsyncClient(timeout=_PATIENCE_S) as client:
        return (await client.post(url, json=body)).status_code


class Due:
    """Settles one cloud, as long as it lives. `post` sends webhook bodies; `also` is what else settles by the clock.

    Who runs the event loop calls `close`.
    """

    def __init__(self, store: Store, post: Post = post_json, also: Callable[[Store], None] | None = None) -> None:
        self._store = store
        self._post = post
        self._also = also
        self._postman: asyncio.Task[None] | None = None  # tells the webhook that the lab has set
        self._messenger: asyncio.Task[None] | None = None  # tells the webhooks of action groups

    def settle(self) -> None:
        """Do everything that is due by lab time; the cloud's own inbox has its messages when this returns.

        Needs a running event loop only when an alert is to be sent to a webhook.
        """
        now = self._store.clock.now()
        while (machine := self._store.next_due(Machine, now)) is not None:
            alert = alert_rules.due(machine, self._store.first(Alert, "active_on", machine.key), now)
            if alert is not None:
                alert = msgspec.structs.replace(alert, rules=rules_about(self._store, alert))
                self._store.apply(alert_rules.fired(alert, partial(notices_of, self._store)))
            self._store.settle(machine)
        while (operation := self._store.next_due(Operation, now)) is not None:
            self._lapse(operation)
        while (group := self._store.next_due(ResourceGroup, now)) is not None:
            self._store.apply(Transition("groups.gone", (), ((ResourceGroup, group.key),), at=group.gone_at))
        if self._also is not None:
            self._also(self._store)
        self._deliver()
        self._notify()

    async def delivered(self) -> None:
        """Wait until all webhooks were told of everything, as far as they can be told."""
        while busy := {task for task in (self._postman, self._messenger) if task is not None and _is_busy(task)}:
            await asyncio.wait(busy)

    async def close(self) -> None:
        """Break off deliveries that are under way; they are made again when the state is served again."""
        for task in (self._postman, self._messenger):
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    def _lapse(self, operation: Operation) -> None:
        entity = self._store.get(agent_work.family_of(operation).kind, operation.resource)
        now = self._store.clock.now()
        lapse = agent_work.after_report(operation, entity, operations.LAPSED, now)
        if lapse is not None:
            self._store.apply(msgspec.structs.replace(lapse, operation=f"{operation.action}.lapse"))

    def _deliver(self) -> None:
        if self._next_untold() is None or _is_busy(self._postman):
            return
        if self._webhook():
            self._postman = asyncio.get_running_loop().create_task(self._post_all())
        else:
            self._deliver_at_once()

    def _notify(self) -> None:
        """Send what the action groups have to be told, by a task of its own."""
        if self._next_notice() is not None and not _is_busy(self._messenger):
            self._messenger = asyncio.get_running_loop().create_task(self._send_notices())

    def _webhook(self) -> str:
        """Give the address of somebody else's webhook, or an empty text."""
        rule = self._store.get(AlertRule, "rule")
        return rule.webhook if rule is not None and rule.webhook != INBOX else ""

    def _deliver_at_once(self) -> None:
        """Put everything into the cloud's own inbox; without a rule nobody is told, now or later."""
        has_inbox = self._store.get(AlertRule, "rule") is not None
        while (found := self._next_untold()) is not None:
            alert, condition = found
            if has_inbox:
                body = alert_rules.webhook_body(alert, condition)
                self._receive(body)
                self._store.apply(alert_rules.delivered(alert, condition, body, 200, ""))
            else:
                self._store.apply(alert_rules.told_nobody(alert, condition))

    def _next_untold(self) -> tuple[Alert, alert_rules.Condition] | None:
        """Give the oldest state that the rule was not told of; of one alert they come in order."""
        alert = self._store.next_due(Alert, math.inf)
        return (alert, alert_rules.untold(alert)[0]) if alert is not None else None

    def _next_notice(self) -> Notice | None:
        """Give the oldest notice that a webhook of an action group was not sent."""
        return self._store.next_due(Notice, math.inf)

    def _receive(self, body: dict[str, Any]) -> None:
        number = len(self._store.all(InboxMessage)) + 1
        message = InboxMessage(key=f"{number:06}", received=self._store.clock.now(), body=body)
        self._store.apply(Transition("inbox.receive", (message,), data={"at": iso(message.received)}))

    async def _post_all(self) -> None:
        """Tell the webhook of one state after the other; the rule may change in between."""
        while (webhook := self._webhook()) and (found := self._next_untold()) is not None:
            alert, condition = found
            body = alert_rules.webhook_body(alert, condition)
            status, problem = await self._send(webhook, body)
            is_now = self._store.get(Alert, alert.key) or alert  # it may have been resolved meanwhile
            self._store.apply(alert_rules.delivered(is_now, condition, body, status, problem))
        if not webhook:
            self._deliver_at_once()

    async def _send_notices(self) -> None:
        while (notice := self._next_notice()) is not None:
            status, problem = await self._send(notice.url, notice.body)
            self._store.apply(alert_rules.noticed(notice, self._store.get(Alert, notice.alert), status, problem))

    async def _send(self, webhook: str, body: dict[str, Any]) -> tuple[int, str]:
        """Give the last status and the last problem. A refusal (4xx) is not tried again."""
        status, problem = 0, ""
        for _ in range(_TRIES):
            try:
                status, problem = await self._post(webhook, body), ""
            except (httpx.HTTPError, httpx.InvalidURL, ValueError, OSError) as error:
                status, problem = 0, f"{type(error).__name__}: {error}"
            if 200 <= status < 500:
                break
        return status, problem


def _is_busy(task: asyncio.Task[None] | None) -> bool:
    return task is not None and not task.done()
