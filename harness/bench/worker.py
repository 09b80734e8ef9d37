"""A process that runs arclab's lifecycles: `python -m harness.bench.worker PREPARED`, one for each line of its input.

A line is JSON: `[distro, folder]`. The answer is one line, `ready` at first, then `done` when the record is in the
folder and the laws have judged the evidence, where there is any. SIGINT removes what the running case has started, and
ends the process.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

from harness.bench.scripts import lifecycle_scenario
from harness.cloud import CloudHosts
from harness.errors import LabError
from harness.model.plan import Case
from harness.prepared import Prepared, read_prepared
from harness.repository import read_contents
from harness.runner import run_case
from harness.validation.judging import find_defects, read_evidence, trials_of
from harness.versions import Versions
from simulator.contract import PackageContents


def main(prepared_file: str) -> None:
    """Run a case for each line until the input ends."""
    prepared = read_prepared(Path(prepared_file))
    scenario = lifecycle_scenario()
    judge = _judge(prepared) if prepared.witness else None
    with contextlib.closing(CloudHosts(prepared)) as hosts:
        _say("ready")
        for line in sys.stdin:
            distro, folder = msgspec.json.decode(line, type=tuple[str, str])
            run_case(Case(f"bench.{distro}", scenario, distro, "latest", {}), hosts, Path(folder))
            if judge is not None:
                judge(Path(folder))
            _say("done")


def _judge(prepared: Prepared) -> Callable[[Path], None]:
    """Read the packages; give what judges all laws on a case's evidence. What they find is not what is measured."""
    files = {(p.format, p.version): Path(prepared.packages, p.path) for p in prepared.index.packages}
    published = {
        kind: Versions.from_index(prepared.index, kind)
        for kind in {prepared.distros[distro].format for distro in prepared.images}
    }

    def read(version: str) -> list[PackageContents]:
        wanted = [files[kind, versions.resolve(version).version] for kind, versions in published.items()]
        return read_contents(wanted, prepared.product)

    new, old = read("latest"), read("previous")

    def judge(folder: Path) -> None:
        evidence = read_evidence(folder)
        if evidence is None:
            raise LabError("bench-evidence", "a lifecycle left no evidence to judge.", place=str(folder))
        find_defects(trials_of([evidence], prepared.product, new, old))

    return judge


def _say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main(sys.argv[1])
