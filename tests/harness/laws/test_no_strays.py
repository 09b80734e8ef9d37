"""Processes that a script, a restart or a removal leaves behind."""

from __future__ import annotations

import msgspec
import pytest

from harness.laws import LAWS
from harness.model.state import Process, UnitState
from tests.harness.laws.values import (
    BARE,
    NEW,
    OLD,
    make_state,
    make_transition,
    make_trial,
    payload,
    summaries,
)


@pytest.mark.parametrize(
    ("parent", "unit", "command", "found"),
    [
        (1, "", "/bin/sleep 1000", ["a script leaves sleep running"]),
        (1, "init.scope", "python3 -c pass", ["a script leaves python3 running"]),
        (0, "", "bash", []),
        (1, "himdsd.service", "sleep 1000", []),
        (1, "", "gpg-agent --homedir /var/cache/dnf", []),
        (1, "init.scope", "/usr/lib/systemd/systemd-executor --deserialize 35", []),
    ],
    ids=["left", "of no service", "of the laboratory", "of a service", "of the package manager", "of systemd"],
)
def test_a_process_that_a_script_leaves(parent: int, unit: str, command: str, found: list[str]) -> None:
    """It is an orphan that no service holds, and that was not there before."""
    stray = Process(7, "root", unit, command, parent)
    news = make_transition("reinstall", make_state(), make_state(processes=(stray,)))
    known = make_transition("reinstall", make_state(processes=(stray,)), make_state(processes=(stray,)))

    assert summaries("no-strays", make_trial(news)) == found
    assert summaries("no-strays", make_trial(known)) == []


@pytest.mark.parametrize(("child", "is_found"), [(101, True), (201, False)])
def test_children_that_outlive_a_restart(child: int, is_found: bool) -> None:
    """As with KillMode=process: the old program goes on beside the new one."""
    states = [
        make_state(
            installed=version,
            units={"himdsd": UnitState("active", "enabled", "running", main)},
            processes=tuple(Process(pid, "himds", "himdsd.service", "himds", 1) for pid in (main, worker)),
        )
        for version, main, worker in ((OLD, 100, 101), (NEW, 200, child))
    ]

    assert (
        summaries("no-strays", make_trial(make_transition("upgrade", *states)))
        == ["the service himdsd was restarted, and processes of the old one go on"] * is_found
    )


def test_a_child_of_a_service_that_has_gone() -> None:
    """Whatever it is called."""
    child = Process(101, "himds", "himdsd.service", "sleep 86400", 1)
    gone = msgspec.structs.replace(BARE, processes=(child,))

    assert summaries("no-strays", make_trial(make_transition("uninstall", make_state(), gone))) == [
        "a process of the package still runs"
    ]


@pytest.mark.parametrize(
    ("active", "found"), [("inactive", ["/usr/lib/systemd/system/himdsd.service"]), ("active", [])]
)
def test_what_a_service_that_has_ended_leaves(active: str, found: list[str]) -> None:
    """Its own file says so; one that goes on was not stopped by the scripts."""
    child = Process(7, "root", "himdsd.service", "sleep 1000")
    gone = msgspec.structs.replace(BARE, processes=(child,), units={"himdsd": UnitState(active, "absent")})
    unit = payload("/usr/lib/systemd/system/himdsd.service", mode="644")
    trial = make_trial(make_transition("uninstall", make_state(), gone), files=(payload(), unit))

    assert [list(finding.about) for finding in LAWS["no-strays"](trial)] == [found]


@pytest.mark.parametrize(
    ("earlier", "later", "is_told"),
    [((), (7, 8, 9), True), ((7, 8), (7, 8), True), ((7,), (7,), False), ((), (7,), False), ((7,), (8,), False)],
)
def test_children_that_nobody_waits_for(earlier: tuple[int, ...], later: tuple[int, ...], is_told: bool) -> None:
    """Any child has ended and is still there for a moment; many, or several for long, are the service's fault."""
    before, after, older, tidier = (
        make_state(installed=version, processes=_waiting(pids))
        for version, pids in ((NEW, earlier), (NEW, later), (OLD, later), (OLD, later[1:]))
    )
    step = make_transition("reinstall", before, after)
    told = ["the service himdsd does not wait for its children"] * is_told

    assert summaries("no-strays", make_trial(step)) == told
    assert summaries("no-strays", make_trial(make_transition("install", BARE, tidier), step)) == told
    assert not summaries("no-strays", make_trial(make_transition("install", BARE, older), step))


def _waiting(pids: tuple[int, ...]) -> tuple[Process, ...]:
    daemon = Process(100, "himds", "himdsd.service", "python3 himds", 1)
    return (daemon, *(Process(pid, "himds", "", "[true] <defunct>", 100) for pid in pids))
