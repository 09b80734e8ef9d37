"""The timeline joins four sources on the lab clock."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from harness.model.record import CaseRecord, CommandRecord, Outcome, Place, StepRecord, TimelineEntry
from harness.timeline import TIMELINE_FILE, LabClock, build_timeline, read_timeline, write_timeline
from simulator.contract import Event

DAY = "2026-03-02T"
NEXT_DAY = "2026-03-03T"
TRUE_8_00_S = 1772438400  # 2026-03-02T08:00:00Z


def _jump(seq: int, lab: str, true: str) -> Event:
    return Event(seq, lab, true, "clock")


def _line(after_s: float, message: Any = "hello", **fields: Any) -> dict[str, Any]:
    micros = str(TRUE_8_00_S * 1_000_000 + round(after_s * 1_000_000))
    return {"MESSAGE": message, "__REALTIME_TIMESTAMP": micros, "SYSLOG_IDENTIFIER": "himds", **fields}


def _case(*steps: StepRecord) -> CaseRecord:
    return CaseRecord(
        id="a.b", scenario="a", scenario_file="a.yaml", distro="b", agent_version="latest", outcome="pass", reason="",
        started=f"{DAY}08:00:00.000000Z", duration_s=1.0, steps=steps,
    )  # fmt: skip


def _step(outcome: Outcome = "pass", *commands: CommandRecord) -> StepRecord:
    return StepRecord(
        index=1, kind="install", title="install latest", place=Place("a.yaml", 3), outcome=outcome,
        started_lab=f"{DAY}08:00:01.000000Z", ended_lab=f"{DAY}08:00:03.500000Z",
        started_true=f"{DAY}08:00:01.000000Z", duration_s=2.5, message="it is wrong", commands=commands,
    )  # fmt: skip


def _command(exit_status: int | None) -> CommandRecord:
    moment = f"{DAY}08:00:02.000000Z"
    return CommandRecord("box-1", "apt-get update", exit_status, "out", "err", moment, moment, 0.5)


def _only(entries: list[TimelineEntry], source: str) -> TimelineEntry:
    (entry,) = [entry for entry in entries if entry.source == source]
    return entry


def test_machine_time_follows_each_jump() -> None:
    """True time of the machine's journal becomes lab time by the jump before it; earlier rows are not moved."""
    events = [
        _jump(1, f"{DAY}09:00:10.000200Z", f"{DAY}08:00:10.000000Z"),
        _jump(2, f"{NEXT_DAY}08:00:20.000400Z", f"{DAY}08:00:20.000100Z"),
    ]
    lines = [_line(5), _line(10.5), _line(19.999), _line(30)]

    entries = build_timeline(_case(), events, lines)

    assert [entry.lab for entry in entries if entry.source == "machine"] == [
        f"{DAY}08:00:05.000000Z",
        f"{DAY}09:00:10.500000Z",
        f"{DAY}09:00:19.999000Z",
        f"{NEXT_DAY}08:00:30.000000Z",
    ]


def test_without_jumps_lab_time_is_true_time() -> None:
    """A journal without clock events leaves times as they are."""
    entry = _only(build_timeline(_case(), [], [_line(1.25)]), "machine")

    assert entry.lab == entry.true == f"{DAY}08:00:01.250000Z"


def test_jumps_in_any_order() -> None:
    """The order of the journal's lines does not matter to the clock."""
    events = [
        _jump(2, f"{NEXT_DAY}08:00:20Z", f"{DAY}08:00:20Z"),
        _jump(1, f"{DAY}09:00:10Z", f"{DAY}08:00:10Z"),
    ]

    assert LabClock(events)._offset_s == [0, 3600, 86400]


def test_sorted_by_true_time_and_stable() -> None:
    """All sources are sorted by true time; what happens at once stays in the order step, command, cloud, machine."""
    at_2 = f"{DAY}08:00:02.000000Z"
    events = [
        Event(1, f"{NEXT_DAY}08:00:02Z", at_2, "dns", host="a"),
        Event(2, at_2, f"{DAY}08:00:00.5Z", "dns", host="b"),
    ]

    entries = build_timeline(_case(_step("fail", _command(0))), events, [_line(2), _line(0.1)])

    assert [(entry.source, entry.true[17:23]) for entry in entries] == [
        ("machine", "00.100"), ("cloud", "00.500"), ("step", "01.000"), ("command", "02.000"), ("cloud", "02.000"),
        ("machine", "02.000"), ("step", "03.500"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("priority", "level"),
    [("0", "error"), ("3", "error"), ("4", "warning"), ("6", "info"), (None, "info"), ("x", "info")],
)
def test_level_of_priority(priority: str | None, level: str) -> None:
    """journald's priorities up to 3 are errors, 4 is a warning."""
    assert _only(build_timeline(_case(), [], [_line(1, PRIORITY=priority)]), "machine").level == level


@pytest.mark.parametrize(
    ("status", "level"),
    [(200, "info"), (399, "info"), (400, "warning"), (499, "warning"), (500, "error"), (0, "warning")],
)
def test_level_of_request(status: int, level: str) -> None:
    """Requests warn from 400 and where nothing was answered, and are errors from 500."""
    event = Event(1, f"{DAY}08:00:00Z", f"{DAY}08:00:00Z", "request", operation="machines.get", status=status)

    assert _only(build_timeline(_case(), [event], []), "cloud").level == level


@pytest.mark.parametrize(
    ("exit_status", "outcome", "level"),
    [(0, "pass", "info"), (1, "pass", "warning"), (1, "fail", "error"), (0, "fail", "info"), (None, "pass", "error")],
)
def test_level_of_command(exit_status: int | None, outcome: Outcome, level: str) -> None:
    """A command that failed as expected warns; in a step that did not pass, or without an end, it is an error."""
    entry = _only(build_timeline(_case(_step(outcome, _command(exit_status))), [], []), "command")

    assert entry.level == level


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ([104, 255, 105], "himds: h\ufffdi"),
        (None, "himds: (no text)"),
        (["a", "b"], "himds: a"),
        ("x\ny\n", "himds: x"),
    ],
)
def test_message_forms(message: Any, text: str) -> None:
    """journalctl's other forms of a message are read: bytes, none, several."""
    assert _only(build_timeline(_case(), [], [_line(1, message)]), "machine").text == text


def test_a_step_that_fails_ends_with_an_error() -> None:
    """The end of a step that did not pass is a moment of its own, with the reason."""
    begin, end = build_timeline(_case(_step("fail")), [], [])

    assert (begin.level, end.level, end.detail) == ("info", "error", "it is wrong")
    assert end.lab == f"{DAY}08:00:03.500000Z"


def test_a_damaged_line_is_told_and_does_not_hide_others(tmp_path: Path) -> None:
    """Lines that cannot be read are counted; the rest is shown."""
    good = msgspec.json.encode(Event(1, f"{DAY}08:00:00Z", f"{DAY}08:00:00Z", "dns", host="a"))
    (tmp_path / "journal.jsonl").write_bytes(good + b'\n{"seq": 2, "ti\n' + good.replace(b"08:00", b"99:00") + b"\n")
    (tmp_path / "machine-journal.jsonl").write_bytes(msgspec.json.encode(_line(1)) + b'\n{"MESSAGE": "no time"}\n[]\n')

    entries, problems = read_timeline(tmp_path, _case())

    assert len(entries) == 2
    assert problems == [
        "journal.jsonl: 2 of 3 lines cannot be read",
        "machine-journal.jsonl: 2 of 3 lines cannot be read",
    ]


def test_a_case_without_journals_has_its_steps(tmp_path: Path) -> None:
    """Missing journals are no mistake: the case may have ended before they began."""
    entries, problems = read_timeline(tmp_path, _case(_step()))

    assert ([entry.text for entry in entries], problems) == (["step 1: install latest"], [])


def test_written_timeline_can_be_read_again(tmp_path: Path) -> None:
    """timeline.json is a list of TimelineEntry."""
    write_timeline(tmp_path, _case(_step()))

    entries = msgspec.json.decode((tmp_path / TIMELINE_FILE).read_bytes(), type=list[TimelineEntry])
    assert [entry.source for entry in entries] == ["step"]


def test_tells_machines_apart() -> None:
    """Where there are several, steps have the name of theirs, and a request that of the machine that asked."""
    event = Event(1, f"{DAY}08:00:02.000000Z", f"{DAY}08:00:02.000000Z", "request", client="10.0.0.4")
    step = msgspec.structs.replace(_step("fail"), machine="box-2")
    two = {"box-1": "10.0.0.3", "box-2": "10.0.0.4"}
    entries = build_timeline(msgspec.structs.replace(_case(step), machines=two), [event], [])
    alone = build_timeline(msgspec.structs.replace(_case(step), machines={"box-2": "10.0.0.4"}), [event], [])

    assert [entry.machine for entry in entries if entry.source == "step"] == ["box-2", "box-2"]
    assert _only(entries, "cloud").detail == "from box-2 (10.0.0.4)"
    assert _only(alone, "cloud").detail == "from 10.0.0.4"
