"""Prepare a run once, run its cases with pytest, merge and report. Workers never build anything."""

from __future__ import annotations

import os
import platform
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from importlib.metadata import version as distribution_version
from pathlib import Path

from rich.console import Console

from harness.distros import load_distros
from harness.errors import EnvironmentProblem, LabError, UsageError
from harness.inputs import keep_inputs
from harness.model.distro import Distro
from harness.model.product import load_product
from harness.model.scenario import Scenario
from harness.owners import sweep_dead, sweep_run, this_owner
from harness.plan import check_unique, plan_cases
from harness.prepared import Prepared, write_prepared
from harness.products import DEFAULT_PRODUCT
from harness.progress import PlainProgress, RunProgress
from harness.reports.run_json import write_run_json
from harness.repository import build_packages, build_repository
from harness.run_directory import check_not_full, clear_directory, fresh_directory, new_directory
from harness.runner import KEPT_FILE
from harness.scenario.load import load_scenarios
from harness.settings import Settings
from harness.substrate.docker import LABEL_OWNER, LABEL_RUN, REFUSED, Substrate
from harness.substrate.engine import Engine, machine_host_config
from harness.substrate.images import ensure_images, image_digests
from harness.substrate.private_engine import ensure_engine
from harness.versions import Versions
from simulator.contract import PackageIndex

CLOUD_IMAGE = "cloud"
_STOP_PATIENCE_S = 30.0


@dataclass(frozen=True)
class RunOptions:
    """What `arclab run` was asked for."""

    paths: tuple[Path, ...]
    expression: str = ""
    distros: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    workers: int = 1
    candidates: tuple[Path, ...] = ()
    report: Path | None = None
    keep_failed: bool = False
    fail_fast: bool = False
    repeat: int = 1  # how often each case is run
    previous: tuple[Path, ...] = ()  # the user's own last release, in place of the stand-in's releases
    dependencies: tuple[Path, ...] = ()  # packages that those need, published beside them and on every machine
    product: Path = DEFAULT_PRODUCT
    witness: bool = False


@dataclass(frozen=True)
class RunOutcome:
    """Where the records are, whether Ctrl-C ended the run, and what broke it."""

    directory: Path
    interrupted: bool
    broken: LabError | EnvironmentProblem | None = None


def run(options: RunOptions, settings: Settings, console: Console) -> RunOutcome:
    """Run everything; the records are in the run directory.

    Raises: ArclabError when the run could not begin. Ctrl-C stops the cases and cleans up; what has run is reported.
    """
    scenarios = load_scenarios(options.paths)
    distros = load_distros()
    chosen = _distros_of(scenarios, distros, options)
    started = datetime.now(UTC)
    directory = (options.report or new_directory(started)).resolve()
    fresh_directory(directory)
    console.print(
        f"[bold]Preparing[/bold] {len(scenarios)} scenarios on {', '.join(d.id for d in chosen)}", highlight=False
    )
    progress = PlainProgress(console)
    try:
        prepared = prepare(options, settings, chosen, distros=distros, directory=directory, progress=progress)
        formats = {distro.format for distro in distros.values()}
        by_format: dict[str, Versions] = {name: Versions.from_index(prepared.index, name) for name in formats}
        check_unique(plan_cases(scenarios, prepared.distros, only_distros=options.distros, versions=by_format))
        keep_inputs(
            directory, _told(options), scenarios=options.paths, product=options.product,
            candidates=options.candidates, previous=options.previous, dependencies=options.dependencies,
        )  # fmt: skip
    except BaseException:
        clear_directory(directory)  # nothing has run, and the same command shall work when the mistake is gone
        raise
    console.print("[bold]Running[/bold]", highlight=False)
    clock = time.monotonic()
    interrupted = False
    broken: LabError | EnvironmentProblem | None = None
    try:
        _run_pytest(options, directory, console)
        check_not_full(directory)
    except KeyboardInterrupt:
        interrupted = True
    except (LabError, EnvironmentProblem) as error:
        broken = error
    finally:
        stuck = _sweep_run(prepared)
        shutil.rmtree(directory / "prepared", ignore_errors=True)
    stopped = "the run was interrupted" if interrupted else ""
    duration_s = round(time.monotonic() - clock, 1)
    write_run_json(directory, started=started, duration_s=duration_s, versions=prepared.versions, stopped=stopped,
                   fail_fast=options.fail_fast)  # fmt: skip
    return RunOutcome(directory, interrupted, broken or stuck)


def prepare(
    options: RunOptions,
    settings: Settings,
    chosen: list[Distro],
    *,
    distros: dict[str, Distro],
    directory: Path,
    progress: PlainProgress,
) -> Prepared:
    """Find or start the engine; build missing packages, images and the repository; write `prepared.json`.

    Images are built for the `chosen`; workers hear of all `distros`, so that every name of a matrix has a meaning.
    Raises: ArclabError that says what is missing or wrong.
    """
    work = directory / "prepared"
    work.mkdir(parents=True)
    run_id = os.urandom(4).hex()
    owner = this_owner()
    engine = ensure_engine(settings, progress)
    substrate = Substrate(engine.url, {LABEL_RUN: run_id, LABEL_OWNER: owner}, settings.subnets)
    try:
        swept = sweep_dead(substrate)
        if swept:
            progress.note(f"removed {swept} containers and networks of runs that were killed")
        packages = build_packages(
            settings, options.candidates, work / "packages", progress, previous=options.previous,
            dependencies=options.dependencies, product=load_product(options.product),
            windows=any(distro.format == "msi" for distro in chosen),
        )  # fmt: skip
        images = ensure_images(engine, settings, chosen, progress)
        repository = build_repository(
            substrate, images[CLOUD_IMAGE], packages=packages, distros=chosen, work=work, progress=progress
        )
    finally:
        substrate.close()
    machine = machine_host_config(engine)
    prepared = Prepared(
        run_id=run_id,
        run_directory=str(directory),
        owner=owner,
        engine_url=engine.url,
        machine_host_config=machine.host_config,
        machine_mounts=machine.mounts,
        machine_tmpfs=machine.tmpfs,
        machine_environment=machine.environment,
        machine_stop_signal=machine.stop_signal,
        subnets=settings.subnets,
        images={name: image for name, image in images.items() if name != CLOUD_IMAGE},
        cloud_image=images[CLOUD_IMAGE],
        distros=distros,
        product=load_product(options.product),
        index=repository.index,
        repository=str(repository.tree),
        packages=str(packages),
        signing_keys=str(repository.keys),
        extensions=str(repository.extensions),
        tls=str(repository.tls),
        versions=_versions(engine, images, repository.index),
        keep_failed=options.keep_failed,
        witness=options.witness,
    )
    write_prepared(prepared, directory / "prepared.json")
    return prepared


def _told(options: RunOptions) -> dict[str, object]:
    """Give the options that decide what a run does and are no file."""
    elsewhere = {"paths", "candidates", "previous", "dependencies", "product", "report", "workers", "keep_failed"}
    return {field.name: getattr(options, field.name) for field in fields(options) if field.name not in elsewhere}


def _versions(engine: Engine, images: dict[str, str], index: PackageIndex) -> dict[str, object]:
    candidates = [
        f"{p.name} {p.version} ({p.format}) sha256:{p.sha256}" for p in index.packages if p.release == "candidate"
    ]
    return {
        "arclab": distribution_version("arclab"),
        "python": platform.python_version(),
        "engine": f"{engine.kind} {engine.version}",
        "images": images,
        "image_digests": image_digests(engine, images),
        "candidates": candidates,
    }


def _distros_of(scenarios: Iterable[Scenario], distros: dict[str, Distro], options: RunOptions) -> list[Distro]:
    cases = plan_cases(
        scenarios, distros, only_distros=options.distros, only_versions=options.versions, tags=options.tags
    )
    wanted = {case.distro for case in cases}
    if not wanted:
        raise UsageError("nothing-selected", "no case is left by these options.", hint="'arclab plan' lists the cases.")
    return [distro for distro in distros.values() if distro.id in wanted]


def _run_pytest(options: RunOptions, directory: Path, console: Console) -> None:
    """Run the cases; their outcomes are in the run directory. A pytest that itself breaks is an error."""
    command = [sys.executable, "-m", "pytest", "-p", "harness.pytest_plugin", "-p", "xdist.plugin",
               "-p", "no:cacheprovider", "-p", "no:tmpdir", "-q", "-c", os.devnull, "--rootdir", str(Path.cwd()),
               "--arclab-prepared", str(directory / "prepared.json"), "--arclab-distro", ",".join(options.distros),
               "--arclab-version", ",".join(options.versions), "--arclab-tag", ",".join(options.tags),
               "--arclab-repeat", str(options.repeat)]  # fmt: skip
    command += ["-k", options.expression] if options.expression else []
    command += ["-n", str(options.workers), "--dist", "worksteal"] if options.workers > 1 else []
    command += ["-x"] if options.fail_fast else []
    log = directory / "pytest.log"
    with log.open("wb") as output, RunProgress(directory, console).watched():
        process = subprocess.Popen(
            [*command, *map(str, options.paths)], stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
            env=_pytest_environment(os.environ),
        )  # fmt: skip
        try:
            status = process.wait()
        except KeyboardInterrupt:
            try:
                console.print("stopping the cases and cleaning up ...")
            finally:  # also after a second Ctrl-C
                _stop(process)
            raise
    if status not in _ordinary_statuses(options):
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        raise LabError("pytest-broke", f"pytest ended with status {status}.", place=str(log), hint=tail)


def _pytest_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Give pytest's environment: what a user has set up for tests of another project must not change a run."""
    kept = {name: value for name, value in environment.items() if name not in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS")}
    return {**kept, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


def _ordinary_statuses(options: RunOptions) -> tuple[int, ...]:
    """Give pytest's exit statuses that mean its cases were run: passed, failed, none selected.

    pytest-xdist ends with 2, as after Ctrl-C, when `-x` stops it.
    """
    return (0, 1, 5, 2) if options.fail_fast and options.workers > 1 else (0, 1, 5)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Let pytest and its workers clean up; kill what has not ended in time, or at once at a second Ctrl-C."""
    for number in (signal.SIGINT, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(_STOP_PATIENCE_S)
        except (ProcessLookupError, subprocess.TimeoutExpired, KeyboardInterrupt):
            continue


def _sweep_run(prepared: Prepared) -> LabError | None:
    """Remove whatever of this run is left, for example after a killed worker; kept cases stay.

    Gives the error of an engine that refuses to remove something.
    """
    kept = {path.parent.name for path in Path(prepared.run_directory).glob(f"cases/*/{KEPT_FILE}")}
    try:
        substrate = Substrate(prepared.engine_url, {}, prepared.subnets)
    except EnvironmentProblem:
        return None  # the engine has died; its next start sweeps
    try:
        sweep_run(substrate, prepared.run_id, kept)
    except LabError as error:
        return error if error.reference == REFUSED else None  # else it is dying now
    finally:
        substrate.close()
    return None
