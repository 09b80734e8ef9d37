"""Heartbeats go on: never more than two periods apart, none doubled, none after the agent has gone."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import datetime

from harness.laws.trial import Finding, Seen, Trial
from simulator.contract import HEARTBEAT_PERIOD_S, Event

_LONGEST_GAP_S = 2 * HEARTBEAT_PERIOD_S
_STARTING = ("connect", "install", "upgrade", "reinstall", "downgrade", "reboot", "outage")


def judge(trial: Trial) -> Iterator[Finding]:
    """Look at the accepted heartbeats of each machine from each transition to the next."""
    for seen in trial.transitions():
        beats = [event for event in seen.run.events if event.kind == "heartbeat"]
        begin = seen.transition.since
        later = [beat for beat in beats if begin < beat.seq <= seen.until_next]
        if seen.kind in ("remove", "uninstall", "disconnect"):
            late = [beat for beat in later if beat.seq > seen.transition.until]
            if late:
                yield Finding(seen, "heartbeats come after the agent has gone", tuple(beat.time for beat in late[:5]))
            continue
        alive = {machine.id for machine in seen.transition.after.connected if machine.status == "Connected"}
        end = max((_seconds(event) for event in seen.run.events if begin < event.seq <= seen.until_next), default=0.0)
        for name in sorted(alive | {beat.machine for beat in later}) if seen.transition.after.connected else ():
            own = [beat for beat in later if beat.machine == name]
            before = [beat for beat in beats if beat.seq <= begin and beat.machine == name]
            if seen.kind != "outage":  # in which none can come
                yield from _gaps(seen, [*before[-1:], *own])
                yield from _silence(seen, [*before[-1:], *own][-1:], end)
            since = begin if seen.kind == "advance" else seen.transition.until
            yield from _doubles(seen, [beat for beat in own if beat.seq > since])


def _gaps(seen: Seen, beats: list[Event]) -> Iterator[Finding]:
    for earlier, later in itertools.pairwise(beats):
        gap_s = _seconds(later) - _seconds(earlier)
        if gap_s > _LONGEST_GAP_S:
            yield Finding(seen, f"no heartbeat for {gap_s:.0f} s, more than two periods", (earlier.time, later.time))


def _silence(seen: Seen, last: list[Event], end: float) -> Iterator[Finding]:
    """Tell of a machine that is not heard any more when the next transition begins."""
    for beat in last:
        if end - _seconds(beat) > _LONGEST_GAP_S:
            yield Finding(seen, f"no heartbeat for {end - _seconds(beat):.0f} s, nor any after it", (beat.time,))


def _doubles(seen: Seen, beats: list[Event]) -> Iterator[Finding]:
    """A service that has just started may beat at once, so only what follows the first beat is counted."""
    skipped = 1 if seen.kind in _STARTING else 0
    for earlier, later in itertools.pairwise(beats[skipped:]):
        if _seconds(later) - _seconds(earlier) < HEARTBEAT_PERIOD_S / 2:
            yield Finding(seen, "heartbeats are doubled", (earlier.time, later.time))
            return


def _seconds(event: Event) -> float:
    return datetime.fromisoformat(event.time).timestamp()
