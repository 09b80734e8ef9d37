"""Run the gate on each mutant and on the clean twin, and write down what became of each."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.markup import escape

from harness.distros import scenario_library
from harness.environments import choose_environments
from harness.model.product import Product, load_product
from harness.model.state import Evidence
from harness.mutants.building import (
    CLEAN,
    Built,
    build_mutants,
    build_previous,
    contents_of,
    format_of,
    inserted_lines,
)
from harness.mutants.catalogue import Mutant, load_mutants
from harness.mutants.fate import Score, Scored, Tried, alarms_of, judge
from harness.products import DEFAULT_PRODUCT
from harness.progress import PlainProgress
from harness.record import write_whole
from harness.reports import read_run
from harness.repository import build_packages, ensure_readable
from harness.settings import Settings
from harness.validation.gate import Gate, validate
from harness.validation.judging import SCENARIO, read_evidence
from simulator.contract import PackageFormat, PackageIndex

SCORE_FILE = "score.json"


def score(
    gate: Gate, settings: Settings, console: Console, only: Iterable[str], directory: Path, *, aimed: bool = False
) -> Score:
    """Score the gate; each run's report is a folder below `directory`, which gets `score.json` after each run.

    The lifecycles are run, and the scenarios that the catalogue names; `aimed` runs for each defect only the cases that
    its entry names, and says nothing of the others.

    A defect that cannot be packed, and a run that breaks, are written down; the rest goes on.
    Raises: ArclabError when the packages cannot be read or packed again as they are; KeyboardInterrupt.
    """
    product = load_product(gate.product)
    mutants = load_mutants(product, only)
    ensure_readable(gate.packages, PlainProgress(console))
    built = build_mutants(gate.packages, product, mutants, directory / "packages")
    contents = contents_of(built, product, mutants)
    total = Score()
    for name in dict.fromkeys(row.mutant for row in built):
        rows = [row for row in built if row.mutant == name]
        console.print(f"[bold]{name}[/bold]", highlight=False)
        asked = _aim(gate, product, list(mutants.values()) if name == CLEAN else [mutants[name]], aimed=aimed)
        if name != CLEAN and (declared := mutants[name].declared(product)) != product:
            asked = replace(asked, product=_write_product(declared, directory / "products" / name))
        if name != CLEAN:
            asked = replace(asked, steps=mutants[name].steps)
        tried, problem = _try(asked, rows, settings, console, directory / name, mutant=mutants.get(name))
        if name == CLEAN:
            if tried is not None and tried.result.verdict == "unknown":
                problem = tried.result.summary
            total = Score(alarms=alarms_of(tried), problem=problem)
        for row in rows if name != CLEAN else ():
            reason = row.problem or problem
            if not reason and mutants[name].laws == (SCENARIO,) and not asked.beside:
                reason = "the scenario that shows it is not run"
            entry = Scored(name, mutants[name].family, row.format, "void", reason=reason)
            if tried is not None and not reason:
                key = name, row.format
                inserted = inserted_lines(contents[CLEAN, row.format], contents[key])
                entry = judge(name, mutants[name], contents[key], tried, inserted=inserted, alarms=total.alarms)
            total = msgspec.structs.replace(total, mutants=(*total.mutants, entry))
        write_whole(directory / SCORE_FILE, msgspec.json.format(msgspec.json.encode(total), indent=1))
    return total


def _aim(gate: Gate, product: Product, mutants: list[Mutant], *, aimed: bool) -> Gate:
    """Say which cases are run: beside the lifecycles the scenarios that are named; aimed, nothing else."""
    names = sorted({name for mutant in mutants for name in mutant.scenarios})
    if gate.previous or gate.product != DEFAULT_PRODUCT:
        names = []  # the library is about the stand-in's own releases
    paths = tuple(scenario_library() / f"{name}.yaml" for name in names)
    cases = {f"({mutant.cases})" for mutant in mutants}
    cases |= {name.replace("/", "-") for name in names}
    wanted = " or ".join(sorted(cases)) if aimed and all(mutant.cases for mutant in mutants) else ""
    both = " and ".join(f"({expression})" for expression in (gate.expression, wanted) if expression)
    words = sorted({word for mutant in mutants for word in mutant.environments})
    quick = choose_environments((), product, quick=True)[0] if words else ()
    return replace(gate, beside=paths, expression=both, environments=gate.environments or (*quick, *words))


def _write_product(product: Product, folder: Path) -> Path:
    """Write a product file: what JSON writes of texts, numbers and lists is TOML."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = (f"{key} = {_toml(value)}\n" for key, value in msgspec.to_builtins(product).items())
    path = folder / "product.toml"
    path.write_text("".join(lines), encoding="utf-8")
    return path


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{json.dumps(key)} = {_toml(item)}' for key, item in value.items())} }}"
    return json.dumps(value)


def _try(
    gate: Gate, rows: list[Built], settings: Settings, console: Console, report: Path, *, mutant: Mutant | None
) -> tuple[Tried | None, str]:
    """Run the gate on what could be packed; gives what it found, or why it could not be told."""
    packages = tuple(row.path for row in rows if row.path is not None)
    if not packages:
        return None, ""
    formats = {format_of(path) for path in packages}
    previous = tuple(path for path in gate.previous if format_of(path) in formats)
    try:
        if mutant is not None and any(seed.previous for kind in formats if (seed := mutant.seed(kind))):
            previous = build_previous(
                previous or _stand_ins(settings, console, formats), _as_it_was(load_product(gate.product)), mutant,
                report.with_name("previous") / report.name,
            )  # fmt: skip
        result, folder = validate(replace(gate, packages=packages, previous=previous, report=report), settings, console)
        return Tried(result, _evidence_of(folder)), ""
    except Exception as error:  # noqa: BLE001 - whatever breaks, a law too, is this run's result and not the end of the score
        problem = str(error) or type(error).__name__
        console.print(f"[yellow]could not be told:[/yellow] {escape(problem)}", highlight=False)
        return None, problem


def _as_it_was(product: Product) -> Product:
    """Give a product by the name that its package had."""
    return msgspec.structs.replace(product, package=product.names[-1], formerly=())


def _stand_ins(settings: Settings, console: Console, formats: set[PackageFormat]) -> tuple[Path, ...]:
    """Give the newest releases that arclab publishes itself: what is upgraded from without a previous release."""
    folder = build_packages(settings, (), settings.state / "previous", PlainProgress(console))
    index = msgspec.json.decode((folder / "index.json").read_bytes(), type=PackageIndex)
    return tuple({entry.format: folder / entry.path for entry in index.packages if entry.format in formats}.values())


def _evidence_of(folder: Path) -> tuple[Evidence, ...]:
    found = [read_evidence(folder / case.folder) for case in read_run(folder).cases]
    return tuple(item for item in found if item is not None)
