"""Two senders with one identity: a duplicate for a minute, a clone for good."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from simulator.resources.entities import Machine
from simulator.store import Store
from tests.simulator.services.his.asking import (
    BEAT,
    HEARTBEAT,
    VM_ID,
    Make,
    Send,
    code,
)


@pytest.mark.parametrize(("after_s", "expected"), [(0, 429), (59, 429), (60, 200)])
def test_another_sender_is_a_duplicate_for_a_minute(
    beat_from: Callable[[str], httpx.Response], cloud_store: Store, after_s: int, expected: int
) -> None:
    """A heartbeat from another address is refused until 60 s of lab time after the last one."""
    beat_from("10.0.0.5")
    cloud_store.clock.advance(after_s)

    assert beat_from("10.0.0.6").status_code == expected


def test_a_duplicate_is_told_when_to_come_again(beat_from: Callable[[str], httpx.Response], cloud_store: Store) -> None:
    """The refusal names what is left of the minute, changes nothing, and leaves the first sender alone."""
    beat_from("10.0.0.5")
    cloud_store.clock.advance(20)
    refused = beat_from("10.0.0.6")
    again = beat_from("10.0.0.5")

    assert (code(refused), refused.headers["retry-after"]) == ((429, "DuplicateHeartbeat"), "40")
    assert (again.status_code, cloud_store.all(Machine)[0].heartbeats) == (200, 2)


def test_a_new_identity_is_no_duplicate(
    beat_from: Callable[[str], httpx.Response],
    send: Send,
    make_machine: Make,
    bearer: Callable[..., dict[str, str]],
) -> None:
    """Another computer that takes over the resource, with a vmId of its own, may speak at once."""
    beat_from("10.0.0.5")
    changed = make_machine(number=2)
    url = HEARTBEAT.replace(VM_ID, changed["properties"]["vmId"])

    assert send("POST", url, json=BEAT, headers=bearer(), sender="10.0.0.6").status_code == 200


def test_a_clone_is_refused(
    send: Send, make_machine: Make, bearer: Callable[..., dict[str, str]], cloud_store: Store,
    arm: Callable[..., httpx.Response],
) -> None:  # fmt: skip
    """The second return of a sender is 429 with the reason; ARM tells it, and the machine stays Connected."""
    make_machine()
    answers = []
    for sender in ("10.0.0.5", "10.0.0.6", "10.0.0.5", "10.0.0.6"):
        answers.append(send("POST", HEARTBEAT, json=BEAT, headers=bearer(), sender=sender))
        cloud_store.clock.advance(150)
    properties = arm("GET", "{M}/box-1").json()["properties"]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert (code(answers[-1]), answers[-1].headers["retry-after"]) == ((429, "Cloned"), "300")
    assert (properties["status"], properties["statusReason"]) == ("Connected", "Cloned")
