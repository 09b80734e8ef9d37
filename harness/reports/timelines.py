"""timeline.json in each case's folder: the joined timeline, unabridged, for other programs."""

from __future__ import annotations

from pathlib import Path

from harness.reports.cases import load_cases
from harness.reports.run_json import read_run
from harness.timeline import write_timeline


def write_timelines(directory: Path) -> None:
    """Write the timeline of every case that left a record. Raises: UsageError without a readable run.json."""
    for case in load_cases(directory, read_run(directory).cases):
        if case.record is not None:
            write_timeline(case.folder, case.record)
