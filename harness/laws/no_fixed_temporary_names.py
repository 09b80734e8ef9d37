"""No script writes to a fixed name in a folder that anybody may write to, where a planted link would lead it astray."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.laws.script_lines import script_lines
from harness.laws.trial import CHANGES, Finding, Trial

_FOLDERS = r"(?:/tmp|/var/tmp|/dev/shm)"
#: The number of the script's own process is nobody's secret. Source: CWE-377.
_NAME = re.compile(rf"{_FOLDERS}/[\w.](?:[\w./-]|\$\$)*(?!(?:[\w./-]|\$\$)*(?:\$(?!\$)|X{{3}}))")
_SILENCED = re.compile(r"(?:\d|&)?>+\s*(?:/dev/null|&\s*\d)")
_WRITES = re.compile(r"(>|\b(touch|tee|cp|mv|mkdir|install|ln|chmod|chown|dd|curl|wget|tar|unzip)\b)")
#: Where a service with PrivateTmp= has its own, for root alone and under a name by chance. Source: systemd.exec(5).
_PRIVATE = re.compile(rf"{_FOLDERS}/systemd-private-[0-9a-f]{{32}}-")
_SAFE = re.compile(r"\bmktemp\b")


def judge(trial: Trial) -> Iterator[Finding]:
    """Read the scripts, and look for files that stay in those folders after a transition."""
    for script, text in trial.new.scripts.items():
        for line in script_lines(text):
            found = _NAME.search(line.text)
            if found and _WRITES.search(_SILENCED.sub("", line.text)) and not _SAFE.search(line.text):
                summary = f"{script} writes to the fixed name {found.group()}"
                evidence = (f"{script}:{line.number}: {line.written}",)
                yield Finding(None, summary, evidence, (found.group(),), script, line=line.number)
    for seen in trial.transitions(CHANGES):
        for entry in sorted(set(seen.transition.after.temporary) - set(seen.transition.before.temporary)):
            path = entry.split()[0]
            if not trial.is_background(path) and not _PRIVATE.match(path):
                yield Finding(seen, f"{path} stays in a folder that anybody may write to", (entry,), (path,))
