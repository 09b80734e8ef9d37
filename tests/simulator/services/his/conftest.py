"""What the tests of the hybrid identity service share: tokens and heartbeats of a machine.

It discovers, certifies, hears and serves as docs/wire/his.md tells.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from simulator.resources.entities import Machine
from simulator.services.entra.issuer import Issuer
from simulator.store import Store
from tests.simulator.services.his.asking import AGENT_SERVICE, BEAT, HEARTBEAT, Make, Send


@pytest.fixture
def bearer(cloud_store: Store, signing_key: Any) -> Callable[..., dict[str, str]]:
    """Give a maker of the header with a machine's token, as Entra issues it."""
    issuer = Issuer(cloud_store, signing_key)

    def make(name: str = "box-1", audience: str = AGENT_SERVICE, lifetime: int = 86400) -> dict[str, str]:
        machine = next(machine for machine in cloud_store.all(Machine) if machine.name == name)
        claims = issuer.claims(issuer.tenant_id, audience, machine.principal_id, cloud_store.clock.now(), lifetime)
        return {"Authorization": f"Bearer {signing_key.sign(claims)}"}

    return make


@pytest.fixture
def beat(send: Send, make_machine: Make, bearer: Callable[..., dict[str, str]]) -> Callable[[], httpx.Response]:
    """Give a sender of heartbeats of a new machine, each with a fresh token."""
    make_machine()
    return lambda: send("POST", HEARTBEAT, json=BEAT, headers=bearer())


@pytest.fixture
def beat_from(send: Send, make_machine: Make, bearer: Callable[..., dict[str, str]]) -> Callable[[str], httpx.Response]:
    """Give a sender of heartbeats of one machine from an address."""
    make_machine()
    return lambda sender: send("POST", HEARTBEAT, json=BEAT, headers=bearer(), sender=sender)
