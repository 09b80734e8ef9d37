"""Services and what is beside them: their state, their rights, and the unit files that are in force."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from harness.laws.services_keep_state import judge
from harness.model.state import FileFacts, FileState, Process, UnitState
from simulator.contract import PayloadFile
from tests.harness.laws.values import (
    BARE,
    NEW,
    OLD,
    PRODUCT,
    make_state,
    make_transition,
    make_trial,
    payload,
    summaries,
)

OLD_UNIT, NEW_UNIT = UnitState("active", "enabled", "running", 100), UnitState("active", "enabled", "running", 200)


@pytest.mark.parametrize(
    ("before", "after", "is_found"), [(False, True, True), (True, True, False), (False, False, False)]
)
def test_daemon_reload_is_missing(before: bool, after: bool, is_found: bool) -> None:
    """Where the administrator has forgotten it, it is not the package's fault."""
    trial = make_trial(
        make_transition(
            "upgrade",
            make_state(installed=OLD, units={"himdsd": msgspec.structs.replace(OLD_UNIT, is_stale=before)}),
            make_state(units={"himdsd": msgspec.structs.replace(NEW_UNIT, is_stale=after)}),
        )
    )

    assert any("daemon-reload is missing" in finding.summary for finding in judge(trial)) is is_found


TIMER = payload("/usr/lib/systemd/system/job.timer", mode="644")
ENABLED = {"job.timer": "enabled"}


@pytest.mark.parametrize(
    ("kind", "before", "after", "problem"),
    [
        ("install", {}, {"other_units": ENABLED}, "is enabled, and works only from the next boot on"),
        ("install", {}, {"other_units": ENABLED, "active_units": ("job.timer",)}, ""),
        ("install", {}, {"other_units": {"job.timer": "disabled"}}, ""),
        ("upgrade", {"other_units": ENABLED, "active_units": ("job.timer",)}, {"other_units": ENABLED},
         "was active and is not"),
        ("upgrade", {"other_units": ENABLED}, {"other_units": ENABLED}, ""),
        ("upgrade", {"other_units": ENABLED}, {"failed_units": ("job.timer",)}, "has failed"),
        ("reboot", {"installed": NEW, "other_units": ENABLED, "active_units": ("job.timer",)}, {"other_units": ENABLED},
         "was active, and is not after a boot"),
        ("reboot", {"installed": NEW, "other_units": ENABLED}, {"other_units": ENABLED}, ""),
    ],
    ids=["not started", "started", "not enabled", "stopped", "kept", "failed", "idle after a boot", "idle before it"],
)  # fmt: skip
def test_units_beside_the_services(kind: str, before: dict[str, Any], after: dict[str, Any], problem: str) -> None:
    """Timers and sockets of the package, which no product file names."""
    first = msgspec.structs.replace(BARE, **before) if kind == "install" else make_state(**{"installed": OLD} | before)
    trial = make_trial(make_transition(kind, first, make_state(**after)), files=(payload(), TIMER))
    found = [finding.summary for finding in judge(trial) if "job.timer" in finding.summary]

    assert found == [f"the unit job.timer {problem}"] * bool(problem)


@pytest.mark.parametrize(
    ("before", "after", "is_found"),
    [("himds", "root", True), ("root", "root", False), ("root", "himds", False), ("himds", "himds", False)],
)
def test_a_service_that_becomes_root(before: str, after: str, is_found: bool) -> None:
    """What the previous release did with fewer rights needs no more of them."""
    states = (
        make_state(installed=version, processes=(Process(number, user, "himdsd.service", "himds"),))
        for version, number, user in ((OLD, 1, before), (NEW, 2, after))
    )
    found = [finding.summary for finding in judge(make_trial(make_transition("upgrade", *states)))]

    assert ("the service himdsd runs as root, which it did not" in found) is is_found


@pytest.mark.parametrize(
    ("before", "after", "is_found"), [(100, 100, True), (100, 200, False), (0, 0, False), (0, 200, False)]
)
def test_the_old_program(before: int, after: int, is_found: bool) -> None:
    """It goes on only where there is a process: a service may be active without one, or with one that nobody knows."""
    states = (
        make_state(installed=version, units={"himdsd": UnitState("active", "enabled", "running", pid)})
        for version, pid in ((OLD, before), (NEW, after))
    )
    found = [finding.summary for finding in judge(make_trial(make_transition("upgrade", *states)))]

    assert ("the service himdsd still runs the old program: it was not restarted" in found) is is_found


def test_services_that_are_killed_together() -> None:
    """Each of them has to come back."""
    dead = make_state(units={"himdsd": UnitState("failed", "enabled")})
    trial = make_trial(make_transition("kill himdsd extd", make_state(), dead))

    assert [finding.summary for finding in judge(trial)] == [
        "the service himdsd does not come back after it was killed"
    ]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (UnitState("active", "enabled"), UnitState("failed", "enabled"),
         ["the service himdsd does not start at boot: failed"]),
        (UnitState("inactive", "disabled"), UnitState("active", "disabled"),
         ["the service himdsd starts at boot, although it is not enabled"]),
        (UnitState("inactive", "masked"), UnitState("inactive", "masked"), []),
    ],
)  # fmt: skip
def test_a_boot(
    before: UnitState, after: UnitState, expected: list[str]) -> None:  # fmt: skip
    """What is enabled starts, and nothing else."""
    step = make_transition("reboot", make_state(units={"himdsd": before}), make_state(units={"himdsd": after}))

    assert summaries("services-keep-state", make_trial(step)) == expected


def test_a_killed_service_comes_back() -> None:
    """One that stays away is a defect."""
    dead = make_state(units={"himdsd": UnitState("failed", "enabled")})

    assert summaries("services-keep-state", make_trial(make_transition("kill himdsd", make_state(), dead))) == [
        "the service himdsd does not come back after it was killed"
    ]


def test_a_unit_that_loses_its_restart() -> None:
    """Delivered or written by a script."""
    path = "/usr/lib/systemd/system/himdsd.service"
    made = {
        version: make_state(installed=version, files={path: FileState(None, FileFacts("f", "644", "0:0", text=text))})
        for version, text in ((OLD, "[Service]\nRestart=always\n"), (NEW, "[Service]\n"))
    }
    told = [f"{path} is restarted less often: Restart=always -> no"]
    steps = (make_transition("install", BARE, made[OLD]), make_transition("upgrade", made[OLD], made[NEW]))
    product = msgspec.structs.replace(PRODUCT, made=(path,))

    assert [f.summary for f in judge(replace(make_trial(*steps), product=product)) if f.where is None] == told
    trial = make_trial(files=(payload(path, text="[Service]\n"),))
    assert trial.old is not None
    old = msgspec.structs.replace(trial.old, files=(payload(path, text="[Service]\nRestart=always\n"),))
    assert [finding.summary for finding in judge(replace(trial, old=old))] == told


UNIT, DROP_IN = "/usr/lib/systemd/system/himdsd.service", "/usr/lib/systemd/system/himdsd.service.d/restart.conf"
KEPT = "[Service]\nRestart=always\n"


@pytest.mark.parametrize(
    ("new", "told"),
    [
        ((payload(UNIT),), ""),
        ((payload(UNIT, kind="l", link="other.service"),), ""),
        ((payload(UNIT, text="[Service]\n"), payload(DROP_IN, text=KEPT)), ""),
        ((payload(UNIT, text="[Service]\n"), payload(DROP_IN)), ""),
        ((payload(UNIT, text=KEPT), payload(DROP_IN, text="[Service]\nRestart=no\n")),
         f"{UNIT} is restarted less often: Restart=always -> no"),
        ((payload(UNIT.replace("/usr/lib", "/lib"), text="[Service]\n"),),
         f"{UNIT.replace('/usr/lib', '/lib')} is restarted less often: Restart=always -> no"),
    ],
    ids=["not read", "a link", "in a drop-in", "drop-in not read", "against it in a drop-in", "elsewhere"],
)  # fmt: skip
def test_a_unit_is_what_its_files_say_together(new: tuple[PayloadFile, ...], told: str) -> None:
    """What is not known is not lost."""
    trial = make_trial(files=new)
    assert trial.old is not None
    old = msgspec.structs.replace(trial.old, files=(payload(UNIT, text=KEPT),))

    assert [finding.summary for finding in judge(replace(trial, old=old))] == [told] * bool(told)


def test_a_timer_that_nothing_starts() -> None:
    """It has lost the target that wants it."""
    trial = make_trial(files=(payload(TIMER.path, text="[Timer]\nOnCalendar=daily\n"),))
    assert trial.old is not None
    wanted = payload(TIMER.path, text="[Timer]\nOnCalendar=daily\n[Install]\nWantedBy=timers.target\n")
    old = msgspec.structs.replace(trial.old, files=(wanted,))

    assert [finding.summary for finding in judge(replace(trial, old=old))] == [
        f"{TIMER.path} has no WantedBy=timers.target any more"
    ]
