"""Which requests a fault is about, and which of them it strikes: the same ones each time."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some
from starlette.requests import Request

from simulator.call import Call
from simulator.contract import Fault
from simulator.demo import fleet
from simulator.faults.rule import is_over, is_struck, machine_of, matches, moment
from simulator.resources.entities import FaultInForce, Machine
from simulator.resources.transition import Transition
from simulator.seed import demo_case
from simulator.store import Store

MACHINE = "/subscriptions/s/resourceGroups/g/providers/Microsoft.HybridCompute/machines/Box-1"


def make_call(method: str = "GET", path: str = MACHINE) -> Call:
    """Give a request on its way."""
    request = Request({"type": "http", "method": method, "path": path, "query_string": b"a=b", "headers": []})
    return Call(request, "management.azure.com", 0.0, operation="machines.get")


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault("drop"), True),
        (Fault("drop", host="Management.Azure.com"), True),
        (Fault("drop", host="*.azure.com", operation="machines.*"), True),
        (Fault("drop", host="login.*"), False),
        (Fault("drop", operation="machines"), False),
        (Fault("drop", operation="Machines.get"), False),
        (Fault("drop", method="get"), True),
        (Fault("drop", method="P*"), False),
        (Fault("drop", path="/SUBSCRIPTIONS/*/machines/box-?"), True),
        (Fault("drop", path="*a=b"), False),
        (Fault("drop", machine="box-*"), True),
        (Fault("drop", machine=f"{MACHINE.lower()}"), True),
        (Fault("drop", machine="box"), False),
        (Fault("drop", begins="2026-01-01T00:00:00Z", ends="2026-01-01T00:00:01Z"), True),
        (Fault("drop", begins="2026-01-01T00:00:01Z"), False),
        (Fault("drop", ends="2026-01-01T00:00:00Z"), False),
        (Fault("drop", ends="2026-01-01T01:00:00+01:00"), False),
    ],
    ids=lambda value: msgspec.json.encode(value).decode() if isinstance(value, Fault) else str(value),
)
def test_what_a_fault_is_about(store: Store, fault: Fault, expected: bool) -> None:
    """Every pattern has to match, and lab time has to be in the window; its end is not."""
    assert matches(fault, make_call(), store) == expected


@pytest.mark.parametrize(("method", "expected"), [("GET", True), ("HEAD", True), ("PUT", False), ("POST", False)])
def test_only_reads_are_stale(store: Store, method: str, expected: bool) -> None:
    """A write that an earlier state took would be lost."""
    assert matches(Fault("stale"), make_call(method), store) == expected


def test_whose_request_it_is(store: Store) -> None:
    """ARM names the machine, which need not exist; the agent its vmId, which has to; others are about none."""
    store.apply(Transition("t", fleet(demo_case(), store.clock.now())))
    machine = store.all(Machine)[0]
    paths = (f"{MACHINE}/extensions/a", f"/machine/{machine.vm_id}/heartbeat",
             f"/virtualMachines/{machine.vm_id}/extensions", "/machine/unheard/heartbeat", "/tenants")  # fmt: skip

    assert [machine_of(path, store) for path in paths] == [MACHINE, machine.key, machine.key, "", ""]
    assert not matches(Fault("drop", machine="?*"), make_call(path="/tenants"), store)


def struck(fault: Fault, count: int) -> list[int]:
    """Give the numbers of the requests that a fault strikes, of `count` that match."""
    entry, found = FaultInForce(key="1", fault=fault, armed=0), []
    for number in range(1, count + 1):
        if is_over(entry):
            break
        strikes = is_struck(entry)
        found += [number] if strikes else []
        entry = msgspec.structs.replace(entry, matched=entry.matched + 1, struck=entry.struck + strikes)
    return found


@given(first=some.integers(0, 5), after=some.integers(0, 9), every=some.integers(1, 4))
def test_counts(first: int, after: int, every: int) -> None:
    """Spared at the beginning, then every Nth, then no more."""
    expected = list(range(after + every, 31, every))

    assert struck(Fault("drop", first=first, after=after, every=every), 30) == (expected[:first] if first else expected)


@given(seed=some.integers(), probability=some.sampled_from((0.0, 0.1, 0.5, 0.9, 1.0)))
def test_chance(seed: int, probability: float) -> None:
    """The same seed strikes the same requests, about as often as it should; more chance strikes those and more."""
    found = struck(Fault("drop", seed=seed, probability=probability), 200)
    more = struck(Fault("drop", seed=seed, probability=min(1.0, probability + 0.1)), 200)

    assert found == struck(Fault("drop", seed=seed, probability=probability), 200)
    assert abs(len(found) - 200 * probability) <= 50
    assert set(found) <= set(more)


def test_another_seed_strikes_others() -> None:
    """Seeds differ."""
    assert len({tuple(struck(Fault("drop", seed=seed, probability=0.5), 50)) for seed in range(5)}) == 5


def test_a_time_needs_its_zone() -> None:
    """Lab time is UTC; a time without zone could mean anything."""
    assert moment("2026-01-01T00:00:00Z") == 1_767_225_600
    with pytest.raises(ValueError, match="has no zone"):
        moment("2026-01-01T00:00:00")
