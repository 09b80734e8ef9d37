"""Heartbeats come in time across a transition, once each, and end with the agent."""

from __future__ import annotations

import msgspec
import pytest

from tests.harness.laws.values import (
    BARE,
    BOX,
    make_event,
    make_state,
    make_transition,
    make_trial,
    summaries,
)


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        ([0, 5, 10, 15], []),
        ([0, 11, 16], ["no heartbeat for 660 s, more than two periods"]),
        ([0, 5, 10, 10.5, 15], ["heartbeats are doubled"]),
    ],
)
def test_heartbeats(
    minutes: list[float], expected: list[str]) -> None:  # fmt: skip
    """The gap across a transition counts; the first beat after a start may come at once."""
    events = tuple(make_event(number, minute) for number, minute in enumerate(minutes, start=1))
    connected = make_state(connected=(BOX,))
    step = make_transition("upgrade", connected, connected, since=1, until=1)

    assert summaries("heartbeats-steady", make_trial(step, events=events)) == expected


def test_heartbeats_after_the_removal() -> None:
    """Nobody is left to send them."""
    step = make_transition("uninstall", make_state(connected=(BOX,)), BARE, since=1, until=2)
    events = (make_event(1, 0), make_event(2, 1), make_event(3, 6))

    assert summaries("heartbeats-steady", make_trial(step, events=events)) == [
        "heartbeats come after the agent has gone"
    ]


def test_heartbeats_of_an_agent_that_came_back() -> None:
    """A removal that Azure heard nothing of is not blamed for those of the next installation."""
    there = make_state(connected=(BOX,))
    steps = (
        make_transition("install", BARE, there, since=1, until=2),
        make_transition("remove", there, BARE, since=2, until=2),
        make_transition("install", BARE, there, since=2, until=3),
    )
    events = (make_event(1, 0), make_event(2, 1), make_event(4, 6))

    assert summaries("heartbeats-steady", make_trial(*steps, events=events)) == []


def test_each_machine_has_heartbeats_of_its_own() -> None:
    """Those of two come in between one another."""
    connected = make_state(connected=(BOX, msgspec.structs.replace(BOX, id="/m/box-2", name="box-2", vm_id="vm-2")))
    step = make_transition("connect", connected, connected, since=0, until=0)
    beats = enumerate([(0, 1), (1, 2), (5, 1), (6, 2), (10, 1), (18, 2)], start=1)
    events = tuple(
        msgspec.structs.replace(make_event(number, minute), machine=f"/m/box-{box}") for number, (minute, box) in beats
    )

    assert summaries("heartbeats-steady", make_trial(step, events=events)) == [
        "no heartbeat for 720 s, more than two periods"
    ]


@pytest.mark.parametrize(("minute", "is_silent"), [(10.0, False), (10.25, True)])
def test_one_that_falls_silent(minute: float, is_silent: bool) -> None:
    """No later heartbeat need come to show the gap: the lab's clock went on, and somebody else was heard."""
    connected = make_state(connected=(BOX,))
    step = make_transition("upgrade", connected, connected, since=1, until=1)
    beat = msgspec.structs.replace(make_event(1, 0), machine=BOX.id)
    events = (beat, make_event(2, minute, "clock"))

    found = summaries("heartbeats-steady", make_trial(step, events=events))

    assert found == (["no heartbeat for 615 s, nor any after it"] if is_silent else [])


@pytest.mark.parametrize("status", ["Disconnected", "Expired"])
def test_one_that_was_silent_before_is_not_told_of_again(status: str) -> None:
    """The transition after which it fell silent was told."""
    silent = make_state(connected=(msgspec.structs.replace(BOX, status=status),))
    step = make_transition("reboot", silent, silent, since=1, until=1)
    events = (msgspec.structs.replace(make_event(1, 0), machine=BOX.id), make_event(2, 30, "clock"))

    assert summaries("heartbeats-steady", make_trial(step, events=events)) == []


def test_doubles_in_the_step_that_moves_the_clock() -> None:
    """What is sent while the time passes is all the agent's own doing."""
    connected = make_state(connected=(BOX,))
    steps = (
        make_transition("upgrade", connected, connected, since=0, until=1),
        make_transition("advance", connected, connected, since=1, until=4),
    )
    events = tuple(make_event(number, minute) for number, minute in enumerate((0, 5, 5.5, 10), start=1))

    assert summaries("heartbeats-steady", make_trial(*steps, events=events)) == ["heartbeats are doubled"]
