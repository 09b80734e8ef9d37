"""Which hosts a machine asks, and for how long."""

from __future__ import annotations

from tests.harness.laws.values import (
    BARE,
    make_event,
    make_state,
    make_transition,
    make_trial,
    summaries,
)


def test_an_installation_after_a_silent_removal_asks_hosts_again() -> None:
    """The removal told the cloud nothing, so that both begin at the same event."""
    steps = (
        make_transition("install", BARE, make_state(), since=1, until=4),
        make_transition("remove", make_state(), BARE, since=4, until=4),
        make_transition("install", BARE, make_state(), since=4, until=6),
    )
    events = (make_event(5, 6, "request", "management.azure.com"),)

    assert summaries("hosts-declared", make_trial(*steps, events=events)) == []


def test_undeclared_and_late_hosts() -> None:
    """A host is told once; after a removal no host but the repository's is asked."""
    events = (
        make_event(2, 1, "dns", "telemetry.example.com"), make_event(3, 2, "request", "telemetry.example.com"),
        make_event(3, 2, "dns", "9.0.0.10.in-addr.arpa"), make_event(6, 6, "request", "management.azure.com"),
    )  # fmt: skip
    steps = (
        make_transition("install", BARE, make_state(), since=1, until=4),
        make_transition("uninstall", make_state(), BARE, since=4, until=5),
    )

    assert summaries("hosts-declared", make_trial(*steps, events=events)) == [
        "the undeclared host telemetry.example.com is contacted", "the machine still contacts Azure after the removal",
    ]  # fmt: skip
