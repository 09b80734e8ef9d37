"""Names in folders that anybody may write to."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from tests.harness.laws.values import (
    make_state,
    make_transition,
    make_trial,
    payload,
    summaries,
)


@pytest.mark.parametrize(
    ("line", "is_found"),
    [
        ("touch /tmp/.x-upgrade", True), ("echo 1 > /var/tmp/agent.state", True), ("cp a /dev/shm/agent", True),
        ("t=$(mktemp /tmp/agent.XXXXXX)", False), ("# touch /tmp/x", False), ("[ -d /tmp/agent ]", False),
        ('echo 1 > "/tmp/agent.$$.$RANDOM"', False), ("echo 1 > /tmp/agent.$$", True),
        ("LOG=/tmp/agent.log; echo 1 > $LOG", True), ("sh -c 'touch /tmp/agent'", True),
        ("rm -f /tmp/agent > /dev/null 2>&1", False), ("DIR=$(mktemp -d); touch $DIR/tmp/agent", False),
    ],
)  # fmt: skip
def test_fixed_temporary_names(line: str, is_found: bool) -> None:
    """A name that anybody can foresee is found, a made-up one is not."""
    assert (
        bool(summaries("no-fixed-temporary-names", make_trial(scripts={"postinst": f"#!/bin/sh\n{line}\n"})))
        is is_found
    )


@pytest.mark.parametrize(
    ("entry", "is_found"),
    [
        ("/tmp/pongd.state f 644 root", True),
        (f"/tmp/systemd-private-{'19e5' * 8}-pongd.service-AHdXmo d 700 root", False),
        (f"/var/tmp/systemd-private-{'19e5' * 8}-pongd.service-6pW6kH/tmp d 1777 root", False),
        ("/tmp/systemd-private-pongd f 644 root", True),
    ],
    ids=["a script's", "a service's own /tmp", "what is in its own /var/tmp", "one that only looks like it"],
)
def test_what_stays_there(entry: str, is_found: bool) -> None:
    """A service may have folders of its own there, which systemd makes for root alone."""
    step = make_transition("upgrade", make_state(), make_state(temporary=(entry,)))

    assert bool(summaries("no-fixed-temporary-names", make_trial(step))) is is_found


UNIT, HELPER = "/usr/lib/systemd/system/himdsd.service", "/opt/azcmagent/lib/prepare"
STARTS = "[Service]\nExecStartPre=/bin/sh -c 'touch /tmp/agent.ready'\nExecStart=/opt/a\n"


@pytest.mark.parametrize(
    ("unit", "before", "is_told"),
    [
        (STARTS, "", True),
        (STARTS, STARTS, False),
        (f"{STARTS}PrivateTmp=yes\n", "", False),
        (STARTS.replace("/tmp/", "/run/"), "", False),
    ],
    ids=["new", "as before", "a /tmp of its own", "elsewhere"],
)
def test_what_a_unit_starts(unit: str, before: str, *, is_told: bool) -> None:
    """Root runs it at each start."""
    trial = make_trial(files=(payload(UNIT, text=unit),))
    assert trial.old is not None
    trial = replace(trial, old=msgspec.structs.replace(trial.old, files=(payload(UNIT, text=before),)))
    told = [f"{UNIT} writes to the fixed name /tmp/agent.ready"]

    assert summaries("no-fixed-temporary-names", trial) == (told if is_told else [])


def test_what_a_unit_s_helper_does_and_the_installer() -> None:
    """A script of the package that a unit names is run as well; and the installer before all of them, as root."""
    helper = payload(HELPER, program="#!/bin/sh", text="#!/bin/sh\ncp /a /tmp/agent.copy\n")
    trial = make_trial(files=(payload(UNIT, text=f"[Service]\nExecStart={HELPER}\n"), helper))
    trial = replace(trial, installer="#!/bin/bash\ncurl -o /tmp/agent.deb https://example.com/agent.deb\n")

    assert summaries("no-fixed-temporary-names", trial) == [
        f"{HELPER} writes to the fixed name /tmp/agent.copy",
        "the installer writes to the fixed name /tmp/agent.deb",
    ]
