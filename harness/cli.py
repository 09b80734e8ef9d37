"""`arclab`: validate packages of the Azure Connected Machine agent on one machine, without an Azure account."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import App, CycloptsError, Parameter
from rich.console import Console
from rich.table import Column, Table

from harness import bench, controller, doctor
from harness.bench.cloud import Wanted, run_cloud_bench
from harness.controller import RunOptions
from harness.coverage import coverage_text, read_document
from harness.distros import load_distros, scenario_library, select_distros
from harness.errors import ArclabError, EnvironmentProblem, UsageError, disk_full
from harness.model.product import load_product
from harness.model.record import Outcome
from harness.model.validation import EXIT_OF_FITNESS
from harness.mutants.building import build_mutants
from harness.mutants.catalogue import load_mutants
from harness.mutants.scoring import print_score, score
from harness.owners import sweep_dead
from harness.plan import check_unique, plan_cases
from harness.products import DEFAULT_PRODUCT
from harness.progress import PlainProgress
from harness.reports import read_run, render_all
from harness.reports.summary import print_summary
from harness.scenario.load import load_scenarios
from harness.scenario.schema import schema_text
from harness.settings import Settings
from harness.substrate import engine as engines
from harness.substrate import private_engine
from harness.substrate.docker import LABEL_CASE, LABEL_ROLE, Substrate
from harness.substrate.images import ensure_images, list_images, remove_images
from harness.validation import gate
from harness.validation.page import print_verdict

EXIT_OF_OUTCOME: dict[Outcome, int] = {"pass": 0, "fail": 1, "error": 2, "skip": 4}
EXIT_NOTHING_RAN = 3
EXIT_BAD_USAGE = 5
EXIT_INTERRUPTED = 130
EXIT_BROKEN_PIPE = 141  # as a shell says it of a program that SIGPIPE has ended

app = App(name="arclab", help=__doc__, help_format="plaintext")
engine_app = App(name="engine", help="The container engine: find one, or start arclab's own.")
images_app = App(name="images", help="The images of machines and cloud.")
packages_app = App(name="packages", help="The stand-in agent's packages.")
mutants_app = App(name="mutants", help="Your own packages with seeded defects: what does the gate catch?")
app.command(engine_app)
app.command(images_app)
app.command(packages_app)
app.command(mutants_app)

_console = Console(stderr=True)
Commas = Annotated[str, Parameter(negative=())]


def main(words: Sequence[str] | None = None) -> None:
    """Run the command line, by default the process's own; errors are printed once and give their exit code.

    SIGTERM, as CI systems send it, cleans up as Ctrl-C does.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        status = app(sys.argv[1:] if words is None else list(words), exit_on_error=False, print_error=True)
        sys.stdout.flush()
    except CycloptsError:
        sys.exit(EXIT_BAD_USAGE)  # it has been printed
    except ArclabError as error:
        print(f"arclab: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("arclab: interrupted; everything this run started is removed", file=sys.stderr)  # noqa: T201
        sys.exit(EXIT_INTERRUPTED)
    except BrokenPipeError:  # the reader has seen enough: 'arclab plan | head'
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(EXIT_BROKEN_PIPE)
    except OSError as error:
        problem = disk_full(error)
        if problem is None:
            raise
        print(f"arclab: {problem}", file=sys.stderr)  # noqa: T201
        sys.exit(problem.exit_code)
    sys.exit(status if isinstance(status, int) else 0)


def _settings() -> Settings:
    return Settings.from_environment(dict(os.environ))


@app.command
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
    """
    options = RunOptions(
        paths=paths or (scenario_library(),), expression=k, distros=_listed(distro), versions=_listed(version),
        tags=_listed(tag), workers=_workers(n), candidates=candidate, report=report, keep_failed=keep_failed,
        fail_fast=fail_fast,
    )  # fmt: skip
    outcome: controller.RunOutcome = controller.run(options, _settings(), _console)
    status = _finish(outcome.directory, interrupted=outcome.interrupted)
    if outcome.broken is not None:
        raise outcome.broken
    return status


@app.command
def validate(
    *packages: Path,
    previous: Annotated[tuple[Path, ...], Parameter(negative=())] = (),
    product: Path = DEFAULT_PRODUCT,
    quick: Annotated[bool, Parameter(negative=())] = False,
    full: Annotated[bool, Parameter(negative=())] = False,
    accept: Path | None = None,
    report: Path | None = None,
    k: Annotated[str, Parameter(name="-k")] = "",
    n: Annotated[str, Parameter(name="-n")] = "auto",
    distro: Commas = "",
) -> int:
    """Judge your own .deb and .rpm by laws: is this release fit?

    Exit codes: 0 fit, 1 defects found, 2 could not tell, 5 bad usage. The report folder has verdict.json and
    validation.html.

    Parameters
    ----------
    packages
        The candidate: a .deb, an .rpm, or both.
    previous
        The last release, to upgrade from; default: the newest release of the stand-in.
    product
        The product file: what the package is expected to do; default: the Azure Connected Machine agent's.
    quick
        One distro for each format, and the lifecycles alone.
    full
        All default distros, and the scenario library where it fits the packages. This is the default.
    accept
        A TOML file of defects that are accepted, each with a reason.
    report
        The folder for reports; default: runs/<time>.
    k
        Only lifecycles and scenarios whose id matches this pytest expression, while you look for a cause.
    n
        How many cases at once.
    distro
        Only these distros, families or sets.
    """
    if not packages:
        raise UsageError("validate-nothing", "no package was given.", hint="arclab validate new.deb new.rpm")
    if quick and full:
        raise UsageError("validate-how", "'--quick' and '--full' exclude each other.")
    result, directory = gate.validate(
        gate.Gate(packages, previous, product, quick, report, _workers(n), _listed(distro), accept, k),
        _settings(),
        _console,
    )
    print_verdict(result, directory, Console())
    return EXIT_OF_FITNESS[result.verdict]


def _finish(directory: Path, *, interrupted: bool = False) -> int:
    render_all(directory)
    record = read_run(directory)
    print_summary(directory, Console())
    if interrupted:
        return EXIT_INTERRUPTED
    return EXIT_OF_OUTCOME[record.outcome] if record.cases else EXIT_NOTHING_RAN


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _workers(text: str) -> int:
    if text == "auto":
        return max(1, min(4, 2 * (os.cpu_count() or 1)))
    if not text.isdigit() or not 1 <= int(text) <= 64:
        raise UsageError("workers", f"'-n {text}' is neither 'auto' nor a number from 1 to 64.")
    return int(text)


@app.command
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
        load_scenarios(paths or (scenario_library(),)), load_distros(), only_distros=_listed(distro),
        only_versions=_listed(version), tags=_listed(tag),
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
    print(f"{len(cases)} cases")  # noqa: T201


@app.command
def schema() -> None:
    """Print the JSON Schema of scenario files."""
    print(schema_text(), end="")  # noqa: T201


@app.command
def coverage() -> None:
    """Print which headings and commands of the document the scenario library covers, as Markdown."""
    library = scenario_library()
    headings = read_document(library / "document.toml")
    product = load_product(DEFAULT_PRODUCT)
    print(coverage_text(headings, load_scenarios([library]), load_distros(), product), end="")  # noqa: T201


@app.command(name="doctor")
def doctor_command() -> int:
    """Say what is there, what is missing and how to get it. Changes nothing."""
    return doctor.report(_settings(), Console())


@app.command
def report(directory: Path) -> int:
    """Write the reports of a run again from its records.

    Parameters
    ----------
    directory
        The run's folder.
    """
    return _finish(directory)


@app.command
def shell(case: str) -> int:
    """Open a shell in the machine of a kept case ('arclab run --keep-failed').

    Parameters
    ----------
    case
        The case's id, or a part of it that only one kept case has.
    """
    engine = engines.find_engine(_settings())
    substrate = Substrate(engine.url, {}, _settings().subnets)
    try:
        containers, _ = substrate.owned([f"{LABEL_ROLE}=machine"])
    finally:
        substrate.close()
    found = [c for c in containers if case in c["Labels"].get(LABEL_CASE, "") and c["State"] == "running"]
    if len(found) != 1:
        names = ", ".join(sorted(c["Labels"].get(LABEL_CASE, "?") for c in containers)) or "none"
        raise UsageError("shell-case", f"{len(found)} machines match '{case}'.", hint=f"Running machines: {names}.")
    if shutil.which("docker") is None:
        raise EnvironmentProblem(
            "docker-cli", "the 'docker' command is needed for a terminal.", hint="apt-get install docker.io"
        )
    return subprocess.call(["docker", "--host", engine.url, "exec", "-it", found[0]["Id"], "bash", "-l"])


@app.command
def clean(*, images: Annotated[bool, Parameter(negative=())] = False) -> None:
    """Remove arclab's containers and networks that no living run owns, kept ones too, and build products.

    Parameters
    ----------
    images
        Remove the images as well.
    """
    settings = _settings()
    try:
        engine = engines.find_engine(settings)
    except EnvironmentProblem:
        print("no engine is running, so no container can be left")  # noqa: T201
    else:
        _clean_engine(settings, engine, images=images)
    for folder in (Path("build"),):
        if folder.is_dir():
            shutil.rmtree(folder)


def _clean_engine(settings: Settings, engine: engines.Engine, *, images: bool) -> None:
    substrate = Substrate(engine.url, {}, settings.subnets)
    try:
        removed = sweep_dead(substrate, kept_too=True)
    finally:
        substrate.close()
    print(f"removed {removed} containers and networks")  # noqa: T201
    if images:
        print(f"removed {remove_images(engine)} images")  # noqa: T201


@app.command(name="bench")
def bench_command(
    *, rounds: int = 8, parallel: str = "1,2,4", distro: str = "debian-12", report: Path | None = None
) -> int:
    """Measure a lifecycle's throughput: arclab beside plain shell scripts, on the same images, in turn.

    Parameters
    ----------
    rounds
        Lifecycles for each figure.
    parallel
        How many at once, separated by commas.
    distro
        The distros, separated by commas.
    report
        A file for the figures as JSON.
    """
    return bench.run_bench(
        _settings(),
        _console,
        rounds=rounds,
        parallel=[int(p) for p in _listed(parallel)],
        names=_listed(distro),
        out=report,
    )


@engine_app.command
def up() -> None:
    """Find a running engine, or start arclab's own. Does nothing when one is there."""
    engine = private_engine.ensure_engine(_settings(), PlainProgress(_console))
    print(engines.describe(engine))  # noqa: T201


@engine_app.command
def down(*, force: Annotated[bool, Parameter(negative=())] = False) -> None:
    """Stop arclab's own engine; others are never touched.

    Parameters
    ----------
    force
        Stop it although containers run in it.
    """
    print(private_engine.stop_private(_settings(), force=force))  # noqa: T201


@engine_app.command
def status() -> int:
    """Say which engine would be used. Exit 2 where there is none."""
    print(engines.describe(engines.find_engine(_settings())))  # noqa: T201
    return 0


@images_app.command
def build(*, distro: Commas = "default") -> None:
    """Build the images that are missing.

    Parameters
    ----------
    distro
        The distros, families or sets, separated by commas.
    """
    settings = _settings()
    progress = PlainProgress(_console)
    engine = private_engine.ensure_engine(settings, progress)
    chosen = select_distros(load_distros(), _listed(distro))
    for name, image in sorted(ensure_images(engine, settings, chosen, progress).items()):
        print(f"{name}  {image}")  # noqa: T201


@images_app.command(name="list")
def list_command() -> None:
    """List the images that are there."""
    for line in list_images(engines.find_engine(_settings())):
        print(line)  # noqa: T201


@packages_app.command(name="build")
def packages_build(*, out: Path, version: Annotated[tuple[str, ...], Parameter(negative=())] = ()) -> int:
    """Build the stand-in agent's .deb and .rpm, and an index.json beside them.

    Parameters
    ----------
    out
        The folder for them.
    version
        Only these releases; may be given several times.
    """
    words = [sys.executable, "-m", "simulator", "packages", "build", "--out", str(out)]
    for name in version:
        words += ["--version", name]
    return subprocess.call(words)


@app.command(name="bench-sim")
def bench_sim_command(
    *,
    rounds: int = 5,
    seconds: float = 1.0,
    connections: Commas = "1,8,64",
    fleet: Commas = "1000,10000,100000",
    report: Path | None = None,
) -> int:
    """Measure the simulated Azure: its start, calls beside moto and an empty handler, and fleets of machines.

    Parameters
    ----------
    rounds
        How often each figure is measured.
    seconds
        How long each time.
    connections
        How many connections at once, separated by commas; an empty text leaves calls out.
    fleet
        How many machines, separated by commas; an empty text leaves fleets out.
    report
        A file for the figures as JSON.
    """
    wanted = Wanted(rounds, seconds, [int(n) for n in _listed(connections)], [int(n) for n in _listed(fleet)])
    return run_cloud_bench(wanted, _console, Path("build/bench"), report)


@mutants_app.command(name="list")
def mutants_list(*, product: Path = DEFAULT_PRODUCT) -> None:
    """List the defects that can be seeded.

    Parameters
    ----------
    product
        The product file.
    """
    for name, mutant in load_mutants(load_product(product)).items():
        formats = ",".join(kind for kind, seed in (("deb", mutant.deb), ("rpm", mutant.rpm)) if seed)
        print(f"{name:30} {mutant.family:5} {formats:8} {mutant.title} ({mutant.origin})")  # noqa: T201


@mutants_app.command(name="build")
def mutants_build(
    *packages: Path,
    out: Path,
    mutant: Annotated[tuple[str, ...], Parameter(negative=())] = (),
    product: Path = DEFAULT_PRODUCT,
) -> None:
    """Pack your packages again: with each defect, and once without.

    Parameters
    ----------
    packages
        A .deb, an .rpm, or both.
    out
        The folder for them: one folder for each defect, and `clean`.
    mutant
        Only these; may be given several times.
    product
        The product file.
    """
    known = load_product(product)
    for name, files in build_mutants(packages, known, load_mutants(known, mutant), out).items():
        print(f"{name:30} {' '.join(map(str, files))}")  # noqa: T201


@mutants_app.command(name="score")
def mutants_score(
    *packages: Path,
    report: Path,
    previous: Annotated[tuple[Path, ...], Parameter(negative=())] = (),
    mutant: Annotated[tuple[str, ...], Parameter(negative=())] = (),
    product: Path = DEFAULT_PRODUCT,
    k: Annotated[str, Parameter(name="-k")] = "",
    n: Annotated[str, Parameter(name="-n")] = "auto",
    distro: Commas = "",
) -> int:
    """Run the gate on each defect and on the clean twin, and count what it catches. Exit 1 for a miss or an alarm.

    Parameters
    ----------
    packages
        A clean .deb, .rpm, or both.
    report
        The folder for score.json and the report of each run.
    previous
        The last release, to upgrade from.
    mutant
        Only these; may be given several times.
    product
        The product file.
    k
        Only lifecycles whose id matches this pytest expression.
    n
        How many cases at once.
    distro
        Only these distros, families or sets; default: one for each format.
    """
    asked = gate.Gate(
        packages, previous, product, quick=True, workers=_workers(n), distros=_listed(distro), expression=k
    )
    total = score(asked, _settings(), _console, mutant, report)
    print_score(total, Console())
    return int(bool(total.alarms) or any(entry.fate != "killed" for entry in total.mutants))
