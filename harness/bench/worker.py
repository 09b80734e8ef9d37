"""A process that runs arclab's lifecycles: `python -m harness.bench.worker PREPARED`, one for each line of its input.

A line is JSON: `[distro, folder]`. The answer is one line, `ready` at first, then `done` when the record is in the
folder. SIGINT removes what the running case has started, and ends the process.
"""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

import msgspec

from harness.bench.scripts import lifecycle_scenario
from harness.cloud import CloudHosts
from harness.model.plan import Case
from harness.prepared import read_prepared
from harness.runner import run_case


def main(prepared_file: str) -> None:
    """Run a case for each line until the input ends."""
    prepared = read_prepared(Path(prepared_file))
    scenario = lifecycle_scenario()
    with contextlib.closing(CloudHosts(prepared)) as hosts:
        _say("ready")
        for line in sys.stdin:
            distro, folder = msgspec.json.decode(line, type=tuple[str, str])
            run_case(Case(f"bench.{distro}", scenario, distro, "latest", {}), hosts, Path(folder))
            _say("done")


def _say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main(sys.argv[1])
