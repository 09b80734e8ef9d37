"""Repeat what a proof bundle is about, with its own scenarios, product file and packages, and compare."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from harness import controller
from harness.bundles.packing import packed_name
from harness.controller import RunOptions
from harness.errors import UsageError
from harness.inputs import read_inputs, sha256_of
from harness.model.bundle import (
    ACCEPT_FILE,
    INPUTS_FOLDER,
    PRODUCT_FILE,
    RUN_FOLDER,
    SCENARIOS_FOLDER,
    PackageInput,
    Role,
)
from harness.model.record import RunRecord
from harness.model.validation import VERDICT_FILE, Validation
from harness.reports import read_run, render_all
from harness.settings import Settings
from harness.validation import gate


@dataclass(frozen=True)
class Comparison:
    """How a repeated run fared beside the first. Each line: (what, then, now).

    `verdicts` are those that differ, `circumstances` what else is not the same: versions, images.
    """

    verdicts: tuple[tuple[str, str, str], ...]
    circumstances: tuple[tuple[str, str, str], ...]
    compared: int


def replay(
    unpacked: Path,
    settings: Settings,
    console: Console,
    *,
    packages: Iterable[Path] = (),
    report: Path | None = None,
    workers: int = 1,
) -> tuple[Comparison, Path]:
    """Repeat the run of an unpacked bundle; give what differs, and the new run's folder.

    `packages` stand in for those of a bundle that was made without; each must be the same, by SHA-256.
    Raises: UsageError for a package that is missing or another one; what a run raises; KeyboardInterrupt when it was
    interrupted.
    """
    first = unpacked / RUN_FOLDER
    inputs = read_inputs(first)
    given = [*packages]
    roles: tuple[Role, ...] = ("candidate", "previous", "dependency")
    candidates, previous, needed = (_files_of(unpacked, inputs.packages, role, given) for role in roles)
    texts = first / INPUTS_FOLDER
    told = msgspec.convert({**inputs.options, "paths": ()}, RunOptions)
    options = dataclasses.replace(
        told, paths=(texts / SCENARIOS_FOLDER,), candidates=candidates, previous=previous,
        dependencies=needed, product=texts / PRODUCT_FILE, report=report, workers=workers,
    )  # fmt: skip
    if inputs.quick is None:
        directory = _run_again(options, settings, console)
    else:
        accept = texts / ACCEPT_FILE
        asked = gate.Gate(
            candidates, previous, options.product, quick=inputs.quick, report=report, workers=workers,
            distros=options.distros, accept=accept if accept.exists() else None, expression=options.expression,
            environments=inputs.environments, scenarios=texts / SCENARIOS_FOLDER,
            dependencies=needed,
        )  # fmt: skip
        directory = gate.validate(asked, settings, console)[1]
    return compare(first, directory), directory


def _run_again(options: RunOptions, settings: Settings, console: Console) -> Path:
    outcome = controller.run(options, settings, console)
    if outcome.interrupted:
        raise KeyboardInterrupt
    render_all(outcome.directory)
    if outcome.broken is not None:
        raise outcome.broken
    return outcome.directory


def compare(first: Path, second: Path) -> Comparison:
    """Compare two runs by the outcome of each case and, where both were judged by laws, by each open defect."""
    then, now = _told(first), _told(second)
    runs = read_run(first), read_run(second)
    return Comparison(_differing(then, now), _differing(*map(_circumstances, runs)), len(then.keys() | now.keys()))


def print_comparison(comparison: Comparison, console: Console) -> None:
    """Say what differs, or that nothing does."""
    for title, lines in (("differs", comparison.verdicts), ("other circumstances", comparison.circumstances)):
        if lines:
            table = Table(title, "then", "now", box=None, header_style="bold")
            for line in lines:
                table.add_row(*line)
            console.print(table)
    same = "the same" if not comparison.verdicts else f"not the same in {len(comparison.verdicts)} places"
    console.print(f"{comparison.compared} verdicts: {same}", highlight=False)


def _files_of(unpacked: Path, packages: Iterable[PackageInput], role: Role, given: Iterable[Path]) -> tuple[Path, ...]:
    by_hash = {sha256_of(path): path for path in given}
    found: list[Path] = []
    for package in packages:
        if package.role == role:
            path = by_hash.get(package.sha256, unpacked / packed_name(package))
            if not path.exists():
                raise UsageError("replay-package", f"the bundle has no {role} '{package.name}'.",
                                 hint=f"Give it with --package; its SHA-256 is {package.sha256}.")  # fmt: skip
            found.append(path)
    return tuple(found)


def _told(directory: Path) -> dict[str, str]:
    """Give everything that a run has judged, by name."""
    told = {case.id: case.outcome for case in read_run(directory).cases}
    path = directory / VERDICT_FILE
    if not path.exists():
        return dict(told)
    result = msgspec.json.decode(path.read_bytes(), type=Validation)
    defects = {f"{d.law} ({d.format}): {d.summary}": "accepted" if d.accepted else "defect" for d in result.defects}
    return {"verdict": result.verdict, **told, **defects}


def _circumstances(run: RunRecord) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in run.versions.items():
        if isinstance(value, dict):
            found |= {f"{name} {key}": str(item) for key, item in value.items()}
        else:
            found[name] = _text(value)
    return found


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _differing(then: dict[str, str], now: dict[str, str]) -> tuple[tuple[str, str, str], ...]:
    names = sorted(then.keys() | now.keys())
    pairs = ((name, then.get(name, "-"), now.get(name, "-")) for name in names)
    return tuple(line for line in pairs if line[1] != line[2])
