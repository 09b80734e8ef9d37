"""Say what became of a mutant: killed or not, for the right reason, with the right place to blame; and print it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import msgspec
from rich.console import Console
from rich.markup import escape

from harness.laws.trial import INSTALLS_CANDIDATE
from harness.model.state import Evidence
from harness.model.validation import Blame, Validation
from harness.mutants.catalogue import Mutant
from harness.validation.judging import SCENARIO
from simulator.contract import PackageContents, PackageFormat

Fate = Literal["killed", "other", "missed", "void", "clean", "alarm"]


class Scored(msgspec.Struct, frozen=True):
    """One mutant in one format.

    `other`: killed, but by no law that fits; `void`: nothing can be said of it, for the `reason`. `blamed` says whether
    the right place is named, and is None where there is none. `by_law`: the laws alone would have killed it. What looks
    like a defect and is none is `clean`, or an `alarm`.
    """

    mutant: str
    family: str
    format: PackageFormat
    fate: Fate
    laws: tuple[str, ...] = ()
    blamed: bool | None = None
    by_law: bool = False
    reason: str = ""


class Score(msgspec.Struct, frozen=True):
    """`score.json`. `alarms` are what was found in the clean twin; `problem` is why that could not be told."""

    mutants: tuple[Scored, ...] = ()
    alarms: tuple[str, ...] = ()
    problem: str = ""

    @property
    def exit_code(self) -> int:
        """Give 1 for a miss or an alarm, 2 where something could not be told, else 0."""
        if self.alarms or any(entry.fate in ("other", "missed", "alarm") for entry in self.mutants):
            return 1
        return 2 if self.problem or any(entry.fate == "void" for entry in self.mutants) else 0


@dataclass(frozen=True)
class Tried:
    """What one run of the gate gave."""

    result: Validation
    evidence: tuple[Evidence, ...]


def alarms_of(tried: Tried | None) -> tuple[str, ...]:
    """Give what is found in a package that has no defect."""
    found = tried.result.defects if tried else ()
    return tuple(f"{defect.format}: {defect.law}: {defect.summary}" for defect in found if not defect.accepted)


def judge(
    name: str,
    mutant: Mutant,
    contents: PackageContents,
    tried: Tried,
    *,
    inserted: dict[str, frozenset[int]],
    alarms: Iterable[str] = (),
) -> Scored:
    """Say what became of a mutant; what the clean twin shows too kills nothing, nor does a run that broke.

    `inserted` are the lines of each maintainer script that are the defect.
    """
    kind, known = contents.package.format, set(alarms)
    found = [d for d in tried.result.defects if d.format == kind and not d.accepted]
    found = [d for d in found if f"{d.format}: {d.law}: {d.summary}" not in known]
    right = [d for d in found if d.law in mutant.laws]
    fate: Fate = "killed" if right else "other" if found else "missed"
    if mutant.clean:
        fate = "alarm" if found else "clean"
    reason = _void(contents, tried, is_found=bool(found))
    seed = mutant.seed(kind)
    places = seed.blame if seed else ()
    blamed = any(_is_right(d.blame, places, inserted) for d in right) if places and right else None
    return Scored(
        name, mutant.family, kind, "void" if reason else fate, tuple(dict.fromkeys(d.law for d in found)),
        None if reason else blamed, by_law=not reason and any(d.law != SCENARIO for d in right), reason=reason,
    )  # fmt: skip


def _void(contents: PackageContents, tried: Tried, *, is_found: bool) -> str:
    """Say why nothing can be said of a mutant: it does not even install on an ordinary machine, or runs broke."""
    kind, version = contents.package.format, contents.package.version
    runs = [item for item in tried.evidence if item.format == kind and not item.environment]
    steps = [step for item in runs for step in item.transitions]
    controls = [step for step in steps if step.title == INSTALLS_CANDIDATE and not step.before.installed] or steps
    broken = [run for run in tried.result.runs if run.format == kind and run.outcome == "error"]
    if not any((step.after.package, step.after.installed) == ("installed", version) for step in controls):
        return broken[0].reason if broken else "it is not installed on an ordinary machine in any run"
    machines = {run.machine for run in tried.result.runs if run.format == kind} | {kind}
    untold = [str(entry) for entry in tried.result.untold if entry.machine in machines]
    reasons = [*(f"{run.id}: {run.reason}" for run in broken), *untold]
    return reasons[0] if reasons and not is_found else ""


def _is_right(blame: Blame | None, places: Iterable[str], inserted: dict[str, frozenset[int]]) -> bool:
    """Say whether the blame names one of the places; in a script that got lines, it is one of those."""
    if blame is None or blame.file not in places:
        return False
    return blame.file not in inserted or blame.line in inserted[blame.file]


def print_score(total: Score, console: Console) -> None:
    """Print each mutant's fate, the kill rate for each family and format, and false alarms."""
    for entry in total.mutants:
        laws = ", ".join(entry.laws) or "-"
        notes = [
            f": {laws}",
            ", blame missed" if entry.blamed is False else "",
            f": {entry.reason}" * bool(entry.reason),
        ]
        line = f"{entry.fate:7} {entry.format} {entry.family:5} {entry.mutant}{''.join(notes)}"
        console.print(escape(line), highlight=False)
    told = [entry for entry in total.mutants if entry.fate not in ("void", "clean", "alarm")]
    for family, kind in sorted({(entry.family, entry.format) for entry in told}):
        group = [entry for entry in told if (entry.family, entry.format) == (family, kind)]
        killed = sum(entry.fate == "killed" for entry in group)
        console.print(f"{family:5} {kind}: {killed} of {len(group)} killed", highlight=False)
    killed, by_law = sum(entry.fate == "killed" for entry in told), sum(entry.by_law for entry in told)
    placed = [entry.blamed for entry in told if entry.blamed is not None]
    rates = f"killed {killed} of {len(told)}, by laws alone {by_law}; right blame in {sum(placed)} of {len(placed)}"
    fates = [entry.fate for entry in total.mutants]
    console.print(f"{rates}; void {fates.count('void')}", highlight=False)
    if quiet := fates.count("clean") + fates.count("alarm"):
        console.print(f"harmless changes without an alarm: {fates.count('clean')} of {quiet}", highlight=False)
    if total.problem:
        console.print(escape(f"the clean twin could not be told: {total.problem}"), highlight=False)
    console.print(f"false alarms: {len(total.alarms)}", highlight=False)
    for alarm in total.alarms:
        console.print(escape(f"  {alarm}"), highlight=False)
