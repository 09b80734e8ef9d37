"""Logs grow, but not without end; what changes since the previous release is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from harness.laws.trial import Trial
from harness.laws.within_budget import judge
from harness.model.state import FileState, JournalLine, State, Transition
from simulator.contract import PayloadFile
from tests.harness.laws.values import (
    BARE,
    BOX,
    OLD,
    PROGRAM,
    file,
    make_event,
    make_state,
    make_transition,
    make_trial,
    payload,
    summaries,
)

LONGER = "it takes much longer than the previous release did"
TOO_LONG = "it takes more than 120 s"
LOG = "/var/opt/azcmagent/log/himds.log"


@pytest.mark.parametrize(("path", "size", "is_found"), [(LOG, 20, True), (LOG, 9, False), ("/var/opt/x", 20, False)])
def test_logs_that_grow_too_fast(path: str, size: int, is_found: bool) -> None:
    """What was there before does not count, nor does what is no log."""
    old = msgspec.structs.replace(file(), size=5_000_000)
    new = msgspec.structs.replace(old, size=5_000_000 + size * 1_000_000)
    trial = make_trial(
        make_transition(
            "reinstall", make_state(files={path: FileState(None, old)}), make_state(files={path: FileState(None, new)})
        )
    )

    assert [finding.summary for finding in judge(trial)] == ["the logs grow by 20 MB in one step"] * is_found


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        (("curl", "openssl"), ("curl",), "gone since the previous release: depends openssl"),
        (("curl",), ("curl", "vim"), "new since the previous release: depends vim"),
        (("curl (>= 7)",), ("curl (>= 8)",), "new since the previous release: depends curl (>= 8)"),
        (("libc.so.6(GLIBC_2.17)(64bit)",), ("libc.so.6(GLIBC_2.34)(64bit)",),
         "new since the previous release: depends libc.so.6(GLIBC_2.34)(64bit)"),
        (("curl (<< 9)", "curl (>= 7)"), ("curl (<< 9)", "curl (>= 8)"),
         "new since the previous release: depends curl (<< 9), curl (>= 8)"),
        (("curl < 9", "curl >= 7"), ("curl < 9",), "new since the previous release: depends curl < 9"),
    ],
    ids=["gone", "new", "newer", "symbols", "one of two bounds", "a bound that goes"],
)  # fmt: skip
def test_a_dependency_that_changes(old: tuple[str, ...], new: tuple[str, ...], found: str) -> None:
    """It is told once, also where it goes: the machines of a laboratory have it anyway."""
    trial = _after(make_trial(relations={"depends": new}), relations={"depends": old})

    assert found in [finding.summary for finding in judge(trial)]


def test_a_claim_to_be_another_package() -> None:
    """What the package says of its own name is no news."""
    trial = make_trial(relations={"provides": ("azcmagent(x86-64)", "mail-transport-agent")})

    assert [finding.summary for finding in judge(_after(trial, relations={}))] == [
        "new since the previous release: provides mail-transport-agent"
    ]


@pytest.mark.parametrize(
    ("old", "scripts", "found"),
    [
        (payload(), {}, [f"gone since the previous release: the program {PROGRAM}"]),
        (payload("/etc/a.conf", mode="644", config=True), {},
         ["gone since the previous release: the configuration file /etc/a.conf"]),
        (payload("/etc/a.conf", mode="644", config=True),
         {"preinst": "dpkg-maintscript-helper rm_conffile /etc/a.conf 1.67 -- $@"}, []),
        (payload("/opt/a.txt", mode="644"), {}, []),
    ],
    ids=["program", "configuration", "known to a script", "text"],
)  # fmt: skip
def test_files_that_go(old: PayloadFile, scripts: dict[str, str], found: list[str]) -> None:
    """Programs that somebody may call, and configuration that dpkg keeps."""
    trial = _after(make_trial(files=(), scripts=scripts), files=(old,))

    assert [finding.summary for finding in judge(trial)] == found


@pytest.mark.parametrize(
    ("path", "there", "is_told"),
    [
        ("/usr/lib/tmpfiles.d/a.conf", "/usr/bin/a", True),
        ("/usr/lib/systemd/system/a.timer", "/usr/bin/a", True),
        ("/etc/tmpfiles.d/a.conf", "/usr/lib/tmpfiles.d/a.conf", False),
        ("/lib/udev/rules.d/60-a.rules", "/usr/lib/udev/rules.d/60-a.rules", False),
        ("/usr/share/a/a.conf", "/usr/bin/a", False),
    ],
)
def test_what_others_read_and_is_gone(path: str, there: str, *, is_told: bool) -> None:
    """A folder that nobody makes, a job that nobody does; what moves to another folder of the same reader is there."""
    trial = make_trial(files=(payload(there, mode="644"),))
    found = [finding.summary for finding in judge(_after(trial, files=(payload(path, mode="644"),)))]

    assert found == ([f"gone since the previous release: {path}, which others read"] if is_told else [])


def test_a_program_that_moves_below_usr_is_there() -> None:
    """/sbin and /usr/sbin are one folder."""
    assert not list(judge(_after(make_trial(files=(payload("/usr/sbin/a"),)), files=(payload("/sbin/a"),))))


@pytest.mark.parametrize(
    ("old_s", "new_s", "found"),
    [(2.0, 40.0, [LONGER]), (2.0, 35.0, []), (60.0, 110.0, []), (60.0, 130.0, [TOO_LONG]),
     (None, 119.0, []), (None, 121.0, [TOO_LONG])],
)  # fmt: skip
def test_a_step_that_takes_longer_than_it_did(old_s: float | None, new_s: float, found: list[str]) -> None:
    """Where nothing is known of the previous release's, two minutes are the most."""
    steps = [_taking(new_s, make_state())]
    if old_s is not None:
        steps.insert(0, _taking(old_s, make_state(installed=OLD)))

    assert [finding.summary for finding in judge(make_trial(*steps))] == found


def _taking(duration_s: float, after: State) -> Transition:
    step = make_transition("install", BARE, after)
    commands = tuple(msgspec.structs.replace(command, duration_s=duration_s) for command in step.commands)
    return msgspec.structs.replace(step, commands=commands)


def test_another_architecture() -> None:
    """It is told once."""
    trial = make_trial()
    entry = msgspec.structs.replace(trial.new.package, architecture="amd64")
    new = msgspec.structs.replace(trial.new, package=msgspec.structs.replace(entry, architecture="all"))
    trial = _after(replace(trial, new=new), package=entry)

    assert [finding.summary for finding in judge(trial)] == ["the architecture changes: amd64 -> all"]


def _after(trial: Trial, **old: Any) -> Trial:
    """Give a trial with another previous release."""
    assert trial.old is not None
    return replace(trial, old=msgspec.structs.replace(trial.old, **old))


def test_a_new_dependency_is_told() -> None:
    """What the package manager will bring along is announced."""
    assert summaries(
        "within-budget", make_trial(relations={"depends": ("curl",), "recommends": ("unattended-upgrades",)})
    ) == ["new since the previous release: recommends unattended-upgrades"]


def test_another_compression() -> None:
    """Older systems may not be able to read it; a package of which it is not known is not told of."""
    trial = make_trial(compression="zstd")
    told = ["the compression changes: gzip -> zstd"]
    found = [[finding.summary for finding in judge(_after(trial, compression=old))] for old in ("gzip", "zstd", "")]

    assert found == [told, [], []]


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ("#!/bin/sh", "#!/usr/bin/python3", [f"new since the previous release: {PROGRAM} needs /usr/bin/python3"]),
        ("#!/bin/sh", "#!/bin/sh", []),
        ("#!/bin/sh", "#!/usr/bin/sh", []),
        ("#!/bin/sh", f"#!{PROGRAM}", []),
        ("", "#!/usr/bin/python3", []),
    ],
    ids=["new", "the same", "the same by its other name", "of its own", "unknown before"],
)
def test_an_interpreter_that_was_not_needed(before: str, after: str, found: list[str]) -> None:
    """The machines of a laboratory may have what others lack."""
    trial = _after(make_trial(files=(payload(program=after),)), files=(payload(program=before),))

    assert [finding.summary for finding in judge(trial)] == found


def test_a_flooded_journal() -> None:
    """Lines of the product's own units are counted, in one step."""

    old = make_state(installed=OLD)

    def told(unit: str, lines: int, by_old: int = 0) -> list[str]:
        line = (JournalLine(unit, "himds", 6, "debug"),)
        before = make_transition("install", BARE, old, journal=line * by_old)
        step = make_transition("upgrade", old, make_state(), journal=line * lines)
        return summaries("within-budget", make_trial(before, step))

    assert told("himdsd.service", 1001) == ["himdsd floods the journal"]
    assert not told("himdsd.service", 1000)
    assert not told("cron.service", 1001)
    assert told("himdsd.service", 3001, by_old=1000) == ["himdsd floods the journal"]
    assert not told("himdsd.service", 3000, by_old=1000)


@pytest.mark.parametrize(("before", "after", "is_told"), [(1, 5, True), (1, 4, False), (0, 6, True), (0, 5, False)])
def test_what_is_asked_for_more_often(before: int, after: int, is_told: bool) -> None:
    """From one heartbeat to the next, beside what the previous release did when it was left alone."""
    old = make_state(installed=OLD, connected=(BOX,))
    new = make_state(connected=(BOX,))
    steps = (
        make_transition("connect", old, old, since=0, until=10),
        make_transition("upgrade", old, new, since=99, until=110),
        make_transition("reboot", new, new, since=199, until=210),
    )  # fmt: skip
    beats = [make_event(seq, 0) for seq in (20, 60, 120, 160)]
    asked = [msgspec.structs.replace(make_event(seq, 0, "request", "gbl.his.arc.azure.com"), operation="his.discovery")
             for seq in (*range(30, 30 + before), *range(130, 130 + after))]  # fmt: skip

    found = summaries("within-budget", make_trial(*steps, events=(*beats, *asked)))
    assert found == ["his.discovery is asked for much more often than by the previous release"] * is_told


@pytest.mark.parametrize(("first", "is_told"), [(112, False), (122, True)], ids=["before a heartbeat", "after one"])
def test_what_is_asked_for_right_after_an_upgrade(first: int, is_told: bool) -> None:
    """A start asks for more, and only once."""
    old, new = make_state(installed=OLD, connected=(BOX,)), make_state(connected=(BOX,))
    steps = (
        make_transition("connect", old, old, since=0, until=10),
        make_transition("upgrade", old, new, since=99, until=110),
        make_transition("reboot", new, new, since=199, until=210),
    )
    asked = range(first, first + 7)
    events = [make_event(seq, 0) for seq in (20, 21, 120, 140)]
    events += [make_event(seq, 0, "dns", "gbl.his.arc.azure.com") for seq in (22, *asked)]

    found = summaries("within-budget", make_trial(*steps, events=tuple(events)))
    assert (
        found == ["the name gbl.his.arc.azure.com is asked for much more often than by the previous release"] * is_told
    )


def test_what_is_asked_for_while_the_time_passes() -> None:
    """The agent is left alone in the step that moves the clock."""
    old, new = make_state(installed=OLD, connected=(BOX,)), make_state(connected=(BOX,))
    steps = (
        make_transition("connect", old, old, since=0, until=10),
        make_transition("advance", old, old, since=10, until=99),
        make_transition("upgrade", old, new, since=99, until=110),
        make_transition("advance", new, new, since=110, until=199),
    )
    beats = [make_event(seq, 0) for seq in (20, 21, 120, 140)]
    asked = [make_event(seq, 0, "dns", "x.example") for seq in range(125, 133)]

    found = summaries("within-budget", make_trial(*steps, events=(*beats, *asked)))

    assert found == ["the name x.example is asked for much more often than by the previous release"]


def test_a_package_takes_the_place_of_its_own_earlier_name() -> None:
    """Relations to that name are no news; those to others are."""
    trial = make_trial(relations={"depends": ("curl",), "replaces": ("old-agent (<< 2)", "chrony")})
    assert trial.old is not None
    entry = msgspec.structs.replace(trial.old.package, name="old-agent")
    trial = replace(trial, old=msgspec.structs.replace(trial.old, package=entry))

    assert summaries("within-budget", trial) == ["new since the previous release: replaces chrony"]
