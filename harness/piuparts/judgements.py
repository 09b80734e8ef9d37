"""What people have judged of the tools' findings: whether each is true, and why."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from harness.errors import UsageError
from harness.piuparts.results import TOOLS, Compared

JUDGEMENTS = Path(__file__).with_name("judgements.toml")
_Text = Annotated[str, msgspec.Meta(min_length=1)]


Verdict = Literal["true", "false", "intended"]


class Judgement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One table `[[judgement]]`. `says` are findings, each "TOOL: TEXT" word for word, with `*` for anything.

    Without a `package` it is about all of them. Findings that are true show one defect, which both tools may have
    found; those that are intended tell a change that the maintainer made on purpose, and that is accepted once.
    """

    says: Annotated[tuple[_Text, ...], msgspec.Meta(min_length=1)]
    verdict: Verdict
    title: _Text  # the defect, or what was taken for one
    reason: _Text
    package: str = ""

    def is_about(self, package: str, tool: str, finding: str) -> bool:
        """Say whether it is about this finding."""
        if self.package not in ("", package):
            return False
        return any(_pattern(text).fullmatch(f"{tool}: {finding}") for text in self.says)


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    judgement: tuple[Judgement, ...] = ()


class Row(msgspec.Struct, frozen=True):
    """A judgement with what it is about in one package: the findings of each tool, by the tool's name."""

    judgement: Judgement
    findings: dict[str, tuple[str, ...]]


class Judged(msgspec.Struct, frozen=True):
    """A package's findings: those that were judged, one row for each judgement, and those that nobody has judged."""

    compared: Compared
    rows: tuple[Row, ...]
    open: tuple[tuple[str, str], ...]  # tool, finding

    def found(self, tool: str, verdict: Verdict) -> int:
        """Count what a tool has found of this kind; what it shows in several ways counts once."""
        return sum(bool(row.findings[tool]) for row in self.rows if row.judgement.verdict == verdict)


def load_judgements(path: Path = JUDGEMENTS) -> tuple[Judgement, ...]:
    """Read the file. Raises: UsageError for a mistake in it, also for a finding that is no tool's."""
    try:
        entries = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _File).judgement
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise UsageError("judgement-file", f"this is no list of judgements: {error}.", place=str(path)) from error
    for text in (text for entry in entries for text in entry.says):
        if text.partition(": ")[0] not in TOOLS:
            raise UsageError("judgement-tool", f"'{text}' names no tool.", place=str(path),
                             hint=f"It begins with one of: {', '.join(f'{tool}: ' for tool in TOOLS)}.")  # fmt: skip
    return entries


def judge(compared: Compared, judgements: Iterable[Judgement]) -> Judged:
    """Sort a package's findings by the first judgement that is about each."""
    entries = tuple(judgements)
    rows: dict[Judgement, dict[str, list[str]]] = {}
    unjudged: list[tuple[str, str]] = []
    for tool in TOOLS:
        for finding in compared.tools[tool].findings:
            about = next((entry for entry in entries if entry.is_about(compared.package, tool, finding)), None)
            if about is None:
                unjudged.append((tool, finding))
            else:
                rows.setdefault(about, {name: [] for name in TOOLS})[tool].append(finding)
    return Judged(
        compared,
        tuple(Row(entry, {tool: tuple(rows[entry][tool]) for tool in TOOLS}) for entry in entries if entry in rows),
        tuple(unjudged),
    )


def idle_texts(compared: Iterable[Compared], judgements: Iterable[Judgement]) -> list[str]:
    """Give what was judged and is no longer found, as "PACKAGE, TOOL: TEXT"."""
    results = tuple(compared)
    known = {result.package for result in results}
    idle: list[str] = []
    for entry in judgements:
        if entry.package and entry.package not in known:
            continue  # it was not among those that were compared
        about = [r for r in results if entry.package in ("", r.package)]
        found = [f"{tool}: {finding}" for r in about for tool in TOOLS for finding in r.tools[tool].findings]
        idle += [f"{entry.package or 'all packages'}, {text}" for text in entry.says
                 if not any(_pattern(text).fullmatch(finding) for finding in found)]  # fmt: skip
    return idle


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in text.split("*")), re.DOTALL)
