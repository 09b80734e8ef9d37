"""Run the gate on each mutant and on the clean twin, and count: killed, for the right reason, blamed, false alarms."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Literal

import msgspec
from rich.console import Console

from harness.model.product import load_product
from harness.model.validation import Validation
from harness.mutants.building import CLEAN, build_mutants
from harness.mutants.catalogue import Format, Mutant, load_mutants
from harness.record import write_whole
from harness.settings import Settings
from harness.validation.gate import Gate, validate

SCORE_FILE = "score.json"
Fate = Literal["killed", "other", "missed", "void"]


class Scored(msgspec.Struct, frozen=True):
    """One mutant in one format. `other`: killed, but by no law that fits; `void`: the gate could not tell."""

    mutant: str
    family: str
    format: Format
    fate: Fate
    laws: tuple[str, ...]
    blamed: bool


class Score(msgspec.Struct, frozen=True):
    """`score.json`. `alarms` are what was found in the clean twin."""

    mutants: tuple[Scored, ...]
    alarms: tuple[str, ...]


def score(gate: Gate, settings: Settings, console: Console, only: Iterable[str], directory: Path) -> Score:
    """Score the gate; each run's report is a folder below `directory`, which gets `score.json` as well.

    Raises: ArclabError when a package cannot be repacked, or a run cannot begin.
    """
    product = load_product(gate.product)
    mutants = load_mutants(product, only)
    built = build_mutants(gate.packages, product, mutants, directory / "packages")
    scored: list[Scored] = []
    alarms: list[str] = []
    for name, files in built.items():
        console.print(f"[bold]{name}[/bold]", highlight=False)
        result, _ = validate(replace(gate, packages=files, report=directory / name), settings, console)
        if name == CLEAN:
            alarms = [f"{d.format}: {d.law}: {d.summary}" for d in result.defects if not d.accepted]
        else:
            scored += [judge(name, mutants[name], _format(path), result, alarms) for path in files]
    total = Score(tuple(scored), tuple(alarms))
    write_whole(directory / SCORE_FILE, msgspec.json.format(msgspec.json.encode(total), indent=1))
    return total


def judge(name: str, mutant: Mutant, kind: Format, result: Validation, alarms: Iterable[str] = ()) -> Scored:
    """Say what became of a mutant; what the clean twin shows too kills nothing."""
    known = set(alarms)
    found = [d for d in result.defects if d.format == kind and not d.accepted]
    found = [d for d in found if f"{d.format}: {d.law}: {d.summary}" not in known]
    right = [d for d in found if d.law in mutant.laws]
    untold = any(run.outcome == "error" for run in result.runs if run.format == kind)
    fate: Fate = "killed" if right else "other" if found else "void" if untold else "missed"
    seed = mutant.seed(kind)
    guilty = seed.blame if seed else ()
    blamed = bool(right) and (not guilty or any(d.blame is not None and d.blame.file in guilty for d in right))
    return Scored(name, mutant.family, kind, fate, tuple(dict.fromkeys(d.law for d in found)), blamed)


def print_score(total: Score, console: Console) -> None:
    """Print each mutant's fate, the kill rate for each family and format, and false alarms."""
    for entry in total.mutants:
        note = "" if entry.blamed else ", blame missed" if entry.fate == "killed" else ""
        laws = ", ".join(entry.laws) or "-"
        console.print(f"{entry.fate:7} {entry.format} {entry.family:5} {entry.mutant}: {laws}{note}", highlight=False)
    for family, kind in sorted({(entry.family, entry.format) for entry in total.mutants}):
        group = [entry for entry in total.mutants if (entry.family, entry.format) == (family, kind)]
        killed = sum(entry.fate == "killed" for entry in group)
        console.print(f"{family:5} {kind}: {killed} of {len(group)} killed", highlight=False)
    hits = [entry for entry in total.mutants if entry.fate == "killed"]
    right = sum(entry.blamed for entry in hits)
    rates = f"killed {len(hits)} of {len(total.mutants)}; right blame in {right} of {len(hits)}"
    console.print(rates, highlight=False)
    console.print(f"false alarms: {len(total.alarms)}", highlight=False)
    for alarm in total.alarms:
        console.print(f"  {alarm}", highlight=False)


def _format(path: Path) -> Format:
    return "deb" if path.suffix == ".deb" else "rpm"
