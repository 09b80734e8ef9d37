"""Heartbeats: what they change, from whom they are not taken, and what follows from a return."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from simulator.resources.entities import Alert, InboxMessage, Machine
from simulator.resources.machines import shown, status_of
from simulator.store import Store
from tests.simulator.services.his.asking import (
    AGENT_SERVICE,
    BEAT,
    HEARTBEAT,
    Make,
    Send,
    code,
)


def test_a_heartbeat_connects(
    send: Send, make_machine: Make, bearer: Callable[..., dict[str, str]], cloud_store: Store
) -> None:
    """A heartbeat is taken, journaled, and makes the machine Connected with what it told."""
    machine = make_machine()
    answer = send("POST", HEARTBEAT, json=BEAT, headers=bearer())
    stored = cloud_store.all(Machine)[0]
    kinds = [(event.kind, event.machine, event.status) for event in cloud_store.events[-2:]]

    assert (answer.status_code, answer.json()) == (
        200, {"nextHeartbeatSeconds": 300, "desiredVersion": None, "tags": {}, "automaticUpgrade": False},
    )  # fmt: skip
    assert (stored.facts["agentVersion"], stored.heartbeats) == ("1.67.03504.1320", 1)
    assert status_of(stored, cloud_store.clock.now()) == "Connected"
    assert kinds == [("heartbeat", machine["id"], 0), ("request", machine["id"], 200)]


def test_a_heartbeat_brings_the_switch_and_takes_the_attempt(
    send: Send, arm: Send, make_machine: Make, bearer: Callable[..., dict[str, str]], cloud_store: Store
) -> None:
    """Of automatic upgrades: what a client has switched, and how the last one went; the switch is not the agent's."""
    make_machine()
    arm("PATCH", "{M}/box-1", json={"properties": {"agentUpgrade": {"enableAutomaticUpgrade": True}}})
    attempt = {"lastAttemptStatus": "Failed", "lastAttemptMessage": "why", "enableAutomaticUpgrade": False}
    answer = send("POST", HEARTBEAT, json={**BEAT, "agentUpgrade": attempt}, headers=bearer())
    stored = cloud_store.all(Machine)[0]

    assert answer.json()["automaticUpgrade"] is True
    assert shown(stored, None, "t", cloud_store.clock.now())["properties"]["agentUpgrade"] == {
        "enableAutomaticUpgrade": True, "lastAttemptStatus": "Failed", "lastAttemptMessage": "why"
    }  # fmt: skip
    refused = send("POST", HEARTBEAT, json={**BEAT, "agentUpgrade": "x"}, headers=bearer())
    assert refused.status_code == 400


def test_a_heartbeat_keeps_known_members_only(
    send: Send, make_machine: Make, bearer: Callable[..., dict[str, str]], cloud_store: Store
) -> None:
    """What the protocol does not know is not kept."""
    make_machine()
    send("POST", HEARTBEAT, json=BEAT, headers=bearer())

    assert cloud_store.all(Machine)[0].facts == {"agentVersion": "1.67.03504.1320", "osName": "linux"}


def test_a_deleted_machine_is_not_heard(
    send: Send, arm: Send, make_machine: Make, bearer: Callable[..., dict[str, str]]
) -> None:
    """After its resource was deleted a machine's heartbeat is answered 404."""
    make_machine()
    headers = bearer()
    arm("DELETE", "{M}/box-1")

    assert code(send("POST", HEARTBEAT, json=BEAT, headers=headers)) == (404, "MachineNotFound")


@pytest.mark.parametrize(
    ("silence", "expected"), [(900, 200), (45 * 86400 - 1, 200), (45 * 86400, 403)], ids=["15 min", "just", "45 days"]
)
def test_an_expired_machine_is_not_heard(
    beat: Callable[[], httpx.Response], cloud_store: Store, silence: int, expected: int
) -> None:
    """A disconnected machine is heard again, an expired one is not."""
    beat()
    cloud_store.clock.advance(silence)

    assert beat().status_code == expected


def test_an_expired_identity_is_called_so(beat: Callable[[], httpx.Response], cloud_store: Store) -> None:
    """The agent can tell an expired identity from a token that is not good, and the machine stays Expired."""
    beat()
    cloud_store.clock.advance(45 * 86400)

    assert code(beat()) == (403, "IdentityExpired")
    assert cloud_store.all(Machine)[0].heartbeats == 1


def test_bad_tokens(
    send: Send, make_machine: Make, bearer: Callable[..., dict[str, str]], token: Callable[..., str]
) -> None:
    """No token, one for another audience, an ended one, a person's and another machine's are refused."""
    make_machine()
    make_machine("box-2", 2)
    found = [
        code(send("POST", HEARTBEAT, json=BEAT)),
        code(send("POST", HEARTBEAT, json=BEAT, headers=bearer(audience="https://management.azure.com"))),
        code(send("POST", HEARTBEAT, json=BEAT, headers=bearer(lifetime=0))),
        code(send("POST", HEARTBEAT, json=BEAT, headers={"Authorization": f"Bearer {token('owner', AGENT_SERVICE)}"})),
        code(send("POST", HEARTBEAT, json=BEAT, headers=bearer("box-2"))),
    ]

    assert found == [(401, "InvalidToken")] * 3 + [(403, "AuthorizationFailed")] * 2


def test_a_return_resolves_the_alert(beat: Callable[[], httpx.Response], cloud_store: Store) -> None:
    """Silence fires one alert and the next heartbeat resolves it, in this order in the journal."""
    beat()
    cloud_store.clock.advance(5000)
    beat()
    beat()
    states = [(event.data["state"], event.time[11:19]) for event in cloud_store.events if event.kind == "alert"]

    assert states == [("Fired", "00:15:00"), ("Resolved", "01:23:20")]
    assert len(cloud_store.all(Alert)) == 1


def test_a_return_is_told_before_the_answer(
    beat: Callable[[], httpx.Response], cloud_store: Store, control: Callable[..., httpx.Response]
) -> None:
    """Whoever holds the answer to the heartbeat finds both messages in the inbox, and the request's event behind."""
    control("PUT", "/alert-rule", json={"webhook": "cloud"})
    beat()
    cloud_store.clock.advance(1000)
    beat()
    conditions = [item.body["data"]["essentials"]["monitorCondition"] for item in cloud_store.all(InboxMessage)]

    assert conditions == ["Fired", "Resolved"]
    assert cloud_store.events[-1].operation == "his.heartbeat"
    assert cloud_store.events[-1].kind == "request"
