"""Nothing that root runs writes to a fixed name in a folder that anybody may write to, where links may be planted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from harness.laws.running_texts import RunningText, running_texts
from harness.laws.script_lines import script_lines
from harness.laws.trial import CHANGES, Finding, Trial
from harness.laws.unit_rights import has_own_temporary

_FOLDERS = r"(?:/tmp|/var/tmp|/dev/shm)"
#: The number of the script's own process is nobody's secret. Source: CWE-377.
_NAME = re.compile(rf"{_FOLDERS}/[\w.](?:[\w./-]|\$\$)*(?!(?:[\w./-]|\$\$)*(?:\$(?!\$)|X{{3}}))")
_SILENCED = re.compile(r"(?:\d|&)?>+\s*(?:/dev/null|&\s*\d)")
_WRITES = re.compile(r"(>|\b(touch|tee|cp|mv|mkdir|install|ln|chmod|chown|dd|curl|wget|tar|unzip)\b)")
#: Where a service with PrivateTmp= has its own, for root alone and under a name by chance. Source: systemd.exec(5).
_PRIVATE = re.compile(rf"{_FOLDERS}/systemd-private-[0-9a-f]{{32}}-")
_SAFE = re.compile(r"\bmktemp\b")
_INSTALLER = "the installer"


def judge(trial: Trial) -> Iterator[Finding]:
    """Read the scripts, and look for files that stay in those folders after a transition."""
    for text, is_new in _texts(trial):
        for line in script_lines(text.text):
            found = _NAME.search(line.text)
            if not (found and _WRITES.search(_SILENCED.sub("", line.text)) and is_new(line.text.strip())):
                continue
            if not _SAFE.search(line.text):
                summary = f"{text.name} writes to the fixed name {found.group()}"
                evidence = (f"{text.name}:{line.number}: {line.written}",)
                if text.is_file:
                    yield Finding(None, summary, evidence, (text.name,))
                else:
                    yield Finding(None, summary, evidence, (found.group(),), text.name, line=line.number)
    for seen in trial.transitions(CHANGES):
        for entry in sorted(set(seen.transition.after.temporary) - set(seen.transition.before.temporary)):
            path = entry.split()[0]
            if not trial.is_background(path) and not _PRIVATE.match(path):
                yield Finding(seen, f"{path} stays in a folder that anybody may write to", (entry,), (path,))


def _texts(trial: Trial) -> Iterator[tuple[RunningText, Callable[[str], bool]]]:
    """Give what is run of the package, and what says whether a line of it counts.

    Of a maintainer script and of the installer all do, of what is run later only what the previous release's does not
    say, and nothing of a unit that has a /tmp of its own.
    """
    old = running_texts(trial.old, trial.old.files) if trial.old else []
    known = {line.text.strip() for text in old for line in script_lines(text.text)}
    private = {file.path for file in trial.new.files if has_own_temporary(file.text)}
    texts = running_texts(trial.new, trial.new.files) if trial.new.package.format != "msi" else []
    for text in (*texts, RunningText(_INSTALLER, trial.installer)):
        if text.name not in private:
            yield text, (lambda line: line not in known) if text.is_file else (lambda _: True)
