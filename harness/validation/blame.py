"""Say where to look first: the maintainer script and line, the path of the package, the process, or a table's row."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from harness.laws.trial import Finding, Trial
from harness.model.validation import Blame
from harness.validation.msi_blame import blame_row
from simulator.contract import PackageContents

#: The scripts that run in a transition: of the package that comes, and of the one that goes.
_COMING = {"deb": ("postinst", "preinst", "config"), "rpm": ("%post", "%pre", "%posttrans", "%pretrans")}
_GOING = {"deb": ("prerm", "postrm"), "rpm": ("%postun", "%preun")}
_TRIGGER = re.compile(r"%(file|transfile)?trigger")  # of an rpm: runs when something else comes or goes as well
_ACTS = re.compile(
    r"(>|\b(systemctl|service|touch|tee|cp|mv|rm|rmdir|find|mkdir|install|ln|chmod|chown|sed|useradd|groupadd|adduser|addgroup"
    r"|usermod|userdel|deluser|groupdel|passwd|chpasswd|gpasswd|chage|chsh|setcap|curl|wget|perl|python3?|apt|apt-get|dnf|yum|zypper|iptables|ip6tables|nft|ufw|firewall-cmd|modprobe|mount|setenforce|kill|killall|pkill|update-alternatives|dpkg-divert|dpkg-statoverride|sysctl|reboot|poweroff|halt|shutdown|kexec|telinit|init)\b)"
)
_GIVES_UP = re.compile(r"^[^#]*\bexit ([1-9]\d*)")
_STATUS = re.compile(r"exit status (\d+)")  # of a script, as dpkg and rpm tell it
_ANYTHING_ELSE = re.compile(r"^\s*\*\)")  # the last arm of a `case`: what package managers never call a script with
_ARM = 3  # lines: how far the arm of a `case` reaches
_WORD = re.compile(r"[A-Za-z][\w-]{3,}")
_READ_AT_BOOT = {True: "/tmpfiles.d/", False: "/sysusers.d/"}  # noqa: S108 - what makes paths then, and what accounts
_NAMED = 20  # the score of a line that names the word or its last part
_LEAST_NAME = 4  # characters: a shorter name is found everywhere


def blame(finding: Finding, trial: Trial) -> Blame | None:
    """Give the place, or None when nothing points anywhere."""
    return blame_row(finding, trial) if trial.new.package.format == "msi" else _blame_script(finding, trial)


def _blame_script(finding: Finding, trial: Trial) -> Blame | None:
    paths = {file.path for file in trial.new.files}
    delivered = next((word for word in finding.about if word in paths), None)
    if delivered and (finding.where is None or finding.by_file):
        return Blame(delivered, None, None)
    if finding.where is not None and finding.where.kind == "reboot" and not finding.process:
        kind = next((_READ_AT_BOOT[word.startswith("/")] for word in finding.about[:1]), "")
        read = next((path for path in sorted(paths) if kind and kind in path), None)
        if read is not None and not set(finding.about) & set(trial.product.units):
            return Blame(read, None, None)
    lines = sorted(_scored(finding, trial), key=lambda entry: -entry[0])
    is_named = any(score >= _NAMED and script == finding.script for score, script, _ in lines)
    if finding.script and (finding.line or not is_named):
        return Blame(finding.script, finding.line or _giving_up(finding, trial), finding.process or None)
    if lines:
        _, script, number = lines[0]
        return Blame(script, number, finding.process or None)
    if delivered or finding.process:
        return Blame(delivered or "", None, finding.process or None)
    return None


def _giving_up(finding: Finding, trial: Trial) -> int | None:
    """Give the first line where the guilty script ends with a failure of its own, else what its last words are about.

    Of the latter it is the command that says most of the words that were printed at the end.
    """
    lines = dict(_scripts(finding, trial)).get(finding.script, "").splitlines()
    said = "\n".join(finding.evidence)
    status = next((found[1] for found in _STATUS.finditer(said)), "")
    for index, line in enumerate(lines):
        gives_up = _GIVES_UP.search(line)
        if gives_up is None or (status and gives_up[1] != status):
            continue
        if not any(map(_ANYTHING_ELSE.search, lines[max(0, index - _ARM) : index + 1])):
            return index + 1
    words = set(_WORD.findall(said))
    related = [
        (len(words & set(_WORD.findall(text))), -number) for number, text in _commands(lines) if _ACTS.search(text)
    ]
    most, number = max(related, default=(0, 0))
    return -number if most else None


def _commands(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Give number and text of each command of a script: lines that go on are one, comments are none."""
    start, text = 1, ""
    for number, line in enumerate(lines, start=1):
        start = start if text else number
        text += line.removesuffix("\\")
        if line.endswith("\\"):
            continue
        if not text.lstrip().startswith("#"):
            yield start, text
        text = ""


def _scored(finding: Finding, trial: Trial) -> Iterator[tuple[int, str, int]]:
    """Give (score, script, line) of every line that may be guilty."""
    for order, (name, text) in enumerate(_scripts(finding, trial)):
        for number, line in enumerate(text.splitlines(), start=1):
            if line.lstrip().startswith("#") or not _ACTS.search(line):
                continue
            score = max((score_of(line, word) for word in finding.about), default=0)
            if score:
                deed = bool(finding.deed and re.search(finding.deed, line))
                yield 10 * score + 15 * deed + 5 * (name == finding.script) - order, name, number


def score_of(line: str, word: str) -> int:
    """Say how well a line names a word: 3 as a whole, 2 by the last part of a path, 1 by the folder that holds it."""
    if word and re.search(rf"(?<![\w/.-]){re.escape(word)}(?![\w/-])", line):
        return 3
    if "/" not in word:
        return 0
    folder, _, base = word.rpartition("/")
    if len(base) >= _LEAST_NAME and re.search(rf"(?<![\w.-]){re.escape(base)}(?![\w-])", line):
        return 2
    return 1 if folder.count("/") > 1 and folder in line else 0


def _scripts(finding: Finding, trial: Trial) -> Iterator[tuple[str, str]]:
    """Give name and text of the scripts that ran, the candidate's before the previous release's."""
    where = finding.where
    if where is None:
        yield from trial.new.scripts.items()
        return
    before, after = where.transition.before.installed, where.transition.after.installed
    if where.kind in ("remove", "uninstall"):
        yield from _of(trial.new, _GOING)
        yield from _of(trial.new, _COMING)  # what is left came with these
        return
    coming, going = (trial.new, trial.old) if where.kind != "downgrade" else (trial.old, trial.new)
    if where.kind in ("install", "reinstall") or before == after:
        coming, going = trial.new, trial.new
    yield from _of(coming, _COMING, prefix="" if coming is trial.new else "previous ")
    yield from _of(going, _GOING, prefix="" if going is trial.new else "previous ")


def _of(
    package: PackageContents | None, names: Mapping[str, tuple[str, ...]], prefix: str = ""
) -> Iterator[tuple[str, str]]:
    if package is not None:
        triggers = (name for name in package.scripts if names is _COMING and _TRIGGER.match(name))
        for name in (*names[package.package.format], *triggers):
            if name in package.scripts:
                yield f"{prefix}{name}", package.scripts[name]
