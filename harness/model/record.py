"""What a case leaves behind: `case.json` in its folder. Reports read this and nothing else.

Times: `*_lab` is the case's lab clock, `*_true` is the host's clock; both ISO 8601, UTC, microseconds.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

#: pass: all held. fail: the product is wrong. error: we could not tell. skip: not applicable, with a reason.
Outcome = Literal["pass", "fail", "error", "skip"]
SEVERITY: tuple[Outcome, ...] = ("error", "fail", "pass", "skip")  # worst first
SCHEMA_VERSION = 1


class Place(msgspec.Struct, frozen=True):
    """Where in a scenario file something stands; line and column count from 1."""

    file: str
    line: int
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class CommandRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """One command run in a machine. `shown` is the command line as a person would type it, secrets masked.

    A command typed at a terminal has all output in `stdout`, and in `asked` each question with what was answered;
    one that nobody foresaw was answered by Enter and ends in `(unexpected)`.
    """

    machine: str
    shown: str
    exit: int | None  # None: it did not end in time, or the machine died
    stdout: str
    stderr: str
    started_lab: str
    started_true: str
    duration_s: float
    timed_out: bool = False
    asked: tuple[str, ...] = ()
    running: tuple[str, ...] = ()  # what was killed when it had not ended in time, a line of ps each


class Observation(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing read. `state` tells "not there" from "could not look"; `detail` says why it is unreadable."""

    subject: str  # for example "machine.version", "cloud.status"
    state: Literal["seen", "absent", "unreadable"]
    value: Any = None
    detail: str = ""


class Verdict(msgspec.Struct, frozen=True, omit_defaults=True):
    """One judgement: what was expected of one observation, and what was seen last."""

    outcome: Outcome
    subject: str
    expected: Any
    actual: Observation
    message: str = ""
    place: Place | None = None
    looks: int = 1
    waited_s: float = 0.0


class StepRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """One step: what it did and how its expectations fared. `transition` marks install, upgrade, remove, reboot ..."""

    index: int  # from 1
    kind: str  # "install", "connect", "advance" ...
    title: str  # one line: "install 1.50 (1.50.02986-239)"
    place: Place
    outcome: Outcome
    started_lab: str
    ended_lab: str
    started_true: str
    duration_s: float
    transition: bool = False
    machine: str = ""  # the name of the machine that it was done on
    message: str = ""  # why it is not a pass
    commands: tuple[CommandRecord, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    changes: dict[str, Any] = {}  # what a transition changed on the machine: see harness.machines.snapshot


class TimelineEntry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One moment of the joined timeline, sorted by `true`."""

    lab: str
    true: str
    source: Literal["step", "command", "cloud", "machine", "clock"]
    text: str
    machine: str = ""
    level: Literal["info", "warning", "error"] = "info"
    detail: str = ""


class CaseRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """`case.json`, written whole or not at all. Beside it: journal.jsonl (one `contract.Event` a line),
    machine-journal.jsonl, timeline.json, and a folder `logs` with what the machine's programs wrote."""

    id: str
    scenario: str
    scenario_file: str
    distro: str
    agent_version: str
    outcome: Outcome
    reason: str
    started: str
    duration_s: float
    parameters: dict[str, str] = {}
    steps: tuple[StepRecord, ...] = ()
    phases_s: dict[str, float] = {}  # where the time went: network, cloud, boot, steps, collect, destroy
    machines: dict[str, str] = {}  # the address of each by its name
    environment: str = ""  # what was hostile about the machine, one word
    schema_version: int = SCHEMA_VERSION


class CaseSummary(msgspec.Struct, frozen=True):
    """One entry of `run.json`. `folder` is relative to the run directory."""

    id: str
    scenario: str
    distro: str
    agent_version: str
    outcome: Outcome
    duration_s: float
    reason: str
    folder: str


class RunRecord(msgspec.Struct, frozen=True):
    """`run.json`. `versions` says what took part: arclab, engine, python, image of each distro, candidates."""

    outcome: Outcome
    started: str
    duration_s: float
    versions: dict[str, Any]
    cases: list[CaseSummary]
    schema_version: int = SCHEMA_VERSION


def worst(outcomes: list[Outcome]) -> Outcome:
    """Give the worst of several outcomes; all skipped is skip; nothing at all is skip."""
    for outcome in SEVERITY:
        if outcome in outcomes:
            return outcome
    return "skip"


def stamp(moment: datetime) -> str:
    """Give a moment as ISO 8601 in UTC with microseconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
