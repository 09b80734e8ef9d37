"""Prepare, run the turns, report, and remove everything again."""

from __future__ import annotations

import contextlib
import os
import queue
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import msgspec
from rich.console import Console
from rich.text import Text

from harness.bench.figures import VARIANTS, Batch, Lifecycle, Turn, Variant, plan_turns, summarize
from harness.bench.report import as_json, cost_line, print_figures, verdict_line
from harness.bench.scripts import lifecycle_scenario, machine_options, render_script, shell_steps
from harness.bench.variants import ShellScript, Workers
from harness.cloud import CloudHost, new_azure
from harness.control import Control
from harness.controller import RunOptions, prepare
from harness.distros import load_distros, select_distros
from harness.errors import EnvironmentProblem, UsageError
from harness.owners import sweep_run
from harness.prepared import Prepared, write_prepared
from harness.progress import PlainProgress
from harness.settings import Settings
from harness.substrate.docker import LABEL_CASE, LABEL_OWNER, LABEL_ROLE, LABEL_RUN, Network, Substrate
from harness.versions import Versions

MOST_AT_ONCE = 12  # a network of the lab has 13 addresses for containers, and one is the cloud's
EXIT_FAILED = 2
#: What arclab sees of a machine in each of its own variants.
_OURS: dict[Variant, dict[str, bool]] = {"arclab": {}, "judged": {"witness": True}, "blind": {"snapshots": False}}
_PROC_STAT = Path("/proc/stat")
_BUSY_FIELDS = (0, 1, 2, 5, 6)  # user, nice, system, irq, softirq of the first line, after its name


class _Variant(Protocol):
    def run(self, distro: str, slot: int) -> Lifecycle: ...


@dataclass(frozen=True)
class _Plan:
    distros: list[str]
    turns: list[Turn]
    at_most: int


def run_bench(
    settings: Settings,
    console: Console,
    *,
    rounds: int,
    parallel: Sequence[int],
    names: Sequence[str],
    out: Path | None,
) -> int:
    """Measure and print; give 0 when every lifecycle passed, else 2. `out` takes the figures as JSON.

    Raises: ArclabError when it cannot begin, or when the lab breaks on the way. Ctrl-C removes what was started.
    """
    distros = load_distros()
    chosen = select_distros(distros, names)
    plan = _plan([distro.id for distro in chosen], parallel, rounds)
    if shutil.which("docker") is None:
        raise EnvironmentProblem(
            "docker-cli", "the shell scripts that arclab is compared with need the 'docker' command.",
            hint="apt-get install docker.io",
        )  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="arclab-bench-") as folder:
        directory = Path(folder)
        prepared = prepare(
            RunOptions(paths=()),
            settings,
            chosen,
            distros=distros,
            directory=directory,
            progress=PlainProgress(console),
        )
        circumstances: dict[str, Any] = {
            "processors": os.cpu_count(),
            "load_before": os.getloadavg()[0],
            "rounds": rounds,
        }
        with _variants(prepared, directory, plan) as variants:
            batches = _run_all(plan, variants, console)
    circumstances |= {"load_after": os.getloadavg()[0], "versions": prepared.versions}
    return _report(batches, circumstances, out, console)


def _plan(distros: list[str], parallel: Sequence[int], rounds: int) -> _Plan:
    """Raises: UsageError for numbers that make no sense."""
    if rounds < 1:
        raise UsageError("bench-rounds", f"'--rounds {rounds}' is not 1 or more.")
    if not parallel or not all(1 <= at_once <= MOST_AT_ONCE for at_once in parallel):
        raise UsageError("bench-parallel", f"'--parallel' takes numbers from 1 to {MOST_AT_ONCE}.")
    if not distros:
        raise UsageError("bench-distro", "no distro was named.")
    at_once = list(dict.fromkeys(parallel))
    return _Plan(distros, plan_turns(distros, at_once, rounds), max(at_once))


@contextlib.contextmanager
def _variants(prepared: Prepared, directory: Path, plan: _Plan) -> Iterator[dict[Variant, _Variant]]:
    """Start the workers, and the network and the repository server that the scripts share; remove them at the end."""
    labels = {LABEL_RUN: prepared.run_id, LABEL_OWNER: prepared.owner}
    with contextlib.ExitStack() as stack:
        substrate = Substrate(prepared.engine_url, labels, prepared.subnets)
        stack.callback(substrate.close)
        stack.callback(sweep_run, substrate, prepared.run_id, set())
        ours: dict[Variant, Workers] = {}
        for variant, seen in _OURS.items():
            file = directory / f"{variant}.json"
            write_prepared(msgspec.structs.replace(prepared, **seen), file)
            ours[variant] = Workers(file, directory / f"{variant}-cases", plan.at_most)
            stack.callback(ours[variant].close)
        network = stack.enter_context(_shared_cloud(prepared))
        scripts: dict[Variant, ShellScript] = {}
        for variant in VARIANTS:
            if variant not in ours:
                scripts[variant] = _shell_script(variant, prepared, network, directory, plan.distros)
                stack.callback(scripts[variant].close)
        for workers in ours.values():
            workers.await_ready()
        yield {**ours, **scripts}


@contextlib.contextmanager
def _shared_cloud(prepared: Prepared) -> Iterator[Network]:
    """Run one cloud for all scripts, their repository server and name server; gives the network that it is on."""
    with (
        contextlib.closing(CloudHost(prepared, {LABEL_CASE: "bench"})) as host,
        contextlib.closing(host.start(new_azure(), host.new_folder())) as cloud,
        contextlib.closing(Control(cloud.socket)) as control,
    ):
        cloud.await_ready(control)
        yield host.network


def _shell_script(
    variant: Variant, prepared: Prepared, network: Network, directory: Path, distros: Sequence[str]
) -> ShellScript:
    """Render a variant's script for each distro."""
    labels = {
        LABEL_RUN: prepared.run_id,
        LABEL_OWNER: prepared.owner,
        LABEL_CASE: f"bench-{variant}",
        LABEL_ROLE: "machine",
    }
    scenario = lifecycle_scenario()
    scripts: dict[str, Path] = {}
    steps: dict[str, dict[str, str]] = {}
    for name in distros:
        distro = prepared.distros[name]
        versions = Versions.from_index(prepared.index, distro.format)
        steps[name] = shell_steps(
            distro, prepared.product, versions.resolve("previous"), versions.resolve("latest"), scenario
        )
        scripts[name] = directory / f"{variant}-{name}.sh"
        scripts[name].write_text(render_script(variant, steps[name], machine_options(prepared, name, network, labels)))
    return ShellScript(scripts, steps, prepared.engine_url, f"arclab-{prepared.run_id}-{variant}")


def _run_all(plan: _Plan, variants: dict[Variant, _Variant], console: Console) -> list[Batch]:
    """Run one batch of each variant that does not count, to warm up, then the turns; stop after a failed warm-up."""
    warm_up = [Turn(distro, -1, plan.at_most, variant) for distro in plan.distros for variant in VARIANTS]
    batches: list[Batch] = []
    for turn in warm_up:
        batches.append(_run_turn(turn, variants[turn.variant]))
        _say(batches[-1], console)
    if any(not lifecycle.passed for batch in batches for lifecycle in batch.lifecycles):
        return batches
    batches.clear()
    for turn in plan.turns:
        batches.append(_run_turn(turn, variants[turn.variant]))
        _say(batches[-1], console)
    return batches


def _run_turn(turn: Turn, variant: _Variant) -> Batch:
    slots: queue.SimpleQueue[int] = queue.SimpleQueue()
    for slot in range(turn.at_once):
        slots.put(slot)

    def one(_: int) -> Lifecycle:
        slot = slots.get()
        try:
            return variant.run(turn.distro, slot)
        finally:
            slots.put(slot)

    pool = ThreadPoolExecutor(turn.at_once)
    busy_s, started = host_busy_s(), time.perf_counter()
    try:
        lifecycles = tuple(pool.map(one, range(turn.size)))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)  # after Ctrl-C they end when the variants are closed
    wall_s = time.perf_counter() - started
    return Batch(turn, wall_s, host_busy_s() - busy_s, lifecycles)


def host_busy_s() -> float:
    """Give the processor seconds that the host has spent since its start; 0 where it does not say."""
    try:
        fields = _PROC_STAT.read_text().splitlines()[0].split()[1:]
    except OSError:
        return 0.0
    return sum(int(fields[number]) for number in _BUSY_FIELDS) / os.sysconf("SC_CLK_TCK")


def _say(batch: Batch, console: Console) -> None:
    turn = batch.turn
    failed = [lifecycle for lifecycle in batch.lifecycles if not lifecycle.passed]
    part = "warm-up" if turn.round < 0 else f"round {turn.round + 1}"
    line = f"  {turn.distro}  {part}  {turn.variant}, {turn.at_once} at once: {batch.per_minute:.1f} a minute"
    console.print(Text(line))
    for lifecycle in failed:
        console.print(Text(f"  a lifecycle failed:\n{lifecycle.output}", style="red"), soft_wrap=True)


def _report(batches: list[Batch], circumstances: dict[str, Any], out: Path | None, console: Console) -> int:
    figures = summarize(batches)
    print_figures(figures, Console())
    to_plain = {
        (figure.distro, figure.at_once): figure.ratio_to["plain"]
        for figure in figures
        if figure.variant == "arclab" and "plain" in figure.ratio_to
    }
    console.print(verdict_line(to_plain))
    console.print(cost_line(figures))
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(as_json(figures, batches, circumstances))
    return EXIT_FAILED if any(figure.failed for figure in figures) else 0
