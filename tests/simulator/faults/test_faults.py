"""Faults in force: which requests they strike, how often, and that a change in mid-strike is safe."""

from __future__ import annotations

import asyncio
from typing import get_type_hints

import pytest
from starlette.requests import Request

from simulator.call import Call
from simulator.contract import Fault
from simulator.errors import ApiError, BadInput
from simulator.faults import EFFECTS, Faults, matches


def make_call(host: str = "management.azure.com", operation: str = "machines.get") -> Call:
    """Give a request on its way."""
    return Call(Request({"type": "http", "headers": []}), host, 0.0, operation=operation)


def is_struck(faults: Faults, call: Call) -> bool:
    """Say whether a request is refused."""
    try:
        asyncio.run(faults.strike(call))
    except ApiError:
        return True
    return False


def test_every_effect_has_a_line() -> None:
    """What the contract names can be done."""
    assert set(EFFECTS) == set(get_type_hints(Fault)["effect"].__args__)


@pytest.mark.parametrize(
    ("host", "operation", "expected"),
    [
        ("*", "*", True), ("management.azure.com", "*", True), ("Management.Azure.com", "*", True),
        ("*.azure.com", "machines.*", True), ("*", "machines.get", True), ("login.*", "*", False),
        ("*", "machines", False), ("*", "Machines.get", False),
    ],
)  # fmt: skip
def test_both_patterns_have_to_match(host: str, operation: str, expected: bool) -> None:
    """A fault is about a host, in any case, and an operation."""
    assert matches(Fault("http_error", host=host, operation=operation), make_call()) == expected


def test_first_limits_how_often() -> None:
    """`first: 2` strikes two requests that match, and counts no others."""
    faults = Faults()
    faults.add(Fault("http_error", operation="machines.*", first=2))
    found = [is_struck(faults, make_call(operation=name)) for name in ("groups.get", *["machines.get"] * 3)]

    assert found == [False, True, True, False]


def test_a_cleared_fault_strikes_nobody() -> None:
    """After `clear` everything goes right, and a new fault counts from the beginning."""
    faults = Faults()
    faults.add(Fault("http_error", first=1))
    first = is_struck(faults, make_call())
    faults.clear()
    cleared = is_struck(faults, make_call())
    faults.add(Fault("http_error", first=1))

    assert (first, cleared, is_struck(faults, make_call())) == (True, False, True)


def test_clearing_saves_who_waits() -> None:
    """A request that a latency holds is not struck by the next fault when all are cleared meanwhile."""
    faults = Faults()
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


def test_faults_strike_in_order() -> None:
    """The oldest comes first; what strikes is noted for the journal."""
    faults = Faults()
    faults.add(Fault("latency"))
    faults.add(Fault("http_error", status=500))
    faults.add(Fault("drop"))
    call = make_call()
    with pytest.raises(ApiError):
        asyncio.run(faults.strike(call))

    assert call.faults == ["latency", "http_error"]
    assert [fault.effect for fault in faults.listed()] == ["latency", "http_error", "drop"]


@pytest.mark.parametrize(
    "fault",
    [
        Fault("http_error", status=200), Fault("http_error", status=600), Fault("latency", delay_s=-1),
        Fault("latency", delay_s=float("inf")), Fault("drop", first=-1), Fault("http_error", retry_after_s=-1),
    ],
    ids=["no error", "no status", "negative delay", "endless delay", "negative first", "negative retry"],
)  # fmt: skip
def test_impossible_faults(fault: Fault) -> None:
    """A number that cannot be is refused when the fault is set, not when it strikes."""
    with pytest.raises(BadInput):
        Faults().add(fault)
