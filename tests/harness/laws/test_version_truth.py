"""What a program and Azure say of the package's version, and how versions may change."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from harness.laws.version_truth import told_version
from tests.harness.laws.values import (
    BOX,
    NEW,
    OLD,
    PRODUCT,
    make_state,
    make_transition,
    make_trial,
    summaries,
)

UPSTREAM = msgspec.structs.replace(PRODUCT, version_form="upstream")


@pytest.mark.parametrize(
    ("installed", "whole", "upstream"),
    [
        ("1.68.1.1", "1.68.1.1", "1.68.1.1"),
        ("1.28.02260-755", "1.28.02260.755", "1.28.02260"),
        ("1.5.0-1+b6", "1.5.0.1+b6", "1.5.0"),
        ("1:6.0.14+dfsg-1+b1", "6.0.14+dfsg.1+b1", "6.0.14"),
        ("1:9.2p1-2+deb12u3", "9.2p1.2+deb12u3", "9.2"),
    ],
)
def test_the_form_is_the_products(installed: str, whole: str, upstream: str) -> None:
    """All of it, or the numbers of the upstream version without epoch, revision and letters."""
    assert (told_version(PRODUCT, installed), told_version(UPSTREAM, installed)) == (whole, upstream)


def test_azure_shows_an_old_version() -> None:
    """Heartbeats that name another version than the package database are found at the next transition."""
    stale = make_state(connected=(msgspec.structs.replace(BOX, agent_version=OLD),))

    assert summaries("version-truth", make_trial(make_transition("reboot", stale, stale))) == [
        f"Azure shows version {OLD} where {NEW} is installed"
    ]


@pytest.mark.parametrize(("old", "new", "is_found"), [("", "1", True), ("1", "", True), ("1", "1", False)])
def test_an_epoch_comes_or_goes(old: str, new: str, is_found: bool) -> None:
    """An rpm's is nowhere in its file's name, and all that follow have to have it."""
    trial = make_trial(epoch=new)
    assert trial.old is not None
    trial = replace(trial, old=msgspec.structs.replace(trial.old, epoch=old))

    assert (
        summaries("version-truth", trial)
        == ["the epoch of its version changes, which no later release can take back"] * is_found
    )
