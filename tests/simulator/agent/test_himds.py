"""himds against the simulated cloud, in memory: heartbeats, renewal by lab time, a region that moves, a clone.

The agent and the cloud are both ours: what is seen here is that they keep to docs/wire/his.md, not that Azure does.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from simulator.resources.entities import Machine
from simulator.resources.transition import Transition
from simulator.store import Store

pytestmark = pytest.mark.process

DAY = 86400
Control = Callable[..., httpx.Response]
Make = Callable[..., Any]


def machine_of(store: Store) -> Machine:
    """Give the connected machine."""
    return store.all(Machine)[0]


def state_of(himds: Any) -> str:
    """Give the agent's own state file."""
    return Path(himds.paths.agent_state).read_text()


def live(himds: Any, store: Store, days: int, every: int = 22) -> None:
    """Let days go by, with a heartbeat every few days, which is often enough not to expire."""
    for _ in range(0, days, every):
        store.clock.advance(every * DAY)
        assert himds.beat() == ""


def test_the_first_heartbeat(make_himds: Make, cloud_store: Store) -> None:
    """Connecting ends with a heartbeat; the next one is due after five minutes."""
    himds = make_himds()

    assert (machine_of(cloud_store).heartbeats, himds.due()) == (1, cloud_store.clock.now() + 300)


def test_the_certificate_is_renewed_at_day_45(make_himds: Make, cloud_store: Store) -> None:
    """One second before, the certificate stays; at 45 days of lab time the heartbeat brings a new one for 90 days."""
    himds = make_himds()
    begun = cloud_store.clock.now()
    first = himds.identity.certificate()
    live(himds, cloud_store, 44)
    cloud_store.clock.advance(DAY - 1)
    himds.beat()
    before = himds.identity.certificate()
    cloud_store.clock.advance(1)
    himds.beat()
    renewed = [event for event in cloud_store.since(0) if event.operation == "his.identity" and event.kind != "request"]

    assert (before, himds.identity.certificate() == first) == (first, False)
    assert machine_of(cloud_store).certificate_end == begun + 135 * DAY
    assert len(renewed) == 2


def test_half_a_year_of_renewals(make_himds: Make, cloud_store: Store) -> None:
    """A machine that lives for half a year stays connected; its certificate is renewed every 45 days."""
    himds = make_himds()
    live(himds, cloud_store, 180, every=15)
    renewed = [event for event in cloud_store.since(0) if event.operation == "his.identity" and event.kind != "request"]

    assert len(renewed) == 1 + 180 // 45


def test_a_renewal_that_fails_stops_no_heartbeat(make_himds: Make, cloud_store: Store, control: Control) -> None:
    """The heartbeat is sent all the same, and the next one renews."""
    himds = make_himds()
    live(himds, cloud_store, 44)
    fault = {"effect": "http_error", "operation": "his.identity", "status": 400, "code": "Busy", "first": 1}
    control("POST", "/faults", json=fault)
    cloud_store.clock.advance(DAY)
    refused = himds.beat()
    ends = machine_of(cloud_store).certificate_end
    cloud_store.clock.advance(300)
    himds.beat()

    assert (refused, machine_of(cloud_store).certificate_end > ends) == ("", True)
    assert (
        "Renewing the certificate failed: The certificate was refused: Busy" in Path(himds.paths.himds_log).read_text()
    )


def test_an_ended_certificate_silences_the_machine(
    make_himds: Make, cloud_store: Store, azure: Any, run_command: Callable[..., tuple[int, str]]
) -> None:
    """After 90 days without the network the machine cannot sign in; connecting again gives it a new identity."""
    himds = make_himds()
    cloud_store.clock.advance(90 * DAY)
    first, second = himds.beat(), himds.beat()
    heartbeats = machine_of(cloud_store).heartbeats

    assert ("AADSTS700027" in first, "AADSTS700027" in second, heartbeats) == (True, True, 1)
    assert '"expired": true' in state_of(himds)
    cloud_store.apply(Transition("test.delete", delete=((Machine, machine_of(cloud_store).key),)))
    Path(himds.paths.agent_config).unlink()
    himds.identity.forget()
    assert make_himds().beat() == ""


def test_a_region_that_moves_is_followed(make_himds: Make, cloud_store: Store, control: Control, azure: Any) -> None:
    """The old host answers 421; the agent discovers again, keeps the new host and goes on there."""
    himds = make_himds()
    control("POST", "/region", json={"location": "eastus", "code": "eus9"})
    cloud_store.clock.advance(300)
    azure.asked.clear()
    moved = himds.beat()
    asked = [url.split("?")[0].split("/machine")[0] for url in azure.asked]
    azure.asked.clear()
    cloud_store.clock.advance(300)
    himds.beat()

    assert (moved, machine_of(cloud_store).heartbeats) == ("", 3)
    assert asked == [
        "https://eus.his.arc.azure.com", "https://gbl.his.arc.azure.com/discovery", "https://eus9.his.arc.azure.com",
    ]  # fmt: skip
    assert [url.startswith("https://eus9.his.arc.azure.com/") for url in azure.asked] == [True]


def test_a_clone_is_refused_and_waits(make_himds: Make, cloud_store: Store, azure: Any) -> None:
    """Machine and clone take turns, then the clone is told so and comes again after a whole period."""
    himds = make_himds()
    for sender in ("10.0.0.6", "10.0.0.5"):
        cloud_store.clock.advance(150)
        azure.sender = sender
        assert himds.beat() == ""
    cloud_store.clock.advance(150)
    azure.sender = "10.0.0.6"
    refused = himds.beat()

    assert refused.startswith("429 Cloned: Another machine uses this identity: '10.0.0.5'.")
    assert himds.due() == cloud_store.clock.now() + 300


def test_one_heartbeat_when_told_to_read_anew(make_himds: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line makes the heartbeat due and sends it in one go: the daemon's own loop cannot come between."""
    himds = make_himds()
    free: list[bool] = []

    def beat() -> str:
        thread = threading.Thread(target=lambda: free.append(himds.lock.acquire(blocking=False)))
        thread.start()
        thread.join()
        return ""

    monkeypatch.setattr(himds, "beat", beat)
    himds.answer({"command": "reload"})

    assert free == [False]


def test_a_lost_network_is_tried_again(make_himds: Make, cloud_store: Store, azure: Any) -> None:
    """Without an answer the heartbeat is repeated after five seconds, and taken when the network is back."""
    himds = make_himds()
    cloud_store.clock.advance(300)
    azure.fail = True
    lost, due = himds.beat(), himds.due()
    azure.fail = False

    assert (lost, due, himds.beat()) == ("no route", cloud_store.clock.now() + 5, "")


def test_tags_come_with_the_heartbeat(make_himds: Make, cloud_store: Store, arm: Callable[..., httpx.Response]) -> None:
    """Tags that were set in Azure are known on the machine after the next heartbeat."""
    himds = make_himds()
    arm("PATCH", "{M}/box-1", json={"tags": {"team": "a"}})
    himds.beat()

    assert '"team": "a"' in state_of(himds)


def test_automatic_upgrades_are_switched_by_the_heartbeat(
    make_himds: Make, cloud_store: Store, arm: Callable[..., httpx.Response]
) -> None:
    """The switch is known on the machine after the next heartbeat, which tells of the last attempt."""
    himds = make_himds()
    Path(himds.paths.upgrade_attempt).write_text('{"lastAttemptStatus": "Success"}')
    himds.beat()
    off = '"automaticUpgrade": false' in state_of(himds)
    arm("PATCH", "{M}/box-1", json={"properties": {"agentUpgrade": {"enableAutomaticUpgrade": True}}})
    himds.beat()

    assert (off, '"automaticUpgrade": true' in state_of(himds)) == (True, True)
    assert cloud_store.all(Machine)[0].facts["agentUpgrade"] == {"lastAttemptStatus": "Success"}


@pytest.mark.parametrize("port", [40341, 40342])
def test_a_taken_port_is_told(
    make_himds: Make, agent_module: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch, port: int
) -> None:
    """himds goes on without a port that it cannot have, and says so in its log."""
    himds = make_himds(connected=False)
    module = agent_module("himds")

    def refuse(daemon: Any, family: int, address: str, taken: int, context: Any) -> None:
        if taken == port:
            raise OSError(98, "Address already in use")

    monkeypatch.setattr(module, "serve_http", refuse)
    monkeypatch.setattr(module.threading, "Thread", lambda target, args, **_: _Now(target, args))
    module.serve_locally(himds)
    log = Path(himds.paths.himds_log).read_text()

    assert [f"No listener on {address} port {port}: " in log for address in ("127.0.0.1", "::1")] == [True, True]


class _Now:
    """A thread that runs at once."""

    def __init__(self, target: Callable[..., None], arguments: tuple[Any, ...]) -> None:
        self._target, self._arguments = target, arguments

    def start(self) -> None:
        """Run."""
        self._target(*self._arguments)


def test_a_token_of_another_identity_is_never_given(make_himds: Make, agent_module: Callable[[str], Any]) -> None:
    """A daemon that was not told of a new connection asks for a token of the new identity, which Entra knows or not."""
    himds = make_himds()
    audience = agent_module("azure").AGENT_SERVICE
    held = himds.identity.token(audience)
    path = Path(himds.paths.agent_config)
    path.write_text(path.read_text().replace(held["clientId"], "00000000-0000-0000-0000-00000000abcd"))

    with pytest.raises(agent_module("errors").AgentError) as refused:
        himds.identity.token(audience)

    assert refused.value.code == 41
