"""What becomes due is done once, in order, and a slow webhook delays nobody else.

Webhooks are functions given to `Due`; `post_json` alone is tried with a real socket.
"""

from __future__ import annotations

import asyncio
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import msgspec
import pytest

from simulator.due import Due, Post, post_json
from simulator.resources import alerts as alert_rules
from simulator.resources.entities import Alert, AlertRule, Extension, InboxMessage, Machine, Operation
from simulator.resources.transition import Transition
from simulator.store import Store

NOW = 1_767_225_600.0
HOOK = "https://hook.example/"


def make_machine(name: str = "box-1", last_heartbeat: float = NOW) -> Machine:
    """Give a machine that was heard."""
    return Machine(
        key=f"/subscriptions/s/resourceGroups/rg1/providers/Microsoft.HybridCompute/machines/{name}", name=name,
        subscription_id="s", resource_group="rg1", location="eastus", vm_id=name, public_key="", principal_id="p",
        client_id="c", created=NOW, last_heartbeat=last_heartbeat,
    )  # fmt: skip


def keep(store: Store, *values: Any) -> None:
    """Put values into a store."""
    store.apply(Transition("test.put", tuple(values)))


def operations(store: Store, *kinds: str) -> list[str]:
    """List the operations of the events of some kinds."""
    return [event.operation for event in store.events if event.kind in kinds]


def conditions(bodies: list[dict[str, Any]]) -> list[str]:
    """List what bodies tell."""
    return [body["data"]["essentials"]["monitorCondition"] for body in bodies]


class Hook:
    """A webhook: keeps bodies and gives the answers it was told to, the last one for ever."""

    def __init__(self, *answers: int | Exception) -> None:
        self.bodies: list[dict[str, Any]] = []
        self._answers = list(answers) or [200]

    async def __call__(self, url: str, body: dict[str, Any]) -> int:
        """Take a body."""
        self.bodies.append(body)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def settle(store: Store, post: Post) -> None:
    """Settle and wait for deliveries."""

    async def go() -> None:
        due = Due(store, post)
        due.settle()
        await due.delivered()

    asyncio.run(go())


def test_settling_twice_changes_nothing(store: Store) -> None:
    """One silence is one alert, one delivery, one message."""
    keep(store, make_machine(), AlertRule(key="rule", webhook="cloud"))
    store.clock.advance(900)
    Due(store).settle()
    first = list(store.events)
    Due(store).settle()

    assert store.events == first
    assert operations(store, "alert", "webhook") == ["alerts.fire", "alerts.deliver"]
    assert len(store.all(InboxMessage)) == 1


def test_an_alert_has_fired_when_it_was_due(store: Store) -> None:
    """However far the clock has jumped, the event has the moment at which silence became too long."""
    keep(store, make_machine())
    store.clock.advance(86400)
    Due(store).settle()

    assert [event.time for event in store.events if event.kind == "alert"] == ["2026-01-01T00:15:00.000000Z"]


def test_each_machine_has_its_own_alert(store: Store) -> None:
    """Two machines that fall silent are two alerts."""
    keep(store, make_machine("box-1"), make_machine("box-2"), make_machine("box-3", NOW + 1000))
    store.clock.advance(1000)
    Due(store).settle()

    assert sorted(alert.machine.rpartition("/")[2] for alert in store.all(Alert)) == ["box-1", "box-2"]


def test_without_a_rule_nobody_is_told_later(store: Store) -> None:
    """A rule that comes after the alert does not hear of it."""
    keep(store, make_machine())
    store.clock.advance(900)
    Due(store).settle()
    keep(store, AlertRule(key="rule", webhook="cloud"))
    Due(store).settle()

    assert store.all(InboxMessage) == []
    assert store.all(Alert)[0].deliveries == 0


def test_a_webhook_is_told_in_order(store: Store) -> None:
    """Fired comes before Resolved, also when both are due at once."""
    keep(store, Alert(key="k", machine="m", fired=NOW, resolved=NOW + 1), AlertRule(key="rule", webhook=HOOK))
    hook = Hook()
    settle(store, hook)

    assert conditions(hook.bodies) == ["Fired", "Resolved"]
    assert (store.all(Alert)[0].told, store.all(Alert)[0].deliveries) == ("Resolved", 1)


@pytest.mark.parametrize(
    ("answers", "tries", "expected"),
    [
        ([200], 1, (200, 1)), ([404], 1, (404, 0)), ([503, 503, 200], 3, (200, 1)), ([503], 3, (503, 0)),
        ([httpx.ConnectError("no"), 200], 2, (200, 1)), ([httpx.ReadTimeout("slow")], 3, (0, 0)),
        ([httpx.InvalidURL("bad")], 3, (0, 0)), ([UnicodeError("idna")], 3, (0, 0)),
    ],
    ids=["taken", "refused", "taken at last", "never taken", "reached at last", "too slow", "no URL", "no host"],
)  # fmt: skip
def test_tries(store: Store, answers: list[int | Exception], tries: int, expected: tuple[int, int]) -> None:
    """A server's mistake and a broken network are tried three times, a refusal once; then it is over."""
    keep(store, Alert(key="k", machine="m", fired=NOW), AlertRule(key="rule", webhook=HOOK))
    hook = Hook(*answers)
    settle(store, hook)
    event = next(event for event in store.events if event.kind == "webhook")

    assert (len(hook.bodies), (event.data["status"], store.all(Alert)[0].deliveries)) == (tries, expected)
    assert ("problem" in event.data) == (event.data["status"] == 0)


def test_a_slow_webhook_delays_nobody(store: Store) -> None:
    """While a receiver is slow, settling returns and other alerts fire; each state is told once."""
    release = asyncio.Event()
    hook = Hook()

    async def slow(url: str, body: dict[str, Any]) -> int:
        await release.wait()
        return await hook(url, body)

    async def go() -> list[str]:
        due = Due(store, slow)
        due.settle()
        await asyncio.sleep(0)
        keep(store, make_machine("box-2", NOW - 100))
        due.settle()
        meanwhile = operations(store, "alert", "webhook")
        release.set()
        await due.delivered()
        return meanwhile

    keep(store, make_machine(), AlertRule(key="rule", webhook=HOOK))
    store.clock.advance(900)

    assert asyncio.run(go()) == ["alerts.fire", "alerts.fire"]
    assert conditions(hook.bodies) == ["Fired", "Fired"]


def test_a_return_while_it_is_told_is_not_lost(store: Store) -> None:
    """A machine that is heard while its alert is under way stays resolved, and the return is told as well."""
    hook = Hook()

    async def heard_meanwhile(url: str, body: dict[str, Any]) -> int:
        alert = store.all(Alert)[0]
        if not alert.resolved:
            store.apply(alert_rules.resolved(alert, NOW + 1000))
        return await hook(url, body)

    keep(store, Alert(key="k", machine="m", fired=NOW), AlertRule(key="rule", webhook=HOOK))
    settle(store, heard_meanwhile)

    assert (store.all(Alert)[0].resolved, store.all(Alert)[0].deliveries) == (NOW + 1000, 1)
    assert conditions(hook.bodies) == ["Fired", "Resolved"]


def test_a_rule_that_changes_while_it_is_told(store: Store) -> None:
    """What the old webhook was not told of goes to the new place; nothing is told twice."""
    hook = Hook()

    async def move(url: str, body: dict[str, Any]) -> int:
        keep(store, AlertRule(key="rule", webhook="cloud"))
        due.settle()
        return await hook(url, body)

    async def go() -> None:
        due.settle()
        await due.delivered()

    due = Due(store, move)
    keep(store, Alert(key="k", machine="m", fired=NOW, resolved=NOW + 1, told="Fired"))
    keep(store, Alert(key="l", machine="n", fired=NOW + 2), AlertRule(key="rule", webhook=HOOK))
    asyncio.run(go())

    assert (conditions(hook.bodies), conditions([m.body for m in store.all(InboxMessage)])) == (["Resolved"], ["Fired"])
    assert [alert.told for alert in store.all(Alert)] == ["Resolved", "Fired"]


def test_closing_breaks_off_and_it_is_told_again(store: Store) -> None:
    """A delivery that was under way when the cloud ended is made by the next one."""

    async def never(url: str, body: dict[str, Any]) -> int:
        await asyncio.sleep(60)
        return 200

    async def end() -> None:
        due = Due(store, never)
        due.settle()
        await asyncio.sleep(0)
        await due.close()

    keep(store, Alert(key="k", machine="m", fired=NOW), AlertRule(key="rule", webhook=HOOK))
    asyncio.run(end())
    hook = Hook()
    settle(store, hook)

    assert conditions(hook.bodies) == ["Fired"]


@pytest.mark.parametrize(("age_s", "fetched", "expected"), [(21599, 0.0, "InProgress"), (21600, 0.0, "Failed"),
                                                           (21600, NOW, "InProgress")])  # fmt: skip
def test_operations_that_nobody_fetches_lapse(store: Store, age_s: int, fetched: float, expected: str) -> None:
    """After six hours an operation that no agent fetched has failed, and its extension says why."""
    machine = make_machine("box-1", NOW + age_s)
    extension = Extension(key=f"{machine.key}/extensions/e", machine=machine.key, name="e", location="eastus",
                          publisher="p", type="t", version="1")  # fmt: skip
    operation = Operation(key="o", status="InProgress", started=NOW, resource=extension.key,
                          action="extensions.install", machine=machine.key)  # fmt: skip
    keep(store, machine, extension, msgspec.structs.replace(operation, fetched=fetched))
    store.clock.advance(age_s)
    Due(store).settle()

    assert store.all(Operation)[0].status == expected
    assert store.all(Extension)[0].code == ("Timeout" if expected == "Failed" else "")


def test_a_body_is_posted_as_json() -> None:
    """A receiver on a real socket gets the body with its type; its status is given back."""
    got: list[tuple[str | None, Any]] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append((self.headers["Content-Type"], json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
            self.send_response(202)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class wants it
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        status = asyncio.run(post_json(f"http://127.0.0.1:{server.server_port}/hook", {"a": 1}))
        thread.join()

    assert (status, got) == (202, [("application/json", {"a": 1})])
