"""The commands that measure."""

from __future__ import annotations

from pathlib import Path

from harness.bench import run_bench
from harness.bench.cloud import Wanted, run_cloud_bench
from harness.cli.options import CONSOLE, Commas, current_settings, listed


def bench(*, rounds: int = 8, parallel: str = "1,2,4", distro: str = "debian-12", report: Path | None = None) -> int:
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
    return run_bench(
        current_settings(),
        CONSOLE,
        rounds=rounds,
        parallel=[int(p) for p in listed(parallel)],
        names=listed(distro),
        out=report,
    )


def bench_sim(
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
    wanted = Wanted(rounds, seconds, [int(n) for n in listed(connections)], [int(n) for n in listed(fleet)])
    return run_cloud_bench(wanted, CONSOLE, Path("build/bench"), report)
