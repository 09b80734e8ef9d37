"""Faults in force: struck in order, counted, kept, cleared; and that a change in mid-strike is safe."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import get_type_hints

import pytest
from starlette.requests import Request

from simulator.call import Call
from simulator.clock import Clock
from simulator.contract import Fault
from simulator.errors import ApiError
from simulator.faults import EFFECTS, Faults
from simulator.resources.entities import EarlierState, Lock
from simulator.resources.transition import Transition
from simulator.store import Store


@pytest.fixture
def faults(store: Store) -> Faults:
    """Give a cloud's faults; none is in force."""
    return Faults(store)


def make_call(operation: str = "machines.get") -> Call:
    """Give a request on its way."""
    request = Request({"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []})
    return Call(request, "management.azure.com", 0.0, operation=operation)


def is_struck(faults: Faults, call: Call) -> bool:
    """Say whether a request is refused."""
    try:
        asyncio.run(faults.strike(call))
    except ApiError:
        return True
    return False


def test_every_effect_has_a_line() -> None:
    """What the contract names can be done, by the file of its name."""
    assert set(EFFECTS) == set(get_type_hints(Fault)["effect"].__args__)
    assert [apply.__module__ for apply in EFFECTS.values()] == [f"simulator.faults.{effect}" for effect in EFFECTS]


def test_first_limits_how_often(faults: Faults) -> None:
    """`first: 2` strikes two requests that match, and counts no others."""
    faults.add(Fault("http_error", operation="machines.*", first=2))
    found = [is_struck(faults, make_call(name)) for name in ("groups.get", *["machines.get"] * 3)]

    assert found == [False, True, True, False]
    assert [(entry.matched, entry.struck) for entry in faults.listed()] == [(2, 2)]


def test_a_cleared_fault_strikes_nobody(faults: Faults) -> None:
    """After `clear` everything goes right, and a new fault counts from the beginning."""
    faults.add(Fault("http_error", first=1))
    first = is_struck(faults, make_call())
    faults.clear()
    cleared = is_struck(faults, make_call())
    faults.add(Fault("http_error", first=1))

    assert (first, cleared, is_struck(faults, make_call())) == (True, False, True)


def test_one_is_cleared(faults: Faults, store: Store) -> None:
    """One fault goes by its number, with what was kept for it; another number is none and is not journaled."""
    gone, stays = faults.add(Fault("stale")), faults.add(Fault("latency"))
    before = store.last
    found = [faults.clear("7"), faults.clear(gone.id)]

    assert (found, [entry.id for entry in faults.listed()]) == ([False, True], [stays.id])
    assert [event.data for event in store.since(before)] == [{"fault": gone.id}]
    assert store.all(EarlierState) == []


def test_clearing_saves_who_waits(faults: Faults) -> None:
    """A request that a latency holds is not struck by the next fault when all are cleared meanwhile."""
    faults.add(Fault("latency", delay_s=0.05))
    faults.add(Fault("http_error"))

    async def strike_and_clear() -> Call:
        call = make_call()
        waiting = asyncio.create_task(faults.strike(call))
        await asyncio.sleep(0)
        faults.clear()
        faults.add(Fault("http_error"))
        faults.add(Fault("http_error"))
        await waiting
        return call

    assert asyncio.run(strike_and_clear()).faults == ["latency"]


def test_faults_strike_in_order(faults: Faults) -> None:
    """The oldest comes first; what strikes is noted for the journal; what comes after an answer does not strike."""
    for fault in (Fault("latency"), Fault("http_error", status=500), Fault("drop")):
        faults.add(fault)
    call = make_call()
    with pytest.raises(ApiError):
        asyncio.run(faults.strike(call))

    assert call.faults == ["latency", "http_error"]
    assert [(entry.fault.effect, entry.struck) for entry in faults.listed()] == [
        ("latency", 1), ("http_error", 1), ("drop", 0)
    ]  # fmt: skip


def test_an_answer_ends_it(faults: Faults) -> None:
    """An effect that answers is the last."""
    faults.add(Fault("answer", status=204))
    faults.add(Fault("http_error"))
    answer = asyncio.run(faults.strike(make_call()))

    assert answer is not None
    assert answer.status_code == 204


def test_a_restarted_cloud_counts_on(tmp_path: Path, clock: Clock) -> None:
    """Faults and their counts are state: a restart, and a cleared neighbour, change nothing about them."""
    store = Store(tmp_path / "state", clock)
    Faults(store).add(Fault("http_error", first=2))
    is_struck(Faults(store), make_call())
    store.close()
    again = Faults(Store(tmp_path / "state", clock))

    assert [is_struck(again, make_call()) for _ in range(2)] == [True, False]


def test_every_match_is_journaled(faults: Faults, store: Store) -> None:
    """The journal says which requests a fault has struck and which it has spared; a used-up fault says nothing."""
    faults.add(Fault("http_error", every=2, first=1))
    for _ in range(4):
        is_struck(faults, make_call())

    assert [event.operation for event in store.events] == ["faults.add", "faults.spare", "faults.strike"]
    assert store.events[2].data == {"fault": "000000001", "effect": "http_error", "operation": "machines.get"}


def test_numbers_are_never_used_again(faults: Faults, store: Store) -> None:
    """Who holds the number of a fault that is gone does not clear another one."""
    first = faults.add(Fault("latency"))
    faults.clear()

    assert faults.add(Fault("latency")).id > first.id


def test_a_stale_fault_keeps_what_was(faults: Faults, store: Store) -> None:
    """The state at the moment of arming is kept, without faults and other earlier states."""
    store.apply(Transition("t", (Lock(key="a", scope="a"),)))
    faults.add(Fault("stale"))
    second = faults.add(Fault("stale"))
    kept = store.get(EarlierState, second.id)

    assert kept is not None
    assert kept.entities == {"Lock": [Lock(key="a", scope="a")]}
