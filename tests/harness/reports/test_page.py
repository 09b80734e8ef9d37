"""What the page shows: matrix, common causes, and the rows of a long timeline."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from harness.model.record import TimelineEntry
from harness.reports.cases import ReportCase, load_cases
from harness.reports.folding import Fold
from harness.reports.page import case_views, common_causes, loudest, matrix_of
from harness.reports.run_json import read_run

MakeRun = Callable[..., Path]
MOMENT = "2026-03-02T08:00:00.000000Z"


def _cases(directory: Path) -> list[ReportCase]:
    return load_cases(directory, read_run(directory).cases)


def test_matrix_has_every_case_once(run_directory: Path) -> None:
    """Rows are scenarios by file, columns are distros; a lost case is in its scenario's row."""
    matrix = matrix_of(_cases(run_directory))

    assert matrix.distros == ["debian-12", "rocky-9", "ubuntu-24.04"]
    assert [(row.key, {distro: len(cell) for distro, cell in row.cells.items()}) for row in matrix.rows] == [
        ("heartbeat.a-day-connected", {"debian-12": 1}),
        ("install.specific-version", {"ubuntu-24.04": 1}),
        ("upgrade.stays-connected", {"debian-12": 1, "rocky-9": 1, "ubuntu-24.04": 1}),
    ]


def test_one_cause_of_many_cases_is_told_once(make_run: MakeRun) -> None:
    """Cases that fail at one expectation are one cause, the most frequent first."""
    directory = make_run(
        {"upgrade-stays-connected.rocky-9.1": "error", "upgrade-stays-connected.rocky-9.2": "fail",
         "upgrade-stays-connected.debian-12.1": "fail", "install-x.rocky-9": "pass"}
    )  # fmt: skip

    causes = common_causes(_cases(directory))

    assert [(cause.finding.subject, len(cause.cases), cause.is_same) for cause in causes] == [
        ("machine.services", 2, True),
        ("", 1, True),
    ]


def test_a_reason_is_not_told_twice(run_directory: Path) -> None:
    """The case's reason is left out where a step's message has it."""
    views = {view.case.summary.id: view.reason for view in case_views(_cases(run_directory))}

    assert views["upgrade-stays-connected.debian-12.previous"] == ""
    assert views["upgrade-stays-connected.rocky-9.1.36"].startswith("the lab broke")


def test_a_long_timeline_keeps_what_matters() -> None:
    """Steps and warnings stay wherever they are, then the rows nearest to the end."""
    rows: list[TimelineEntry | Fold] = [TimelineEntry(MOMENT, MOMENT, "machine", str(number)) for number in range(100)]
    rows[3] = TimelineEntry(MOMENT, MOMENT, "step", "step 1")
    rows[50] = TimelineEntry(MOMENT, MOMENT, "cloud", "503", level="error")

    kept = loudest(rows, 5)

    assert [row.text for row in kept if isinstance(row, TimelineEntry)] == ["step 1", "503", "97", "98", "99"]


def test_a_lost_case_does_not_name_the_row(make_run: MakeRun) -> None:
    """A row is named by a case that has a record, also where a lost one comes first."""
    lost = "upgrade-stays-connected.debian-12.1.0"
    directory = make_run({"upgrade-stays-connected.debian-12.previous": "pass"}, selected=[lost])

    assert [row.key for row in matrix_of(_cases(directory)).rows] == ["upgrade.stays-connected"]
