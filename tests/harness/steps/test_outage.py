"""outage: what is done to the machine's way to Azure, how the time passes, and that it is made good in the end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from harness.context import Context
from harness.model.crash_steps import Outage
from harness.steps import outage
from simulator.contract import Clock, Event, Fault, MachineState

MakeContext = Callable[..., Context]
_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


class _Lab:
    """A control and a machine in one, which write down what is done; heartbeats come while all is well."""

    offset_s = 0
    is_plugged = True

    def __init__(self, *, alive: bool = True, status: str = "Connected") -> None:
        self.now, self.done, self.events, self.faults = _BEGIN, list[str](), list[Event](), dict[str, Fault]()
        self.waited: list[tuple[str, float]] = []
        self._alive, self._status = alive, status

    def note(self, what: str) -> None:
        self.done.append(f"{(self.now - _BEGIN).total_seconds() / 60:.0f} {what}")

    def lab_now(self) -> datetime:
        return self.now

    def machines(self) -> list[MachineState]:
        return [MachineState("/m/box-1", "box-1", "v", self._status, "Succeeded")]  # type: ignore[arg-type] # one of them

    def advance(self, seconds: int) -> Clock:
        self.now += timedelta(seconds=seconds)
        self.note("clock")
        if self._alive and self.is_plugged and not self.faults:
            moment = self.now.isoformat()
            self.events.append(Event(len(self.events) + 1, moment, moment, "heartbeat", machine="/m/box-1"))
        return Clock(self.now.isoformat(), 0)

    def fetch(self, *, kind: str = "", wait_s: float = 0.0) -> list[Event]:
        if kind:
            self.waited.append((kind, wait_s))
        return []

    def last_seq(self) -> int:
        return len(self.events)

    def add_fault(self, fault: Fault) -> str:
        self.note(f"{fault.effect} {fault.status if fault.effect != 'drop' else ''}".strip())
        self.faults["1"] = fault
        return "1"

    def clear_fault(self, number: str) -> None:
        self.note("cleared")
        del self.faults[number]

    def move_region(self, location: str, code: str) -> None:
        assert code.isalnum()
        self.note(f"{location} moves")

    def unplug(self) -> None:
        self.note("unplugged")
        self.is_plugged = False

    def plug(self) -> None:
        self.note("plugged")
        self.is_plugged = True

    def reboot(self) -> None:
        self.note("reboot")

    def be_ahead(self, offset_s: int) -> None:
        """Nothing to do: its clock is right."""


@pytest.fixture
def disturb(make_context: MakeContext, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Give a function that runs the step in such a lab, and what was done there."""
    monkeypatch.setattr("harness.steps.outage.time.sleep", lambda _: None)

    def run(lab: _Lab, **arguments: Any) -> list[str]:
        context = make_context()
        context.control = context.machine = lab  # type: ignore[assignment] # what the step uses of both
        context.machines = {"box-1": lab}  # type: ignore[dict-item]
        context.azure = SimpleNamespace(location="eastus")  # type: ignore[assignment]
        outage.run(context, Outage(**arguments))
        return lab.done

    return run


@pytest.mark.parametrize(
    ("arguments", "begin", "end"),
    [
        ({"by": "answer", "answer": 429}, ["http_error 429"], ["cleared"]),
        ({"by": "html"}, ["answer 200"], ["cleared"]),
        ({"by": "drop"}, ["drop"], ["cleared"]),
        ({"by": "cable"}, ["unplugged"], ["plugged"]),
        ({"by": "cable", "reboot": True}, ["unplugged", "reboot"], ["plugged"]),
        ({"by": "move"}, ["eastus moves"], []),
    ],
    ids=lambda value: str(value.get("by")) if isinstance(value, dict) else "",
)
def test_an_outage_lasts_and_is_made_good(
    disturb: Callable[..., list[str]], arguments: dict[str, Any], begin: list[str], end: list[str]
) -> None:
    """Eleven minutes in steps of a period, so that the agent tries more than once; then one until it is heard."""
    assert disturb(_Lab(), **arguments) == [
        *(f"0 {what}" for what in begin), "5 clock", "10 clock", "11 clock", *(f"11 {what}" for what in end),
        "16 clock",
    ]  # fmt: skip


def test_a_machine_that_sleeps_does_not_see_the_time_pass(disturb: Callable[..., list[str]]) -> None:
    """Its clock jumps at once."""
    assert disturb(_Lab(), by="sleep", lasts="1d") == ["1440 clock", "1445 clock"]


def test_one_that_is_not_heard_gets_two_periods(disturb: Callable[..., list[str]]) -> None:
    """Then the law tells; the step itself is no judge."""
    lab = _Lab(alive=False)

    assert disturb(lab, by="sleep", lasts="1h") == ["60 clock", "65 clock", "70 clock"]
    assert lab.waited == [("heartbeat", 10.0), ("heartbeat", 10.0)]


def test_one_that_was_not_heard_before_is_not_waited_for_long(disturb: Callable[..., list[str]]) -> None:
    """Each later outage would cost the whole patience again."""
    lab = _Lab(alive=False, status="Disconnected")

    disturb(lab, by="drop")

    assert {wait_s for _, wait_s in lab.waited} == {0.5}


def test_one_that_is_told_to_wait_is_not_expected_to_ask_again(disturb: Callable[..., list[str]]) -> None:
    """Its attempt is awaited once, and not in the second period, in which there is none."""
    told, free = _Lab(), _Lab()
    disturb(told, by="answer", answer=429, retry_after=600)
    disturb(free, by="answer", answer=503)

    assert [kind for kind, _ in told.waited] == ["fault"]
    assert [kind for kind, _ in free.waited] == ["fault", "fault"]
