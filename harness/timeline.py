"""Join steps, commands, the machine's journal and the cloud's journal of one case into one list of moments.

The machine's journal has true time only, since PID 1 and journald keep it. The cloud's `clock` events say by how much
lab time is ahead from their moment on; the difference is constant between two of them.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec

from harness.model.record import CaseRecord, CommandRecord, StepRecord, TimelineEntry
from harness.record import JOURNAL_FILE, MACHINE_JOURNAL_FILE, write_whole
from simulator.contract import Event

TIMELINE_FILE = "timeline.json"
Level = Literal["info", "warning", "error"]
_T = TypeVar("_T")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OUTPUT_SHOWN = 600  # characters of a failed command's output in its entry


class LabClock:
    """Maps true time to lab time. Built from the `clock` events of a journal; before the first one they are equal."""

    def __init__(self, events: Iterable[Event]) -> None:
        jumps = sorted((_moment(e.wall), _moment(e.time)) for e in events if e.kind == "clock")
        self._from = [true for true, _ in jumps]
        self._offset_s = [0, *(round((lab - true).total_seconds()) for true, lab in jumps)]

    def lab(self, true: datetime) -> datetime:
        """Give lab time at a moment of true time."""
        return true + timedelta(seconds=self._offset_s[bisect.bisect_right(self._from, true)])


def build_timeline(
    case: CaseRecord, events: Sequence[Event], machine_lines: Iterable[dict[str, Any]]
) -> list[TimelineEntry]:
    """Give all moments of a case, sorted by true time; equal moments keep the order step, command, cloud, machine.

    `machine_lines` are journalctl's JSON objects. Raises: ValueError for a time that is none.
    """
    clock = LabClock(events)
    entries: list[TimelineEntry] = []
    for step in case.steps:
        entries.append(_step_begin(step))
        entries.extend(_command(command, step) for command in step.commands)
    entries.extend(_step_end(step) for step in case.steps if step.outcome in ("fail", "error"))
    names = {address: name for name, address in case.machines.items()} if len(case.machines) > 1 else {}
    entries.extend(_cloud(event, names.get(event.client, "")) for event in events)
    entries.extend(_machine(line, clock) for line in machine_lines)
    return sorted(entries, key=lambda entry: entry.true)


def read_timeline(folder: Path, case: CaseRecord) -> tuple[list[TimelineEntry], list[str]]:
    """Build the timeline of a case's folder; also say, one text each, what of it could not be read."""
    problems: list[str] = []
    events = list(_read_lines(folder / JOURNAL_FILE, _decode_event, problems))
    lines = list(_read_lines(folder / MACHINE_JOURNAL_FILE, _decode_machine_line, problems))
    try:
        return build_timeline(case, events, lines), problems
    except ValueError as error:
        return [], [*problems, f"the steps have a time that cannot be read: {error}"]


def write_timeline(folder: Path, case: CaseRecord) -> None:
    """Write `timeline.json` into a case's folder: a list of TimelineEntry."""
    entries, _ = read_timeline(folder, case)
    write_whole(folder / TIMELINE_FILE, msgspec.json.encode(entries))


def _read_lines(path: Path, decode: Callable[[bytes], _T], problems: list[str]) -> Iterator[_T]:
    """Give what each line holds. A missing file holds nothing; wrong lines are counted in one problem."""
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return
    except OSError as error:
        problems.append(f"{path.name} cannot be read: {error.strerror}")
        return
    wrong = 0
    for line in filter(None, lines):
        try:
            yield decode(line)
        except (msgspec.MsgspecError, ValueError, KeyError, TypeError, OverflowError):
            wrong += 1
    if wrong:
        problems.append(f"{path.name}: {wrong} of {len(lines)} lines cannot be read")


def _decode_event(line: bytes) -> Event:
    event = msgspec.json.decode(line, type=Event)
    _moment(event.time), _moment(event.wall)
    return event


def _decode_machine_line(line: bytes) -> dict[str, Any]:
    fields = msgspec.json.decode(line, type=dict[str, Any])
    _realtime(fields)
    return fields


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _normal(text: str) -> str:
    """Give a time in the one form whose order as text is its order in time."""
    return _stamp(_moment(text))


def _later(text: str, seconds: float) -> str:
    return _stamp(_moment(text) + timedelta(seconds=seconds))


def _step_begin(step: StepRecord) -> TimelineEntry:
    return TimelineEntry(
        lab=_normal(step.started_lab), true=_normal(step.started_true), source="step", machine=step.machine,
        text=f"step {step.index}: {step.title}", detail="" if step.outcome in ("fail", "error") else step.message,
    )  # fmt: skip


def _step_end(step: StepRecord) -> TimelineEntry:
    word = "failed" if step.outcome == "fail" else "broke"
    return TimelineEntry(
        lab=_normal(step.ended_lab), true=_later(step.started_true, step.duration_s), source="step",
        text=f"step {step.index} {word}: {step.title}", machine=step.machine, level="error", detail=step.message,
    )  # fmt: skip


def _command(command: CommandRecord, step: StepRecord) -> TimelineEntry:
    """Give a command's beginning. One that failed in a step that did not pass is an error, else a warning."""
    ended = "no end in time" if command.timed_out or command.exit is None else f"exit {command.exit}"
    level: Level = "info"
    if command.exit != 0:
        level = "error" if command.exit is None or step.outcome in ("fail", "error") else "warning"
    output = (command.stderr.strip() or command.stdout.strip()) if command.exit != 0 else ""
    shown = f"...{output[-_OUTPUT_SHOWN:]}" if len(output) > _OUTPUT_SHOWN else output
    return TimelineEntry(
        lab=_normal(command.started_lab), true=_normal(command.started_true), source="command",
        text=f"$ {command.shown}", machine=command.machine, level=level,
        detail="\n".join(filter(None, (f"{ended} after {command.duration_s:.2f} s", shown))),
    )  # fmt: skip


def _cloud(event: Event, client: str) -> TimelineEntry:
    """Give an event of the cloud; `client` is the name of the machine that asked, where there are several."""
    text, level = _cloud_text(event)
    facts = [f"from {client} ({event.client})" if client else f"from {event.client}"] if event.client else []
    facts += [f"{event.duration_ms:.1f} ms"] if event.duration_ms else []
    facts += [msgspec.json.encode(event.data).decode()] if event.data else []
    return TimelineEntry(
        lab=_normal(event.time), true=_normal(event.wall), source="clock" if event.kind == "clock" else "cloud",
        text=text, machine=event.machine.rpartition("/")[2], level=level, detail=", ".join(facts),
    )  # fmt: skip


def _cloud_text(event: Event) -> tuple[str, Level]:
    if event.kind == "request":
        answer = str(event.status) if event.status else "no answer"
        text = f"{event.operation}: {event.method} {event.host}{event.path} → {answer}"
        return (
            text,
            "error" if event.status >= 500 else "warning" if event.status >= 400 or not event.status else "info",
        )
    if event.kind == "clock":
        return f"the lab clock moved to {_moment(event.time):%Y-%m-%d %H:%M:%S}", "info"
    if event.kind == "dns":
        return f"name asked: {event.host}", "info"
    if event.kind == "heartbeat":
        return "heartbeat accepted", "info"
    unusual = event.kind == "fault" or (event.kind == "alert" and event.data.get("state") != "Resolved")
    name = event.operation or event.host
    return f"{event.kind}: {name}" if name else event.kind, "warning" if unusual else "info"


def _machine(fields: dict[str, Any], clock: LabClock) -> TimelineEntry:
    true = _realtime(fields)
    name = str(fields.get("SYSLOG_IDENTIFIER") or fields.get("_SYSTEMD_UNIT") or "?")
    process = f"[{fields['_PID']}]" if fields.get("_PID") else ""
    first, _, rest = _message(fields.get("MESSAGE")).strip("\n").partition("\n")
    return TimelineEntry(
        lab=_stamp(clock.lab(true)), true=_stamp(true), source="machine", text=f"{name}{process}: {first}",
        machine=str(fields.get("_ARCLAB_MACHINE") or ""), level=_level(fields.get("PRIORITY")), detail=rest,
    )  # fmt: skip


def _realtime(fields: dict[str, Any]) -> datetime:
    return _EPOCH + timedelta(microseconds=int(fields["__REALTIME_TIMESTAMP"]))


def _message(value: Any) -> str:
    """Give a message as text. journalctl writes bytes that are no UTF-8 as a list of numbers, a long one as null."""
    if isinstance(value, list) and all(isinstance(part, int) and 0 <= part < 256 for part in value):
        return bytes(value).decode("utf-8", "replace")
    if isinstance(value, list):  # a field that was given several times
        return "\n".join(_message(part) for part in value)
    return "(no text)" if value is None else str(value)


def _level(priority: Any) -> Level:
    number = int(priority) if str(priority).isdigit() else 6
    return "error" if number <= 3 else "warning" if number == 4 else "info"
