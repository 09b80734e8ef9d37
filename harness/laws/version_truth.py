"""One version everywhere: package database, command line, heartbeats and Azure."""

from __future__ import annotations

from collections.abc import Iterator

from harness.laws.trial import DELETES, Finding, Trial


def judge(trial: Trial) -> Iterator[Finding]:
    """Look before and after each transition; Azure is asked before, when heartbeats have had time."""
    if trial.old is not None and trial.old.epoch != trial.new.epoch:
        change = f"{trial.old.epoch or 'none'} -> {trial.new.epoch or 'none'}"
        yield Finding(None, "the epoch of its version changes, which no later release can take back", (change,))
    for seen in trial.transitions():
        after, before = seen.transition.after, seen.transition.before
        wanted = after.installed.rpartition(":")[2].replace("-", ".")
        if after.package == "installed" and after.cli_version != wanted:
            said = after.cli_version or "nothing"
            evidence = (f"package database: {after.installed}", f"command line: {said}")
            problem = f"the command line says {said} where {wanted} is installed"
            yield Finding(seen, problem, evidence, (trial.product.cli,), deed=DELETES)
        known = before.installed.rpartition(":")[2].replace("-", ".")
        for machine in before.connected:
            if before.installed == trial.new.package.version and machine.agent_version != known:
                evidence = (f"package database: {before.installed}", f"Azure: {machine.agent_version}")
                yield Finding(seen, f"Azure shows version {machine.agent_version} where {known} is installed", evidence)
