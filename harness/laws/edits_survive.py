"""An administrator's edits survive: content, mode, owner and links of configuration and drop-ins."""

from __future__ import annotations

from collections.abc import Iterator

from harness.laws.trial import CHANGES, Finding, Trial, facts, same, shown


def judge(trial: Trial) -> Iterator[Finding]:
    """Compare what was edited before and after each transition; so too the product's declared configuration."""
    for seen in trial.transitions(CHANGES):
        transition = seen.transition
        watched = {
            *transition.edited,
            *(path for path in trial.product.configuration if path in transition.before.files),
        }
        for path in sorted(watched):
            before, after = (
                facts(transition.before, path, transition.after),
                facts(transition.after, path, transition.before),
            )
            if before is None or same(before, after):
                continue
            if after is None and (seen.kind == "uninstall" or before.kind == "d" or _goes_with(trial, path, seen.kind)):
                continue
            evidence = (f"before: {shown(before)}", f"after: {shown(after)}")
            yield Finding(seen, f"the administrator's {path} is not kept", evidence, (path,))


def _goes_with(trial: Trial, path: str, kind: str) -> bool:
    """Say whether an rpm's configuration file goes at its removal, where an edited one is kept under another name."""
    is_configuration = any(file.path == path and file.config for file in trial.new.files)
    return kind == "remove" and is_configuration and trial.new.package.format == "rpm"
