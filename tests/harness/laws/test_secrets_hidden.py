"""A secret stands nowhere."""

from __future__ import annotations

from tests.harness.laws.values import (
    make_state,
    make_transition,
    make_trial,
    summaries,
)


def test_an_exposed_secret() -> None:
    """Each place is told."""
    step = make_transition("connect", make_state(), make_state(), exposed=("/var/log/agent.log", "journal"))

    assert summaries("secrets-hidden", make_trial(step)) == [
        "a secret stands in /var/log/agent.log", "a secret stands in journal",
    ]  # fmt: skip
