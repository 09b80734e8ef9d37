"""advance: move the lab clock of the cloud and the machines, stepping from heartbeat to heartbeat.

A jump over many periods would let an agent send one heartbeat where a real day has 288. So the clock moves to the
moment when the next heartbeat is due, waits until the cloud has it, and goes on. A machine that misses one (cable
pulled, service stopped) is not waited for again until it is heard of, nor is one that is overdue at the beginning.
Where the lab itself has cut all machines off, none is waited for.
"""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime, timedelta

from harness.context import Context
from harness.errors import LabError
from harness.model.scenario import Advance
from harness.wait import duration_s
from simulator.contract import HEARTBEAT_PERIOD_S

_PATIENCE_S = 10.0  # true time; a heartbeat is on the wire some 50 ms after it is due, on a host that is not busy
_PATIENCE_RATIO = 10  # on a busy host: so many times the slowest heartbeat seen so far
_LONGEST_PATIENCE_S = 30.0
_OVERDUE_S = HEARTBEAT_PERIOD_S + 60


def run(context: Context, arguments: Advance) -> None:
    """Advance by a duration, or to a duration after the last heartbeat."""
    if arguments.by:
        target = context.control.lab_now() + timedelta(seconds=duration_s(arguments.by))
    else:
        target = _last_heartbeat(context) + timedelta(seconds=duration_s(arguments.to))
    advance_to(context, target, heartbeats=arguments.heartbeats != "none")


def advance_to(context: Context, target: datetime, *, heartbeats: bool = True) -> None:
    """Advance to a moment of lab time, waiting for heartbeats or not; a moment that is over is the scenario's error.

    Raises: LabError.
    """
    control = context.control
    if target <= control.lab_now():
        raise LabError("advance-past", f"{target:%H:%M:%S} of lab time is over already.")
    machines = control.machines() if heartbeats and context.can_be_heard() else []
    beats = {machine.id: _moment(machine.last_heartbeat) for machine in machines if machine.last_heartbeat}
    overdue = control.lab_now() - timedelta(seconds=_OVERDUE_S)
    last = {machine: beat for machine, beat in beats.items() if beat > overdue}
    control.fetch()
    patience_s = _PATIENCE_S
    while last:
        machine, beat = min(last.items(), key=lambda item: item[1])
        due = beat + timedelta(seconds=HEARTBEAT_PERIOD_S)
        if due >= target:
            break
        _jump(context, due)
        asked = time.monotonic()
        heard = {
            event.machine: event.time
            for event in control.fetch(kind="heartbeat", wait_s=patience_s)
            if event.kind == "heartbeat"
        }
        last |= {name: _moment(moment) for name, moment in heard.items()}
        if machine in heard:
            slow_s = _PATIENCE_RATIO * (time.monotonic() - asked)
            patience_s = min(max(patience_s, slow_s), _LONGEST_PATIENCE_S)
        else:
            del last[machine]
    _jump(context, target)
    control.fetch()


def _jump(context: Context, moment: datetime) -> None:
    seconds = math.ceil((moment - context.control.lab_now()).total_seconds())
    if seconds > 0:
        context.control.advance(seconds)
        for machine in context.machines.values():
            machine.be_ahead(context.control.offset_s)


def _last_heartbeat(context: Context) -> datetime:
    beats = [_moment(machine.last_heartbeat) for machine in context.control.machines() if machine.last_heartbeat]
    if not beats:
        raise LabError("advance-no-heartbeat", "no connected machine has sent a heartbeat yet.")
    return max(beats)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
