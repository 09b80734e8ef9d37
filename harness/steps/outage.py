"""outage: disturb the connected machine's way to Azure for a while, then let it be heard again.

Nothing helps the agent: it has two periods of lab time in which a heartbeat has to come, of which a law asks.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from uuid import uuid4

from harness.context import Context
from harness.control import Control
from harness.model.crash_steps import Outage
from harness.steps.advance import advance_to
from harness.wait import duration_s
from simulator import contract
from simulator.contract import HEARTBEAT_PERIOD_S, Event

_PATIENCE_S = 10.0  # true time; an attempt is on the wire some 50 ms after it is due, on a host that is not busy
_LOST_PATIENCE_S = 0.5  # for an agent that was not heard after an earlier outage either
_WATCHED_S = 1.0  # true time after an attempt, in which one that never rests asks many times
_PERIOD = timedelta(seconds=HEARTBEAT_PERIOD_S)
#: A captive portal's page.
_PAGE = "<!DOCTYPE html><html><head><title>Sign in</title></head><body><h1>Accept the terms of use</h1></body></html>"


def run(context: Context, arguments: Outage) -> None:
    """Begin, let the time pass, end, and wait until the machine is heard."""
    control = context.control
    patience_s = _PATIENCE_S if any(each.status == "Connected" for each in control.machines()) else _LOST_PATIENCE_S
    end = control.lab_now() + timedelta(seconds=duration_s(arguments.lasts))
    make_good = _begin(context, arguments)
    control.fetch()
    if arguments.reboot:
        context.machine.reboot()
    is_tried = arguments.by in ("answer", "html", "drop")
    while arguments.by != "sleep" and control.lab_now() + _PERIOD < end:
        known = control.last_seq()
        advance_to(context, control.lab_now() + _PERIOD, heartbeats=False)
        if is_tried:
            _await(control, "fault", known, patience_s)
            is_tried = arguments.retry_after == 0  # else it is told to wait
        time.sleep(_WATCHED_S)
    advance_to(context, end, heartbeats=False)
    over = control.last_seq()
    make_good()
    _await_heartbeat(context, over, patience_s)


def _begin(context: Context, arguments: Outage) -> Callable[[], None]:
    """Disturb the machine's way; gives what puts it right."""
    control = context.control
    if arguments.by == "cable":
        context.machine.unplug()
        return context.machine.plug
    if arguments.by == "move":
        control.move_region(context.azure.location, f"moved{uuid4().hex[:6]}")
    if arguments.by in ("move", "sleep"):
        return lambda: None
    fault = contract.Fault(effect="drop", host=arguments.host, operation=arguments.operation)
    if arguments.by == "answer":
        fault = contract.Fault(
            effect="http_error", host=arguments.host, operation=arguments.operation, status=arguments.answer,
            retry_after_s=arguments.retry_after,
        )  # fmt: skip
    elif arguments.by == "html":
        fault = contract.Fault(
            effect="answer", host=arguments.host, operation=arguments.operation, status=200, body=_PAGE,
            headers={"Content-Type": "text/html"},
        )  # fmt: skip
    number = control.add_fault(fault)
    return lambda: control.clear_fault(number)


def _await_heartbeat(context: Context, over: int, patience_s: float) -> None:
    """Let two periods pass at most, until there is a heartbeat after the event number `over`."""
    for _ in range(2):
        advance_to(context, context.control.lab_now() + _PERIOD, heartbeats=False)
        if _await(context.control, "heartbeat", over, patience_s):
            return


def _await(control: Control, kind: str, after: int, patience_s: float) -> bool:
    """Say whether there is an event of a kind after the event number `after`; wait for one where there is none yet."""
    if not _has(control.events, kind, after):
        control.fetch(kind=kind, wait_s=patience_s)
    return _has(control.events, kind, after)


def _has(events: Sequence[Event], kind: str, after: int) -> bool:
    return any(event.kind == kind for event in itertools.takewhile(lambda one: one.seq > after, reversed(events)))
