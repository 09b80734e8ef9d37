"""`arclab validate`: packages in, verdict out."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
from rich.console import Console

from harness import controller
from harness.controller import RunOptions
from harness.distros import load_distros, scenario_library, select_distros, windows_scenarios
from harness.environments import choose_environments
from harness.errors import UsageError
from harness.inputs import keep_gate
from harness.laws import LAWS, NOT_JUDGED
from harness.model.product import Product, load_product
from harness.model.record import CaseSummary
from harness.model.validation import VERDICT_FILE, Defect, NotJudged, Untold, ValidatedRun, Validation
from harness.products import DEFAULT_PRODUCT
from harness.progress import PlainProgress
from harness.record import CASE_FILE, read_case, write_whole
from harness.reports import read_run, render_all
from harness.repository import build_packages, ensure_readable, read_contents
from harness.settings import Settings
from harness.validation.accepting import accept, load_accepted
from harness.validation.judging import SCENARIO, failed_cases, find_defects, read_evidence, trials_of, verdict_of
from harness.validation.library import NOT_ON_WINDOWS, write_lifecycles, write_windows_lifecycles
from harness.validation.page import write_page
from simulator.contract import PackageContents, PackageFormat, PackageIndex

LIFECYCLES = "lifecycles"
STAND_IN = "azcmagent"  # the package that arclab publishes itself


@dataclass(frozen=True)
class Gate:
    """What `arclab validate` was asked for. `quick` is one distro for each format, and the lifecycles alone."""

    packages: tuple[Path, ...]
    previous: tuple[Path, ...] = ()
    product: Path = DEFAULT_PRODUCT
    quick: bool = False
    report: Path | None = None
    workers: int = 1
    distros: tuple[str, ...] = ()
    accept: Path | None = None
    expression: str = ""
    environments: tuple[str, ...] = ()  # words; without any the gate chooses
    beside: tuple[Path, ...] = ()  # scenarios that are run beside the lifecycles
    dependencies: tuple[Path, ...] = ()  # packages that those need, and no machine has
    steps: tuple[str, ...] = ()  # done in each lifecycle once the previous release is installed
    installer: Path | None = None  # the script that people are told to install the package with
    scenarios: Path | None = None  # in place of the lifecycles and the library, when a run is repeated


def validate(gate: Gate, settings: Settings, console: Console) -> tuple[Validation, Path]:
    """Run and judge; gives the result and the report folder, which holds `verdict.json` and `validation.html`.

    Raises: UsageError for packages, product or list of accepted defects that cannot be used; ArclabError when nothing
    could be run; KeyboardInterrupt when the run was interrupted.
    """
    started = time.monotonic()
    product = load_product(gate.product)
    ensure_readable((*gate.packages, *gate.previous), PlainProgress(console))
    new, old = read_contents(gate.packages, product), read_contents(gate.previous, product, earlier=True)
    _check_formats(new, old, product)
    known = load_distros()
    environments, skipped = _environments(gate, product, formats_of(new))
    entries = load_accepted(gate.accept, (*LAWS, SCENARIO)) if gate.accept else ()
    with tempfile.TemporaryDirectory(prefix="arclab-") as name:
        folder = Path(name) / "scenarios" / LIFECYCLES
        if gate.scenarios is None:
            if formats_of(new) - {"msi"}:
                write_lifecycles(product, environments, folder, with_crashes=not gate.quick, steps=gate.steps,
                                 installer=_text_of(gate.installer))  # fmt: skip
            if "msi" in formats_of(new):
                write_windows_lifecycles(product.packed_as("msi"), folder)
        old += _stand_ins(settings, Path(name), console, product, formats_of(new) - formats_of(old))
        outcome = controller.run(_options(gate, folder, new), settings, console)
    if outcome.interrupted:
        raise KeyboardInterrupt
    directory = outcome.directory
    keep_gate(directory, quick=gate.quick, accept=gate.accept, environments=environments)
    render_all(directory)
    cases = read_run(directory).cases
    records = [read_case(directory / case.folder) for case in cases if (directory / case.folder / CASE_FILE).exists()]
    words = {record.id: record.environment for record in records}
    runs = [_run(case, known[case.distro].format, words.get(case.id, "")) for case in cases]
    found = [item for case in cases if (item := read_evidence(directory / case.folder)) is not None]
    defects, untold = find_defects(trials_of(found, product, new, old, _text_of(gate.installer)))
    defects += failed_cases(records, defects, {name: distro.format for name, distro in known.items()})
    judged = tuple(accept(defect, entries) for defect in defects)
    result = msgspec.structs.replace(
        _result(judged, runs, new, untold), environments=tuple(sorted({*words.values()} - {""})), skipped=skipped,
        not_judged=tuple(_not_judged(formats_of(new))), duration_s=round(time.monotonic() - started, 1),
    )  # fmt: skip
    write_whole(directory / VERDICT_FILE, msgspec.json.format(msgspec.json.encode(result), indent=1))
    write_page(result, directory)
    return result, directory


def _text_of(installer: Path | None) -> str:
    """Read the installer. Raises: UsageError where it is no text."""
    try:
        return installer.read_text(encoding="utf-8") if installer else ""
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError("validate-installer", f"the installer cannot be read: {error}.", place=str(installer),
                         hint="Name the shell script that people are told to run.") from error  # fmt: skip


def _environments(gate: Gate, product: Product, formats: set[PackageFormat]) -> tuple[tuple[str, ...], dict[str, str]]:
    """Choose environments, which an .msi has none of. Raises: UsageError where some were asked for in vain."""
    if formats == {"msi"}:
        if gate.environments:
            raise UsageError("validate-environments", "an .msi is not tried in environments: they are of Linux.")
        return (), {}
    return choose_environments(gate.environments, product, quick=gate.quick)


def _not_judged(formats: set[PackageFormat]) -> Iterator[NotJudged]:
    """Say what cannot be judged or tried of these formats, and why."""
    for kind in sorted(formats):
        yield from (NotJudged(kind, f"law {law}", reason) for law, reason in NOT_JUDGED.get(kind, {}).items())
        yield from (NotJudged(kind, what, why) for what, why in NOT_ON_WINDOWS.items() if kind == "msi")


def formats_of(packages: list[PackageContents]) -> set[PackageFormat]:
    """Give the formats of packages."""
    return {contents.package.format for contents in packages}


def _check_formats(new: list[PackageContents], old: list[PackageContents], product: Product) -> None:
    for packages, what in ((new, "candidate"), (old, "previous release")):
        formats = [contents.package.format for contents in packages]
        if len(set(formats)) != len(formats):
            raise UsageError("validate-twice", f"there are two packages of one format for the {what}.")
    for kind in sorted(formats_of(old) - formats_of(new)):
        raise UsageError("validate-previous", f"a previous .{kind} was given, and no new one.")
    for kind in sorted(formats_of(new) - formats_of(old)):
        if STAND_IN not in product.names:
            raise UsageError("validate-previous", f"there is no previous .{kind} to upgrade from.",
                             hint="Give the last release with --previous; arclab has only its stand-in.")  # fmt: skip


def _options(gate: Gate, lifecycles: Path, new: list[PackageContents]) -> RunOptions:
    formats = {contents.package.format for contents in new}
    known = load_distros()
    fitting = [d for d in select_distros(known, gate.distros or ("default", "windows")) if d.format in formats]
    if gate.quick and not gate.distros:
        fitting = [next(d for d in fitting if d.format == kind) for kind in sorted(formats)]
    if not fitting:
        raise UsageError("validate-distros", "none of these distros takes packages of this format.")
    with_library = not (gate.quick or gate.previous or gate.product != DEFAULT_PRODUCT)
    library = (lifecycles, *(_library(formats) if with_library else gate.beside))
    return RunOptions(
        paths=(gate.scenarios,) if gate.scenarios else library,
        distros=tuple(distro.id for distro in fitting), workers=gate.workers, candidates=gate.packages,
        report=gate.report, previous=gate.previous, dependencies=gate.dependencies, product=gate.product,
        witness=True, expression=gate.expression,
    )  # fmt: skip


def _library(formats: set[PackageFormat]) -> tuple[Path, ...]:
    """Give the scenarios that packages of these formats are taken through."""
    return (*((scenario_library(),) * bool(formats - {"msi"})), *((windows_scenarios(),) * ("msi" in formats)))


def _stand_ins(
    settings: Settings, work: Path, console: Console, product: Product, formats: set[PackageFormat]
) -> list[PackageContents]:
    """Read the newest published stand-ins of these formats: what is upgraded from without a previous release."""
    if not formats:
        return []
    folder = build_packages(settings, (), work / "packages", PlainProgress(console), windows="msi" in formats)
    index = msgspec.json.decode((folder / "index.json").read_bytes(), type=PackageIndex)
    newest = {p.format: folder / p.path for p in index.packages if p.format in formats}
    return read_contents(newest.values(), product, earlier=True)


def _run(case: CaseSummary, kind: PackageFormat, environment: str) -> ValidatedRun:
    name = case.id.partition(f".{case.distro}")[0].removeprefix(f"{LIFECYCLES}-")
    return ValidatedRun(case.id, name, case.distro, kind, case.outcome, case.duration_s, case.reason, environment)


def _result(
    defects: tuple[Defect, ...], runs: list[ValidatedRun], new: list[PackageContents], untold: list[Untold]
) -> Validation:
    verdict = verdict_of(defects, runs, untold)
    open_defects = sum(not defect.accepted for defect in defects)
    broken = sum(run.outcome == "error" for run in runs)
    summary = {
        "fit": f"no law is broken in {len(runs)} lifecycles",
        "unfit": f"{open_defects} defects in {len(runs)} lifecycles",
        "unknown": f"{broken} of {len(runs)} lifecycles and {len(untold)} comparisons could not be told",
    }[verdict]
    return Validation(
        verdict=verdict, summary=summary,
        packages=tuple(f"{c.package.path} {c.package.version} sha256:{c.package.sha256}" for c in new),
        defects=defects, runs=tuple(runs), laws=(*LAWS, SCENARIO), duration_s=0.0, untold=tuple(untold),
    )  # fmt: skip
