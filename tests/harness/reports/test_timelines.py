"""Every case with a record gets its timeline."""

from __future__ import annotations

from pathlib import Path

from harness.reports.timelines import write_timelines


def test_each_record_has_a_timeline(run_directory: Path) -> None:
    """Lost cases have none; their folder is not made up."""
    write_timelines(run_directory)

    records = {path.parent for path in run_directory.rglob("case.json")}
    assert {path.parent for path in run_directory.rglob("timeline.json")} == records
    assert len(records) == 4
