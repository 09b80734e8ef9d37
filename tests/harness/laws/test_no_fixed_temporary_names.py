"""Names in folders that anybody may write to."""

from __future__ import annotations

import pytest

from tests.harness.laws.values import (
    make_trial,
    summaries,
)


@pytest.mark.parametrize(
    ("line", "is_found"),
    [
        ("touch /tmp/.x-upgrade", True), ("echo 1 > /var/tmp/agent.state", True), ("cp a /dev/shm/agent", True),
        ("t=$(mktemp /tmp/agent.XXXXXX)", False), ("# touch /tmp/x", False), ("[ -d /tmp/agent ]", False),
        ('echo 1 > "/tmp/agent.$$.$RANDOM"', False),
    ],
)  # fmt: skip
def test_fixed_temporary_names(line: str, is_found: bool) -> None:
    """A name that anybody can foresee is found, a made-up one is not."""
    assert (
        bool(summaries("no-fixed-temporary-names", make_trial(scripts={"postinst": f"#!/bin/sh\n{line}\n"})))
        is is_found
    )
