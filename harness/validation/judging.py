"""Judge a finished run: every law on every distro's lifecycles, defects in order of harm, and the verdict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from harness.environments import for_product
from harness.errors import UsageError
from harness.laws import LAWS, NOT_JUDGED
from harness.laws.trial import CannotTell, Finding, Trial
from harness.model.product import Product
from harness.model.record import CaseRecord
from harness.model.state import EVIDENCE_FILE, Evidence
from harness.model.validation import Defect, Fitness, Untold, ValidatedRun
from harness.validation.blame import blame
from simulator.contract import PackageContents, PackageFormat

SCENARIO = "scenario"  # the law that a case of the library is, when it fails
_PACKAGE = "package"
_MOST_COMMANDS = 40


def read_evidence(folder: Path) -> Evidence | None:
    """Read what a case's witness took down; None where there was none. Raises: UsageError for a broken file."""
    path = folder / EVIDENCE_FILE
    if not path.exists():
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=Evidence)
    except msgspec.DecodeError as error:
        raise UsageError("evidence-unreadable", f"the evidence is not whole: {error}.", place=str(path)) from error


def find_defects(trials: Iterable[Trial]) -> tuple[list[Defect], list[Untold]]:
    """Judge all laws; give the defects, and what no law could tell.

    What several machines show alike is one defect, which names the others.
    """
    found: dict[tuple[str, ...], Defect] = {}
    untold: list[Untold] = []
    for law, judge in LAWS.items():
        for trial in trials:
            if law in NOT_JUDGED.get(trial.new.package.format, {}):
                continue  # which the verdict says
            try:
                for finding in judge(trial):
                    _note(_defect(law, finding, trial), found)
            except CannotTell as reason:
                machine = trial.runs[0].distro if trial.runs else trial.new.package.format
                untold.append(Untold(law, machine, str(reason)))
    return list(found.values()), untold


def _note(defect: Defect, found: dict[tuple[str, ...], Defect]) -> None:
    key = (defect.law, defect.format, _kind(defect.transition), defect.summary)
    first = found.get(key)
    if first is None:
        found[key] = defect
    elif (place := f"{defect.machine}: {defect.lifecycle}, {defect.transition}") not in first.also:
        found[key] = msgspec.structs.replace(first, also=(*first.also, place))


def _kind(transition: str) -> str:
    return transition.partition(" ")[0]


def _defect(law: str, finding: Finding, trial: Trial) -> Defect:
    where = finding.where
    commands = [] if where is None else [c.shown for step in (*where.earlier, where.transition) for c in step.commands]
    word = where.run.environment if where else ""
    return Defect(
        law=law,
        transition=where.kind if where else _PACKAGE,
        machine=where.run.distro if where else trial.runs[0].distro if trial.runs else "",
        format=trial.new.package.format,
        summary=finding.summary,
        evidence=finding.evidence,
        blame=blame(finding, trial),
        accepted=False,
        lifecycle=where.run.lifecycle if where else "",
        reproduce=(*_by_hand(word, trial.product), *commands[-_MOST_COMMANDS:]),
        environment=word,
    )


def _by_hand(word: str, product: Product) -> Iterator[str]:
    """Give the lines that put a machine into an environment by hand."""
    if word:
        environment = for_product(word, product)
        yield f"# where {environment.title}; see the environment '{word}'"
        scripts = f"{environment.set_up}\n{environment.at_boot}"
        yield from filter(None, (line.strip() for line in scripts.splitlines()))


def trials_of(
    evidence: Iterable[Evidence],
    product: Product,
    new: Iterable[PackageContents],
    old: Iterable[PackageContents],
    installer: str = "",
) -> list[Trial]:
    """Sort the evidence by distro, with the packages of its format; a package without evidence is judged alone.

    `installer` is the text of the script that people are told to install the package with.
    """
    older = {contents.package.format: contents for contents in old}
    by_distro: dict[str, list[Evidence]] = {}
    for item in evidence:
        by_distro.setdefault(item.distro, []).append(item)
    trials: list[Trial] = []
    for contents in new:
        kind = contents.package.format
        packed = product.packed_as(kind)
        rows = [tuple(rows) for rows in by_distro.values() if rows[0].format == kind]
        trials += [Trial(packed, contents, older.get(kind), row, installer=installer) for row in rows or [()]]
    return trials


def failed_cases(
    records: Iterable[CaseRecord], defects: list[Defect], formats: Mapping[str, PackageFormat]
) -> Iterator[Defect]:
    """Give a defect for each case that failed although no law says why: an expectation of a scenario."""
    told = {(defect.machine, defect.lifecycle) for defect in defects}
    for record in records:
        name = Path(record.scenario_file).stem
        if record.outcome != "fail" or (record.distro, name) in told:
            continue
        step = record.steps[-1]
        yield Defect(
            law=SCENARIO, transition=step.kind, machine=record.distro,
            format=formats[record.distro], summary=step.message, evidence=(record.reason,),
            blame=None, accepted=False, lifecycle=name,
            reproduce=tuple(c.shown for s in record.steps for c in s.commands)[-_MOST_COMMANDS:],
        )  # fmt: skip


def verdict_of(defects: Iterable[Defect], runs: Iterable[ValidatedRun], untold: Iterable[Untold] = ()) -> Fitness:
    """A defect that nobody accepts makes it unfit; without one, what could not be told makes it unknown."""
    if any(not defect.accepted for defect in defects):
        return "unfit"
    outcomes = {run.outcome for run in runs}
    return "unknown" if "error" in outcomes or not outcomes or list(untold) else "fit"
