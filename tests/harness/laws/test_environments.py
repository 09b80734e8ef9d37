"""What laws make of a hostile environment: it changes nothing, brings things of its own, or lacks some."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from harness.laws.trial import CannotTell, Trial
from harness.model.state import State, UnitState
from tests.harness.laws.values import (
    BARE,
    HIMDS,
    PROGRAM,
    ROOT,
    make_state,
    make_transition,
    make_trial,
    new_file,
    summaries,
)


def hostile_trial(before: State, after: State, word: str = "umask-077", **run: Any) -> Trial:
    """Give a trial of an ordinary installation and of one in an environment."""
    ordinary = make_trial(make_transition("install", BARE, make_state()))
    hostile = make_trial(make_transition("install", before, after))
    changed = msgspec.structs.replace(hostile.runs[0], environment=word, **run)
    return Trial(ordinary.product, ordinary.new, ordinary.old, (changed, *ordinary.runs))


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"files": {PROGRAM: new_file(mode="700")}}, PROGRAM),
        ({"accounts": (*ROOT, *HIMDS, "new:x:7:7::/:/bin/sh")}, "accounts"),
        ({"listening": ()}, "listening ports"),
        ({"environment": ("PATH=/bin", "NEW=1")}, "the default environment"),
        ({"units": {"himdsd": UnitState("failed", "enabled")}}, "services himdsd"),
    ],
)
def test_an_environment_changes_nothing(changes: dict[str, Any], what: str) -> None:
    """What an installation does in it differs from what it does on an ordinary machine: a defect."""
    trial = hostile_trial(BARE, make_state(**changes))

    assert summaries("same-in-the-end", trial) == [f"with umask-077 a new machine differs from an ordinary one: {what}"]


def test_what_an_environment_brings_is_no_difference() -> None:
    """Accounts with other homes, ports and variables that were there before the installation."""
    taken = (*ROOT, "himds:x:4811:4711::/home/himds:/usr/sbin/nologin", "himds:x:4711:")
    before = msgspec.structs.replace(BARE, accounts=taken, listening=("any:22",), environment=("PATH=/bin", "LANG=C"))
    after = make_state(
        accounts=taken, listening=("any:22", "loopback:40342"), environment=("PATH=/bin", "LANG=C")
    )  # fmt: skip

    assert summaries("same-in-the-end", hostile_trial(before, after, "uid-taken")) == []


def test_what_an_environment_lacks_and_what_tools_say_there() -> None:
    """A cron file that has no place is no difference, nor is a line of a system tool; elsewhere both are."""
    cron = {"/etc/cron.d/job": new_file(), PROGRAM: new_file(mode="755")}
    said = "Failed to set locale, defaulting to C.UTF-8\n"
    ordinary = make_trial(make_transition("install", BARE, make_state(files=cron)))
    found: dict[str, list[str]] = {}
    for word in ("no-cron", "no-locale"):
        hostile = make_trial(make_transition("install", BARE, make_state(), output=said))
        run = msgspec.structs.replace(hostile.runs[0], environment=word)
        trial = Trial(ordinary.product, ordinary.new, ordinary.old, (run, *ordinary.runs))
        found[word] = [*summaries("same-in-the-end", trial), *summaries("ends-clean", trial)]

    assert found == {
        "no-cron": ["'sudo apt install' prints errors"],
        "no-locale": ["with no-locale a new machine differs from an ordinary one: /etc/cron.d/job"],
    }


def test_without_systemd_services_are_enabled_and_do_not_run() -> None:
    """Neither law asks for more; a service that was started all the same is a defect."""
    enabled = make_state(units={"himdsd": UnitState("inactive", "enabled")}, listening=())
    disabled = make_state(units={"himdsd": UnitState("inactive", "disabled")}, listening=())
    found = {
        law: [summaries(law, hostile_trial(BARE, after, "no-systemd", services=False))
              for after in (enabled, disabled, make_state())]
        for law in ("services-keep-state", "same-in-the-end")
    }  # fmt: skip

    assert found["services-keep-state"] == [
        [], ["the service himdsd is not enabled"],
        ["the service himdsd was started, although no service can run there"],
    ]  # fmt: skip
    assert found["same-in-the-end"] == [
        [], ["with no-systemd a new machine differs from an ordinary one: services himdsd"], []
    ]  # fmt: skip


def test_an_environment_with_nothing_to_compare_with_cannot_be_told() -> None:
    """Without an ordinary installation, or with one that failed, the law says so after its findings."""
    alone = hostile_trial(BARE, make_state())
    failed = make_trial(make_transition("install", BARE, BARE))
    for runs in (alone.runs[:1], (alone.runs[0], *failed.runs)):
        with pytest.raises(CannotTell, match="that lifecycle could"):
            summaries("same-in-the-end", replace(alone, runs=runs))


def test_what_system_tools_print_by_themselves_is_no_error() -> None:
    """Of a locale that the machine lacks; where it has it, somebody has to be told."""
    said = "bash: warning: setlocale: LC_ALL: cannot change locale (de_AT.UTF-8): No such file or directory"
    trial = make_trial(make_transition("reinstall", make_state(), make_state(), output=said))
    hostile = replace(trial, runs=(msgspec.structs.replace(trial.runs[0], environment="no-locale"),))

    assert summaries("ends-clean", trial) == ["'sudo apt reinstall' prints errors"]
    assert not summaries("ends-clean", hostile)
