"""The package database is whole: the package is there or gone, once, configured, and as it was delivered."""

from __future__ import annotations

from collections.abc import Iterator

from harness.laws.ends_clean import guilty_script, is_clean_refusal
from harness.laws.trial import CHANGES, REMOVALS, REPAIR, WRITES, Finding, Seen, Trial, facts, shown


def _rewritten(trial: Trial, seen: Seen) -> Iterator[Finding]:
    """Tell of configuration files that nobody has edited and that are not the package's: the next upgrade will ask.

    Source: Debian policy 10.7.3: maintainer scripts may not change a conffile, not even one that nobody has edited;
    rpm's %verify(not md5) says that one may.
    """
    before, after = seen.transition.before, seen.transition.after
    if after.installed != trial.new.package.version:
        return
    for file in trial.new.files:
        if not file.config or file.varies or not file.sha256 or trial.is_declared(file.path):
            continue
        now = facts(after, file.path, before)
        if now is None or not now.content:
            continue
        was = facts(before, file.path, after)
        is_changed = was is None or was.content != now.content
        if is_changed and now.content != file.sha256 and file.path not in seen.transition.edited:
            evidence = (f"delivered: sha256 {file.sha256[:12]}", f"found: {shown(now)}")
            summary = f"the configuration file {file.path} is not as it was delivered, and nobody has edited it"
            yield Finding(seen, summary, evidence, (file.path,), deed=WRITES)


def judge(trial: Trial) -> Iterator[Finding]:
    """Look at what the package manager says of the package after each transition."""
    for seen in trial.transitions(CHANGES | {REPAIR}):
        yield from _rewritten(trial, seen)
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
