"""The commands about cases: run them, judge packages by them, list them, report them again."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter
from cyclopts.validators import Number
from rich.console import Console
from rich.table import Column, Table

from harness import controller
from harness.cli.options import CONSOLE, EXIT_INTERRUPTED, Commas, current_settings, listed, workers_of
from harness.controller import RunOptions
from harness.coverage import coverage_text, read_document
from harness.distros import load_distros, scenario_library, windows_scenarios
from harness.errors import EnvironmentProblem, UsageError
from harness.hostile import hostile_text, read_cases
from harness.model.product import load_product
from harness.model.record import Outcome
from harness.model.validation import EXIT_OF_FITNESS
from harness.plan import check_unique, plan_cases
from harness.products import DEFAULT_PRODUCT
from harness.reports import read_run, render_all
from harness.reports.summary import print_summary
from harness.reports.text import counted
from harness.scenario.load import load_scenarios
from harness.scenario.schema import schema_text
from harness.substrate import engine as engines
from harness.substrate.docker import LABEL_CASE, LABEL_MACHINE, LABEL_ROLE, Substrate
from harness.validation import gate
from harness.validation.page import print_verdict

EXIT_OF_OUTCOME: dict[Outcome, int] = {"pass": 0, "fail": 1, "error": 2, "skip": 4}
EXIT_NOTHING_RAN = 3


def run(
    *paths: Path,
    k: Annotated[str, Parameter(name="-k")] = "",
    distro: Commas = "",
    version: Commas = "",
    tag: Commas = "",
    n: Annotated[str, Parameter(name="-n")] = "auto",
    candidate: Annotated[tuple[Path, ...], Parameter(negative=())] = (),
    report: Path | None = None,
    keep_failed: Annotated[bool, Parameter(negative=())] = False,
    fail_fast: Annotated[bool, Parameter(name=["-x", "--fail-fast"], negative=())] = False,
    repeat: Annotated[int, Parameter(validator=Number(gte=1))] = 1,
) -> int:
    """Run scenarios and write reports.

    Exit codes: 0 passed, 1 something failed, 2 something broke, 3 nothing ran, 4 all skipped, 5 bad usage.

    Parameters
    ----------
    paths
        Scenario files and folders; default: the whole library.
    k
        Only cases whose id matches this pytest expression: -k "upgrade and yum".
    distro
        Only these distros, families or sets, separated by commas.
    version
        Only cases of these agent versions, separated by commas.
    tag
        Only scenarios with one of these tags, separated by commas.
    n
        How many cases at once; auto is two for each core, four at most.
    candidate
        Your own .deb or .rpm, published as the newest version. May be given for each format.
    report
        The folder for reports; default: runs/<time>.
    keep_failed
        Keep the machines of failed cases; look inside with 'arclab shell CASE'.
    fail_fast
        Stop after the first case that does not pass.
    repeat
        Run each case so often, to find what passes only now and then; '-x' stops at the first that does not.
    """
    options = RunOptions(
        paths=paths or (scenario_library(),), expression=k, distros=listed(distro), versions=listed(version),
        tags=listed(tag), workers=workers_of(n), candidates=candidate, report=report, keep_failed=keep_failed,
        fail_fast=fail_fast, repeat=repeat,
    )  # fmt: skip
    outcome: controller.RunOutcome = controller.run(options, current_settings(), CONSOLE)
    status = _finish(outcome.directory, interrupted=outcome.interrupted)
    if outcome.broken is not None:
        raise outcome.broken
    return status


def validate(
    *packages: Path,
    previous: Annotated[tuple[Path, ...], Parameter(negative=())] = (),
    dependency: Annotated[tuple[Path, ...], Parameter(negative=())] = (),
    product: Path = DEFAULT_PRODUCT,
    quick: Annotated[bool, Parameter(negative=())] = False,
    full: Annotated[bool, Parameter(negative=())] = False,
    accept: Path | None = None,
    installer: Path | None = None,
    report: Path | None = None,
    k: Annotated[str, Parameter(name="-k")] = "",
    n: Annotated[str, Parameter(name="-n")] = "auto",
    distro: Commas = "",
    environment: Commas = "",
) -> int:
    """Judge your own .deb, .rpm and .msi by laws: is this release fit?

    Exit codes: 0 fit, 1 defects found, 2 could not tell, 5 bad usage. The report folder has verdict.json and
    validation.html.

    Parameters
    ----------
    packages
        The candidate: a .deb, an .rpm, an .msi, or several of these.
    previous
        The last release, to upgrade from; default: the newest release of the stand-in.
    dependency
        A package that the candidate or the last release needs and no machine has. May be given several times, and is
        installed on every machine beforehand.
    product
        The product file: what the package is expected to do; default: the Azure Connected Machine agent's.
    quick
        One distro for each format, and the lifecycles alone.
    full
        All default distros, and the scenario library where it fits the packages. This is the default.
    accept
        A TOML file of defects that are accepted, each with a reason.
    installer
        The shell script that people are told to install the package with: it is run as well, also where the package
        cannot be had, and where the package manager is at work.
    report
        The folder for reports; default: runs/<time>.
    k
        Only lifecycles and scenarios whose id matches this pytest expression, while you look for a cause.
    n
        How many cases at once.
    distro
        Only these distros, families or sets.
    environment
        The hostile environments that it has to stand, separated by commas: docs/environments.md lists the words.
        Default: all that the product file does not exclude; with --quick the most telling ones.
    """
    if not packages:
        raise UsageError("validate-nothing", "no package was given.", hint="arclab validate new.deb new.rpm")
    if quick and full:
        raise UsageError("validate-how", "'--quick' and '--full' exclude each other.")
    asked = gate.Gate(
        packages, previous, product, quick, report, workers_of(n), listed(distro), accept, k, listed(environment),
        dependencies=dependency, installer=installer,
    )  # fmt: skip
    result, directory = gate.validate(asked, current_settings(), CONSOLE)
    print_verdict(result, directory, Console())
    return EXIT_OF_FITNESS[result.verdict]


def _finish(directory: Path, *, interrupted: bool = False) -> int:
    render_all(directory)
    record = read_run(directory)
    print_summary(directory, Console())
    if interrupted:
        return EXIT_INTERRUPTED
    return EXIT_OF_OUTCOME[record.outcome] if record.cases else EXIT_NOTHING_RAN


def plan(
    *paths: Path,
    distro: Commas = "",
    version: Commas = "",
    tag: Commas = "",
    as_json: Annotated[bool, Parameter(name="--json", negative=())] = False,
) -> None:
    """List the cases that a run would run, fully expanded, and stop.

    Parameters
    ----------
    paths
        Scenario files and folders; default: the whole library.
    distro
        Only these distros, families or sets.
    version
        Only cases of these agent versions.
    tag
        Only scenarios with one of these tags.
    as_json
        Print JSON for other programs.
    """
    cases = plan_cases(
        load_scenarios(paths or (scenario_library(),)), load_distros(), only_distros=listed(distro),
        only_versions=listed(version), tags=listed(tag),
    )  # fmt: skip
    check_unique(cases)
    if as_json:
        print(msgspec.json.format(msgspec.json.encode(cases), indent=2).decode())  # noqa: T201
        return
    table = Table(Column("case", no_wrap=True), "scenario", "steps", box=None, header_style="bold")
    for case in cases:
        table.add_row(case.id, case.scenario.title, str(len(case.scenario.steps)))
    console = Console()
    if not console.is_terminal:
        console.width = 240  # whole ids, for other programs
    console.print(table)
    print(counted(len(cases), "case"))  # noqa: T201


def schema() -> None:
    """Print the JSON Schema of scenario files."""
    print(schema_text(), end="")  # noqa: T201


def coverage() -> None:
    """Print which headings and commands of the document the scenario library covers, as Markdown."""
    library = scenario_library()
    headings = read_document(library / "document.toml")
    product = load_product(DEFAULT_PRODUCT)
    scenarios = load_scenarios([library, windows_scenarios()])
    print(coverage_text(headings, scenarios, load_distros(), product), end="")  # noqa: T201


def hostile(directory: Path) -> None:
    """Print what package managers made of hostile repositories in a run of 'scenarios-hostile', as Markdown.

    Parameters
    ----------
    directory
        The run's folder.
    """
    print(hostile_text(read_cases(directory), load_distros()), end="")  # noqa: T201


def report(directory: Path) -> int:
    """Write the reports of a run again from its records.

    Parameters
    ----------
    directory
        The run's folder.
    """
    return _finish(directory)


def shell(case: str, machine: str = "") -> int:
    """Open a shell in the machine of a kept case ('arclab run --keep-failed').

    Without a terminal it runs what it reads: arclab shell CASE < commands.sh

    Parameters
    ----------
    case
        The case's id, or a part of it that only one kept case has.
    machine
        The machine's name, where the case has several.
    """
    engine = engines.find_engine(current_settings())
    substrate = Substrate(engine.url, {}, current_settings().subnets)
    try:
        containers, _ = substrate.owned([f"{LABEL_ROLE}=machine"])
    finally:
        substrate.close()
    running = [(c["Labels"].get(LABEL_CASE, "?"), c["Labels"].get(LABEL_MACHINE, "?"), str(c["Id"]))
               for c in containers if c["State"] == "running"]  # fmt: skip
    found = [its_id for its_case, name, its_id in running if case in its_case and machine in ("", name)]
    if len(found) != 1:
        names = ", ".join(sorted(f"{its_case} {name}" for its_case, name, _ in running)) or "none"
        asked = f"{case} {machine}".strip()
        raise UsageError("shell-case", f"{len(found)} machines match '{asked}'.", hint=f"Running machines: {names}.")
    if shutil.which("docker") is None:
        raise EnvironmentProblem(
            "docker-cli", "the 'docker' command is needed for a terminal.", hint="apt-get install docker.io"
        )
    seat = "-it" if sys.stdin.isatty() else "-i"
    return subprocess.call(["docker", "--host", engine.url, "exec", seat, found[0], "bash", "-l"])
