"""Measure starts, calls and fleets, and report."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.text import Text

from harness.bench.cloud.calls import Plan, measure_round
from harness.bench.cloud.figures import Measurement, spread, summarize
from harness.bench.cloud.fleet import Fleet, measure_fleets
from harness.bench.cloud.report import as_json, print_report
from harness.bench.cloud.servers import moto_environment, our_cloud
from harness.bench.figures import Ratio
from harness.errors import UsageError

EXIT_FAILED = 2
_MOST_CONNECTIONS = 1000


class Wanted(NamedTuple):
    """What shall be measured: calls in so many rounds, over so many connections, and fleets of these sizes."""

    rounds: int
    seconds: float
    connections: Sequence[int]
    fleets: Sequence[int]

    def check(self) -> None:
        """Raises: UsageError for numbers that make no sense."""
        if self.rounds < 1 or not self.seconds > 0:
            raise UsageError("bench-rounds", "'--rounds' is 1 or more, '--seconds' more than 0.")
        if not all(1 <= at_once <= _MOST_CONNECTIONS for at_once in self.connections):
            raise UsageError("bench-connections", f"'--connections' takes numbers from 1 to {_MOST_CONNECTIONS}.")
        if not all(size >= 1 for size in self.fleets):
            raise UsageError("bench-fleet", "'--fleet' takes numbers of machines, 1 or more.")


def run_cloud_bench(wanted: Wanted, console: Console, folder: Path, out: Path | None) -> int:
    """Measure and print; give 0 when every answer was good, else 2. `folder` keeps moto's environment and the keys.

    Raises: ArclabError when it cannot begin, or when a server breaks.
    """
    wanted.check()
    folder.mkdir(parents=True, exist_ok=True)
    load_before = os.getloadavg()[0]
    ready, interpreter = _starts(wanted.rounds, folder)
    measurements = _calls(wanted, folder, console) if wanted.connections else []
    fleets: list[Fleet] = []
    if wanted.fleets:
        fleets = measure_fleets(wanted.fleets, wanted.rounds, wanted.seconds, folder, lambda text: _say(console, text))
    figures = summarize(measurements)
    print_report(Console(), figures, fleets, ready, interpreter)
    if out is not None:
        more = {"processors": os.cpu_count(), "load_before": load_before, "load_after": os.getloadavg()[0],
                "ready_s": ready, "interpreter_s": interpreter}  # fmt: skip
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(as_json(figures, measurements, fleets, more))
    return EXIT_FAILED if any(found.failed for found in measurements) else 0


def _starts(rounds: int, folder: Path) -> tuple[Ratio, Ratio]:
    """Give the seconds until the cloud is ready, and those of an interpreter that does nothing, taken in turn.

    One start before makes the keys and fills the caches.
    """
    ready: list[float] = []
    interpreter: list[float] = []
    for _ in range(rounds + 1):
        with our_cloud(folder) as server:
            ready.append(server.ready_s)
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", ""], check=True)
        interpreter.append(time.perf_counter() - began)
    return spread(ready[1:]), spread(interpreter[1:])


def _calls(wanted: Wanted, folder: Path, console: Console) -> list[Measurement]:
    plan = Plan(wanted.seconds, wanted.connections, folder, moto_environment(folder / "moto"))
    return [
        found
        for number in range(wanted.rounds)
        for found in measure_round(number, plan, lambda found: _say(console, _shown(found)))
    ]


def _shown(found: Measurement) -> str:
    failed = f", {found.failed} failed" if found.failed else ""
    where = f"round {found.round + 1}  {found.operation}, {found.connections} at once"
    return f"{where}: {found.subject} {found.per_second:,.0f} a second{failed}"


def _say(console: Console, text: str) -> None:
    console.print(Text(f"  {text}"))
