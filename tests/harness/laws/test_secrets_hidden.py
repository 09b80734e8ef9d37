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


def test_a_password_where_an_administrator_has_put_it() -> None:
    """The product's own configuration, and no copy of it."""
    where = "/var/opt/azcmagent/localconfig.json"
    step = make_transition("upgrade", make_state(), make_state(), exposed=(where, f"{where}.old"))

    assert summaries("secrets-hidden", make_trial(step)) == [f"a secret stands in {where}.old"]
