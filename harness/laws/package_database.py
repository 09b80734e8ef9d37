"""The package database is whole: the package is there or gone, once, configured, and as it was delivered."""

from __future__ import annotations

from collections.abc import Iterator

from harness.laws.ends_clean import guilty_script, is_clean_refusal
from harness.laws.trial import CHANGES, REMOVALS, REPAIR, Finding, Trial


def judge(trial: Trial) -> Iterator[Finding]:
    """Look at what the package manager says of the package after each transition."""
    for seen in trial.transitions(CHANGES | {REPAIR}):
        after = seen.transition.after
        wanted = "absent" if seen.kind in REMOVALS else "installed"
        if after.package != wanted and not is_clean_refusal(seen):
            evidence = (f"state: {after.package} {after.installed}".strip(), *after.problems)
            said = (guilty_script(f"{command.stdout}\n{command.stderr}") for command in seen.transition.commands)
            script = next((name for name in said if name), "")
            yield Finding(seen, f"the package is {after.package} instead of {wanted}", evidence, script=script)
        elif after.problems:
            paths = tuple(line.split()[-1] for line in after.problems if "/" in line)
            yield Finding(seen, "the installed package is not as it was delivered", after.problems, paths)
        elif seen.kind == "upgrade" and after.installed != trial.new.package.version:
            yield Finding(
                seen, f"the package is still at {after.installed}", (f"before: {seen.transition.before.installed}",)
            )
