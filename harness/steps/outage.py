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
    has_to_wait = False
    if arguments.by != "sleep":
        while control.lab_now() + _PERIOD < end:
            advance_to(context, control.lab_now() + _PERIOD, heartbeats=False)
            if arguments.by in ("answer", "html", "drop") and not has_to_wait:
                control.fetch(kind="fault", wait_s=patience_s)
                has_to_wait = arguments.retry_after > 0
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
    control = context.control
    for _ in range(2):
        advance_to(context, control.lab_now() + _PERIOD, heartbeats=False)
        if not _is_heard(control.events, over):
            control.fetch(kind="heartbeat", wait_s=patience_s)
        if _is_heard(control.events, over):
            return


def _is_heard(events: Sequence[Event], over: int) -> bool:
    return any(event.kind == "heartbeat" for event in itertools.takewhile(lambda one: one.seq > over, reversed(events)))
