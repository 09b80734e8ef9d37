"""Secrets stay secret: no log, journal, command line or environment shows what a person or Azure has confided."""

from __future__ import annotations

from collections.abc import Iterator

from harness.laws.trial import Finding, Trial


def judge(trial: Trial) -> Iterator[Finding]:
    """Look at the places where the case's secrets were found after each transition."""
    for seen in trial.transitions():
        for place in seen.transition.exposed:
            yield Finding(seen, f"a secret stands in {place}", (), (place.partition(",")[0],))
