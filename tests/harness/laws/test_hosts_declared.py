"""Which hosts a machine asks, and for how long."""

from __future__ import annotations

import msgspec
import pytest

from harness.laws.hosts_declared import judge
from harness.laws.trial import Trial
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


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ("curl -s http://169.254.169.254/metadata > /dev/null || true", "169.254.169.254 by curl"),
        ("[ ! -x /usr/bin/wget ] || wget -qO- https://user@Example.com:8443/a", "example.com by wget"),
        ("if ! curl -s $URL; then :; fi", "a host by curl"),
        ("URL=https://a.example.com/x; x=$(curl $URL)", "a.example.com by curl"),
        ("nc -z example.com 443", "example.com by nc"),
        ("exec 3<> /dev/tcp/example.com/80", "example.com by /dev/tcp"),
        ("git clone https://github.com/a/b", "github.com by git clone"),
        ("curl -s https://management.azure.com/a", ""),
        ("curl -s http://127.0.0.1:40342/a; curl http://[::1]/; nc -z localhost 1", ""),
        ("curl --version; curl --unix-socket /run/a http://himds/", ""),
        ("command -v curl; echo 'run curl https://a.example.com'", ""),
        ("host=a; ssh-keygen -A; pinger", ""),
    ],
)
def test_whom_a_script_would_ask(line: str, asked: str) -> None:
    """Also by a program that no machine of ours has; what the previous release's asked is known."""
    trial = make_trial(scripts={"postinst": f"#!/bin/sh\n{line}\n"})
    assert trial.old is not None
    old = msgspec.structs.replace(trial.old, scripts={"preinst": f"  {line}\n"})

    told = [f"postinst asks {asked}, whom the product does not declare"] * bool(asked)
    assert [finding.summary for finding in judge(trial)] == told
    assert not list(judge(Trial(trial.product, trial.new, old, trial.runs)))
