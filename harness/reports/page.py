"""What the HTML page shows, as values: matrix, common causes, and one view for each case."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from harness.model.record import TimelineEntry
from harness.reports.cases import Finding, ReportCase, by_severity, first_finding, scenario_key
from harness.reports.folding import Fold, fold
from harness.timeline import read_timeline

MOST_ROWS = 1200  # of one case's timeline; the rest is in timeline.json
OF_MACHINES = ("step", "command", "machine")  # sources whose moments happen on a machine
_MOST_LINKS = 40
_NOTES = ("collect-errors.txt", "kept.txt")


@dataclass(frozen=True)
class MatrixRow:
    """One scenario: its cases by distro."""

    scenario: str
    key: str
    cells: dict[str, list[ReportCase]]


@dataclass(frozen=True)
class Matrix:
    """Scenarios by distros."""

    distros: list[str]
    rows: list[MatrixRow]


@dataclass(frozen=True)
class Cause:
    """One expectation, or one message, that kept these cases from passing."""

    finding: Finding
    cases: list[ReportCase]

    @property
    def is_same(self) -> bool:
        """Say whether all cases saw the same."""
        return len({first_finding(case).seen for case in self.cases}) == 1


@dataclass(frozen=True)
class Row:
    """One row of a case's timeline. `day` is set where the lab's date changes; `after_s` is true time."""

    entry: TimelineEntry
    day: str
    clock: str
    after_s: float
    level: str
    sources: str
    fold: Fold | None


@dataclass(frozen=True)
class CaseView:
    """One case as the page shows it. A case that did not pass is open."""

    case: ReportCase
    finding: Finding
    phases: list[tuple[str, float, float]]  # name, seconds, share of the whole in percent
    longest_step_s: float
    links: list[tuple[str, str]]
    notes: list[str]
    rows: list[Row]
    has_machines: bool  # more than one, so that each row needs a name
    moments: int
    left_out: int

    @property
    def is_open(self) -> bool:
        """Say whether the case is shown open."""
        return self.case.summary.outcome in ("fail", "error")

    @property
    def reason(self) -> str:
        """Give the case's reason, unless a step's message says it already."""
        steps = self.case.record.steps if self.case.record else ()
        reason = self.case.summary.reason
        return "" if any(step.message and step.message in reason for step in steps) else reason


def matrix_of(cases: list[ReportCase]) -> Matrix:
    """Arrange the cases; scenarios are sorted by file, cells by id."""
    rows: dict[str, MatrixRow] = {}
    keys = {case.summary.scenario: scenario_key(case) for case in cases if case.record is not None}
    for case in cases:
        title = case.summary.scenario
        row = rows.setdefault(title, MatrixRow(title, keys.get(title, scenario_key(case)), {}))
        row.cells.setdefault(case.summary.distro, []).append(case)
    distros = sorted({case.summary.distro for case in cases})
    return Matrix(distros, sorted(rows.values(), key=lambda row: (row.key, row.scenario)))


def common_causes(cases: list[ReportCase]) -> list[Cause]:
    """Group what failed or broke by its first cause, the most frequent first."""
    causes: dict[tuple[str, str, str], Cause] = {}
    for case in by_severity(cases):
        if case.summary.outcome in ("fail", "error"):
            finding = first_finding(case)
            what = finding.subject or finding.message.partition("\n")[0]
            key = (case.summary.outcome, str(finding.place), what)
            causes.setdefault(key, Cause(finding, [])).cases.append(case)
    return sorted(causes.values(), key=lambda cause: -len(cause.cases))


def case_views(cases: Iterable[ReportCase]) -> Iterator[CaseView]:
    """Give the views one after the other, so that only one timeline is in memory."""
    return map(_view, cases)


def _view(case: ReportCase) -> CaseView:
    record = case.record
    entries, problems = read_timeline(case.folder, record) if record else ([], [])
    rows = fold(entries)
    kept = loudest(rows, MOST_ROWS)
    phases = record.phases_s if record else {}
    total = sum(phases.values()) or 1.0
    return CaseView(
        case=case,
        finding=first_finding(case),
        phases=[(name, seconds, 100 * seconds / total) for name, seconds in phases.items()],
        longest_step_s=max((step.duration_s for step in record.steps), default=0.0) if record else 0.0,
        links=_links(case),
        notes=[*_notes(case.folder), *problems],
        rows=list(_rows(kept, record.started if record else "")),
        has_machines=len({entry.machine for entry in entries if entry.source in OF_MACHINES} - {""}) > 1,
        moments=len(entries),
        left_out=len(rows) - len(kept),
    )


def loudest(rows: list[TimelineEntry | Fold], most: int) -> list[TimelineEntry | Fold]:
    """Give at most `most` rows, in order: steps, commands, warnings and errors first, then the latest of the others."""
    if len(rows) <= most:
        return rows
    loud = [
        number
        for number, row in enumerate(rows)
        if row.level != "info" or (isinstance(row, TimelineEntry) and row.source in ("step", "command"))
    ]
    chosen = set(loud[-most:])
    others = (number for number in reversed(range(len(rows))) if number not in chosen)
    chosen.update(itertools.islice(others, most - len(chosen)))
    return [rows[number] for number in sorted(chosen)]


def _rows(entries: Iterable[TimelineEntry | Fold], started: str) -> Iterator[Row]:
    day = ""
    begin = _seconds(started)
    for item in entries:
        folded = item if isinstance(item, Fold) else None
        entry, last = (item.first, item.last) if isinstance(item, Fold) else (item, item)
        new_day = entry.lab[:10] if entry.lab[:10] != day else ""
        day = last.lab[:10]
        sources = " ".join(folded.sources) if folded else entry.source
        yield Row(
            entry=entry,
            day=new_day,
            clock=entry.lab[11:23],
            after_s=_seconds(entry.true) - begin,
            level=item.level,
            sources=sources,
            fold=folded,
        )


def _seconds(moment: str) -> float:
    try:
        return datetime.fromisoformat(moment).timestamp()
    except ValueError:
        return 0.0


def _notes(folder: Path) -> list[str]:
    notes: list[str] = []
    for name in _NOTES:
        path = folder / name
        if path.is_file():
            notes.append(f"{name}: {path.read_text(encoding='utf-8', errors='replace').strip()}")
    return notes


def _links(case: ReportCase) -> list[tuple[str, str]]:
    """Give label and relative address of the files in a case's folder, plain ones first."""
    files: list[str] = []
    for root, folders, names in os.walk(case.folder):
        folders.sort()
        files.extend(str((Path(root) / name).relative_to(case.folder)) for name in sorted(names))
    shown = [name for name in files if not Path(name).name.startswith(".")]
    shown.sort(key=lambda name: ("/" in name, name))
    links = [(name, _address(f"{case.summary.folder}/{name}")) for name in shown[:_MOST_LINKS]]
    if len(shown) > _MOST_LINKS:
        links.append((f"all {len(shown)} files", _address(f"{case.summary.folder}/")))
    return links


def _address(path: str) -> str:
    return "./" + quote(path.encode("utf-8", "surrogateescape"))
