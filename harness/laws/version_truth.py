"""One version everywhere: package database, command line, heartbeats and Azure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.laws.trial import DELETES, Finding, Trial
from harness.model.product import Product

#: Source: deb-version(7): `[epoch:]upstream-version[-debian-revision]`; the program tells its numbers alone.
_UPSTREAM = re.compile(r"(?:\d+:)?(?P<numbers>\d+(?:\.\d+)*)")


def judge(trial: Trial) -> Iterator[Finding]:
    """Look before and after each transition; Azure is asked before, when heartbeats have had time."""
    if trial.old is not None and trial.old.epoch != trial.new.epoch:
        change = f"{trial.old.epoch or 'none'} -> {trial.new.epoch or 'none'}"
        yield Finding(None, "the epoch of its version changes, which no later release can take back", (change,))
    for seen in trial.transitions():
        after, before = seen.transition.after, seen.transition.before
        wanted = told_version(trial.product, after.installed)
        if trial.product.version_command and after.package == "installed" and after.cli_version != wanted:
            said = after.cli_version or "nothing"
            evidence = (f"package database: {after.installed}", f"command line: {said}")
            problem = f"the command line says {said} where {wanted} is installed"
            yield Finding(seen, problem, evidence, (trial.product.cli,), deed=DELETES)
        known = told_version(trial.product, before.installed)
        for machine in before.connected:
            if before.installed == trial.new.package.version and machine.agent_version != known:
                evidence = (f"package database: {before.installed}", f"Azure: {machine.agent_version}")
                yield Finding(seen, f"Azure shows version {machine.agent_version} where {known} is installed", evidence)


def told_version(product: Product, installed: str) -> str:
    """Give what the product's command line says where this version is in the package database."""
    if product.version_form == "upstream":
        found = _UPSTREAM.match(installed)
        return found["numbers"] if found else installed
    return installed.rpartition(":")[2].replace("-", ".")
