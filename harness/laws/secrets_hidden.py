"""Secrets stay secret: no log, journal, command line or environment shows what a person or Azure has confided."""

from __future__ import annotations

from collections.abc import Iterator

from harness.laws.trial import Finding, Trial


def judge(trial: Trial) -> Iterator[Finding]:
    """Look at the places where the case's secrets were found after each transition.

    A proxy's password stands in the configuration of the product, where an administrator has put it.
    """
    for seen in trial.transitions():
        for place in seen.transition.exposed:
            path = place.partition(",")[0]
            if path not in trial.product.all_configuration:
                yield Finding(seen, f"a secret stands in {place}", (), (path,))
