"""An administrator's edits survive: content, mode, owner and links of configuration and drop-ins, and memberships."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from harness.laws.memberships import memberships, numbers
from harness.laws.trial import CHANGES, Finding, Seen, Trial, account_names, facts, same, shown
from harness.model.state import FileFacts

#: Source: dh_installinit(1): an init script, which is configuration, may not be run any more without its package.
_INIT_SCRIPTS = "/etc/init.d/"
_RUNNABLE = 0o111
_CHANGES_ACCOUNTS = r"\b(user|group)(add|del|mod)\b|\b(add|del)(user|group)\b|\bgpasswd\b|\bsystemd-sysusers\b"


def judge(trial: Trial) -> Iterator[Finding]:
    """Compare what was edited before and after each transition; so too the product's declared configuration."""
    declared = (*trial.product.configuration, *trial.product.generated)
    for seen in trial.transitions(CHANGES):
        transition = seen.transition
        yield from _accounts(trial, seen)
        watched = {
            *transition.edited,
            *(path for path in declared if path in transition.before.files),
        }
        for path in sorted(watched):
            before, after = (
                facts(transition.before, path, transition.after),
                facts(transition.after, path, transition.before),
            )
            if before is None or same(before, after):
                continue
            if seen.kind == "remove" and path.startswith(_INIT_SCRIPTS) and _is_only_stopped(before, after):
                continue
            if after is None and (seen.kind == "uninstall" or before.kind == "d" or _goes_with(trial, path, seen.kind)):
                continue
            evidence = (f"before: {shown(before)}", f"after: {shown(after)}")
            yield Finding(seen, f"the administrator's {path} is not kept", evidence, (path,))


def _accounts(trial: Trial, seen: Seen) -> Iterator[Finding]:
    """Tell of whom an administrator has given a group of the product's and who is none of it any more.

    And of accounts that have another number than before, although they were not taken away: files elsewhere, and
    those who look after accounts, know them by that.
    """
    before, after = seen.transition.before, seen.transition.after
    declared, there = {*trial.product.accounts, *trial.product.groups}, account_names(after)
    for group, member in sorted(memberships(before.accounts) - memberships(after.accounts)):
        if group in declared and member not in declared and {group, member} <= there:
            summary = f"the administrator's member {member} of the group {group} is not kept"
            yield Finding(seen, summary, (), (group,), deed=_CHANGES_ACCOUNTS)
    one, other = numbers(before.accounts), numbers(after.accounts)
    for kind, name in sorted(one.keys() & other.keys()):
        was, now = one[kind, name], other[kind, name]
        if name in declared and was != now:
            summary = f"the {kind} {name} gets another number"
            yield Finding(seen, summary, (f"{was} -> {now}",), (name,), deed=_CHANGES_ACCOUNTS)


def _is_only_stopped(before: FileFacts, after: FileFacts | None) -> bool:
    """Say whether nothing of a script was lost but that it may be run."""
    if after is None:
        return False
    modes = (format(int(found.mode, 8) & ~_RUNNABLE, "o") for found in (before, after))
    one, other = (msgspec.structs.replace(f, mode=mode) for f, mode in zip((before, after), modes, strict=True))
    return same(one, other)


def _goes_with(trial: Trial, path: str, kind: str) -> bool:
    """Say whether an rpm's configuration file goes at its removal, where an edited one is kept under another name."""
    is_configuration = any(file.path == path and file.config for file in trial.new.files)
    return kind == "remove" and is_configuration and trial.new.package.format == "rpm"
