"""The demo's fleet: every status, and alerts that fired, are over and are about to fire."""

from __future__ import annotations

import asyncio

from simulator.demo import fleet
from simulator.due import Due
from simulator.resources.entities import Alert, Extension, InboxMessage, Machine, Operation
from simulator.resources.machines import status_of
from simulator.seed import demo_case, plant
from simulator.store import Store

NOW = 1_767_225_600.0


def machines() -> dict[str, Machine]:
    """Give the machines by name."""
    return {value.name: value for value in fleet(demo_case(), NOW) if isinstance(value, Machine)}


def test_it_is_the_same_each_time() -> None:
    """At one lab time there is one fleet; ids do not depend on time, and no two are the same."""
    ids = [(m.vm_id, m.principal_id, m.client_id) for m in machines().values()]
    later = [v for v in fleet(demo_case(), NOW + 7) if isinstance(v, Machine)]

    assert fleet(demo_case(), NOW) == fleet(demo_case(), NOW)
    assert [(m.vm_id, m.principal_id, m.client_id) for m in later] == ids
    assert len({guid for row in ids for guid in row}) == 3 * len(ids)


def test_it_has_every_status() -> None:
    """Machines are connected, disconnected, expired, and waiting for their first heartbeat; of several distros."""
    found = machines().values()

    assert {status_of(m, NOW) for m in found} == {"Connected", "Disconnected", "Expired", "AwaitingConnection"}
    assert min(len({m.facts.get(name) for m in found}) for name in ("osSku", "agentVersion")) == len(found)


def test_extensions_are_good_bad_and_waiting() -> None:
    """An extension is shown in each state; the one that waits has its operation."""
    found = fleet(demo_case(), NOW)
    waiting = [v for v in found if isinstance(v, Extension) and v.state == "Creating"]

    assert {v.state for v in found if isinstance(v, Extension)} == {"Succeeded", "Failed", "Creating"}
    assert [v.resource for v in found if isinstance(v, Operation)] == [v.key for v in waiting]


def test_alerts_fire_by_themselves(store: Store) -> None:
    """The silent machines' alerts fire at the first look, and are delivered; db-02's does a minute later."""
    plant(store, demo_case(), is_demo=True)

    async def fired() -> list[str]:
        Due(store).settle()
        return [alert.machine.rpartition("/")[2] for alert in store.all(Alert) if not alert.resolved]

    before = asyncio.run(fired())
    store.clock.advance(61)

    assert before == ["app-01", "old-01"]
    assert "db-02" in asyncio.run(fired())
    assert len(store.all(InboxMessage)) == len(asyncio.run(fired()))
