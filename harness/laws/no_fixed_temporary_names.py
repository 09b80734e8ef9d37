"""No script writes to a fixed name in a folder that anybody may write to, where a planted link would lead it astray."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.laws.trial import CHANGES, Finding, Trial

_FOLDERS = r"(?:/tmp|/var/tmp|/dev/shm)"
_NAME = re.compile(rf"{_FOLDERS}/[\w.][\w./-]*(?![\w./-]*(?:\$|X{{3}}))")
_WRITES = re.compile(r"(>|\b(touch|tee|cp|mv|mkdir|install|ln|chmod|chown|dd|curl|wget|tar|unzip)\b)")
#: Where a service with PrivateTmp= has its own, for root alone and under a name by chance. Source: systemd.exec(5).
_PRIVATE = re.compile(rf"{_FOLDERS}/systemd-private-[0-9a-f]{{32}}-")
_SAFE = re.compile(r"\bmktemp\b|^\s*#")


def judge(trial: Trial) -> Iterator[Finding]:
    """Read the scripts, and look for files that stay in those folders after a transition."""
    for script, text in trial.new.scripts.items():
        for number, line in enumerate(text.splitlines(), start=1):
            found = _NAME.search(line)
            if found and _WRITES.search(line) and not _SAFE.search(line):
                yield Finding(
                    None, f"{script} writes to the fixed name {found.group()}", (f"{script}:{number}: {line.strip()}",),
                    (found.group(),), script,
                )  # fmt: skip
    for seen in trial.transitions(CHANGES):
        for entry in sorted(set(seen.transition.after.temporary) - set(seen.transition.before.temporary)):
            path = entry.split()[0]
            if not trial.is_background(path) and not _PRIVATE.match(path):
                yield Finding(seen, f"{path} stays in a folder that anybody may write to", (entry,), (path,))
