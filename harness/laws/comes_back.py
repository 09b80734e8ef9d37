"""After an outage the agent is heard again without help, and it has not been a nuisance in the meantime."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from harness.laws.trial import Finding, Seen, Trial
from simulator.contract import HEARTBEAT_PERIOD_S, Event

_MOST_A_SECOND = 12  # of one kind, from all services of the machine, each of which may try three times
_SILENT_S = 1.5 * HEARTBEAT_PERIOD_S  # the time that is given ends right after a heartbeat is due
_EARLY_S = 1.0  # a clock of whole seconds may be so much ahead


def judge(trial: Trial) -> Iterator[Finding]:
    """Look at each outage: was the machine heard when it was over, how often did it ask, and did it wait when told."""
    for seen in trial.transitions(("outage",)):
        events = [event for event in seen.run.events if seen.transition.since < event.seq <= seen.transition.until]
        was_connected = {each.id for each in seen.transition.before.connected if each.status == "Connected"}
        end = max((_moment(event.time) for event in events if event.kind == "clock"), default=0.0)
        for machine in seen.transition.after.connected:
            heard = _moment(machine.last_heartbeat) if machine.last_heartbeat else 0.0
            if machine.id in was_connected and (machine.status != "Connected" or end - heard > _SILENT_S):
                evidence = (f"two periods after it was over, {machine.name} is {machine.status} in Azure",
                            f"last heartbeat: {machine.last_heartbeat or 'none'}")  # fmt: skip
                yield Finding(seen, f"the agent does not come back after the {seen.transition.title}", evidence)
        yield from _floods(seen, events)
        yield from _hurries(seen, events)


def _floods(seen: Seen, events: list[Event]) -> Iterator[Finding]:
    asked: dict[str, list[float]] = {}
    for event in events:
        if event.kind == "request" and event.client:
            asked.setdefault(event.operation or event.host, []).append(_moment(event.time))
    for what, moments in sorted(asked.items()):
        if any(later - moment < 1.0 for moment, later in zip(moments, moments[_MOST_A_SECOND:], strict=False)):
            yield Finding(seen, f"{what} is asked for without a rest while it fails", (f"{len(moments)} times in all",))


def _hurries(seen: Seen, events: list[Event]) -> Iterator[Finding]:
    """Tell of what was asked again before the time that the answer had told. Source: RFC 9110, 10.2.3."""
    told = [event.data["retry_after_s"] for event in events if event.kind == "fault" and "retry_after_s" in event.data]
    refused: dict[tuple[str, str], float] = {}
    for event in events if told else ():
        if event.kind != "request":
            continue
        what = event.operation, event.client
        if what in refused and _moment(event.time) < refused[what] + told[0] - _EARLY_S:
            evidence = (f"{_moment(event.time) - refused[what]:.0f} s after an answer that asked for {told[0]} s",)
            yield Finding(seen, f"{event.operation} is asked for again before the time that Retry-After told", evidence)
            return
        if event.status == 429:
            refused[what] = _moment(event.time)


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
