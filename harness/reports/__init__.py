"""Reports of a run. Each reads the run directory and nothing else, so all can be made again at any time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from harness.reports.html import write_html
from harness.reports.junit import write_junit
from harness.reports.run_json import read_run as read_run
from harness.reports.timelines import write_timelines

#: name -> writer; a writer gets the run directory, which holds `run.json`
REPORTS: dict[str, Callable[[Path], None]] = {
    "timelines": write_timelines,
    "junit": write_junit,
    "html": write_html,
}


def render_all(directory: Path) -> None:
    """Write every report of a run. Raises: UsageError without a readable run.json."""
    for write in REPORTS.values():
        write(directory)
