"""A machine and its clone: who may speak, and what ARM says of it."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.resources import clones, machines
from simulator.resources.entities import Machine
from simulator.resources.system_data import Author

NOW = 1_767_225_600.0
MACHINE = Machine(
    key="/m", name="m", subscription_id="s", resource_group="g", location="eastus", vm_id="v", public_key="k",
    principal_id="p", client_id="c", created=NOW,
)  # fmt: skip


def beat(machine: Machine, sender: str, now: float) -> Machine:
    """Send a heartbeat, which is accepted or refused as a clone's; give the machine after it."""
    if clones.is_clone(machine, sender, now):
        transition = clones.refused(machine, sender, now)
    else:
        transition = machines.heard(machine, {}, now, sender=sender)
    after = transition.put[0]
    assert isinstance(after, Machine)
    return after


def after(senders: str, every: float = 150.0) -> tuple[Machine, float]:
    """Give the machine after heartbeats of these senders, one after the other, and the moment of the next."""
    machine, now = MACHINE, NOW
    for sender in senders:
        machine, now = beat(machine, sender, now), now + every
    return machine, now


@pytest.mark.parametrize(
    ("senders", "sender", "expected"),
    [
        ("a", "a", False), ("a", "b", False), ("ab", "a", False), ("aba", "b", True), ("aba", "a", False),
        ("abaa", "b", True), ("abab", "b", True), ("abab", "a", False), ("abc", "a", False), ("aba", "", False),
    ],
)  # fmt: skip
def test_the_second_return_is_a_clone(senders: str, sender: str, expected: bool) -> None:
    """A new address and one return are a machine that moved; the next return is a clone, and the first one goes on."""
    machine, now = after(senders)

    assert clones.is_clone(machine, sender, now) is expected


@pytest.mark.parametrize(("pause", "expected"), [(899.0, True), (900.0, False)])
def test_a_clone_that_was_silent_may_speak(pause: float, expected: bool) -> None:
    """Fifteen minutes after its last try it is a sender as any other."""
    machine, now = after("abab")
    tried = now - 150.0

    assert clones.is_clone(machine, "b", tried + pause) is expected


def test_slow_turns_are_no_clone() -> None:
    """Senders that are heard further apart than 15 minutes are one machine that moves about."""
    machine, now = after("ababab", every=450.0)

    assert (clones.is_clone(machine, "a", now), clones.reason_of(machine, now)) == (False, "")


def test_the_reason_lasts_while_the_clone_tries() -> None:
    """ARM says Cloned from the first refusal on, and no longer 15 minutes after the last one."""
    before, _ = after("aba")
    machine, now = after("abab")
    tried = now - 150.0
    shown = [machines.shown(machine, None, "t", moment)["properties"] for moment in (tried, tried + 899, tried + 900)]

    assert [properties.get("statusReason") for properties in shown] == ["Cloned", "Cloned", None]
    assert clones.reason_of(before, tried) == ""


def test_a_new_identity_begins_anew() -> None:
    """A machine with another key is nobody's clone."""
    machine, now = after("abab")
    body = {"properties": {"clientPublicKey": "AAAA"}}
    author = Author("o", "Application")
    renewed = machines.updated(machine, body, is_patch=True, author=author, now=now)

    assert (clones.is_clone(renewed, "b", now), clones.reason_of(renewed, now)) == (False, "")


@given(senders=st.lists(st.sampled_from("abc"), max_size=12), every=st.sampled_from([60.0, 300.0, 890.0, 1000.0]))
def test_the_last_accepted_sender_is_never_refused(senders: list[str], every: float) -> None:
    """Whatever happens, the sender that was heard last may go on, and a refusal changes no heartbeat."""
    machine, now = MACHINE, NOW
    for sender in senders:
        was = machine
        machine, now = beat(machine, sender, now), now + every

        assert not clones.is_clone(machine, machine.last_sender, now)
        if machine.heartbeats == was.heartbeats:
            kept = msgspec.structs.replace(was, other_heard=machine.other_heard, turns=machine.turns)
            assert kept == machine
