"""run.json loses no case."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness import progress
from harness.errors import UsageError
from harness.model.record import CaseSummary
from harness.reports import run_json
from harness.reports.run_json import read_run, split_identifier, write_run_json

MakeRun = Callable[..., Path]
BEGIN = datetime(2026, 3, 2, 8, tzinfo=UTC)
VERSIONS = {"images": {"rocky-9": "image"}}


def _case(directory: Path, identifier: str) -> CaseSummary:
    (case,) = [case for case in read_run(directory).cases if case.id == identifier]
    return case


def test_merges_all_cases(run_directory: Path) -> None:
    """Cases are sorted by id and the run's outcome is the worst."""
    run = read_run(run_directory)

    assert [(case.id, case.outcome) for case in run.cases] == [
        ("heartbeat-a-day-connected.debian-12", "pass"),
        ("install-specific-version.ubuntu-24.04", "skip"),
        ("upgrade-stays-connected.debian-12.previous", "fail"),
        ("upgrade-stays-connected.rocky-9.1.36", "error"),
        ("upgrade-stays-connected.ubuntu-24.04.1.36", "error"),
    ]
    assert (run.outcome, run.started, run.duration_s) == ("error", "2026-03-02T08:00:00.000000Z", 61.5)


def test_a_lost_case_takes_what_its_kin_know(run_directory: Path) -> None:
    """A case without a record is an error; scenario, distro and version come from its id and from other cases."""
    case = _case(run_directory, "upgrade-stays-connected.ubuntu-24.04.1.36")

    assert (case.outcome, case.distro, case.agent_version) == ("error", "ubuntu-24.04", "latest")
    assert case.scenario == "the documented upgrade keeps the machine connected"
    assert case.reason.startswith("the case never began")


def test_a_lost_case_alone_has_its_slug(make_run: MakeRun) -> None:
    """Without kin the scenario is the first part of the id."""
    case = _case(make_run({}, selected=["proxy-arc.rocky-9"]), "proxy-arc.rocky-9")

    assert (case.scenario, case.distro, case.agent_version, case.outcome) == ("proxy-arc", "rocky-9", "", "error")


def test_a_killed_worker_is_told_by_its_state(make_run: MakeRun) -> None:
    """The state that a case left says what it was doing."""
    directory = make_run({"a.rocky-9": "pass", "b.rocky-9": "pass"})
    folder = directory / "cases" / "a.rocky-9"
    (folder / "case.json").unlink()
    (folder / "state.txt").write_text("upgrade")
    (directory / "cases" / "b.rocky-9" / "case.json").unlink()
    write_run_json(directory, started=BEGIN, duration_s=1.0, versions=VERSIONS)

    assert _case(directory, "a.rocky-9").reason == "the worker died before the case ended; it was at 'upgrade'"
    assert _case(directory, "b.rocky-9").reason == "the case ended without a record"


def test_a_stopped_run_skips_what_it_left_out(make_run: MakeRun) -> None:
    """After Ctrl-C or -x, cases that never began or did not finish are skipped with the reason, and passes stay."""
    directory = make_run({"a.rocky-9": "pass", "b.rocky-9": "pass", "c.rocky-9": "pass"})
    (directory / "cases" / "b.rocky-9" / "case.json").unlink()
    shutil.rmtree(directory / "cases" / "c.rocky-9")
    write_run_json(directory, started=BEGIN, duration_s=1.0, versions=VERSIONS, stopped="the run was interrupted")

    assert _case(directory, "a.rocky-9").outcome == "pass"
    assert _case(directory, "b.rocky-9").reason == "not finished: the run was interrupted"
    assert _case(directory, "c.rocky-9").reason == "not run: the run was interrupted"
    assert _case(directory, "c.rocky-9").outcome == "skip"


def test_failing_fast_explains_nothing_without_a_failure(make_run: MakeRun) -> None:
    """A case that died under -x is an error as long as no other case failed, and a skip when one did."""
    directory = make_run({"a.rocky-9": "pass", "b.rocky-9": "pass"})
    (directory / "cases" / "b.rocky-9" / "case.json").unlink()
    write_run_json(directory, started=BEGIN, duration_s=1.0, versions=VERSIONS, fail_fast=True)
    alone = _case(directory, "b.rocky-9").outcome
    record = directory / "cases" / "a.rocky-9" / "case.json"
    record.write_text(record.read_text().replace('"outcome": "pass"', '"outcome": "fail"'))
    write_run_json(directory, started=BEGIN, duration_s=1.0, versions=VERSIONS, fail_fast=True)

    assert (alone, _case(directory, "b.rocky-9").outcome) == ("error", "skip")


@pytest.mark.parametrize("content", [b"", b'{"id": "a', b"[]", b'{"id": 1}', b"\xff\xfe"])
def test_a_damaged_record_is_an_error(make_run: MakeRun, content: bytes) -> None:
    """A case.json that cannot be decoded makes its case an error."""
    directory = make_run({"a.rocky-9": "pass"})
    (directory / "cases" / "a.rocky-9" / "case.json").write_bytes(content)
    write_run_json(directory, started=BEGIN, duration_s=1.0, versions=VERSIONS)

    case = _case(directory, "a.rocky-9")
    assert (case.outcome, case.reason[:24]) == ("error", "case.json cannot be read")


def test_without_the_selection_the_folders_count(make_run: MakeRun) -> None:
    """A missing or damaged selected.json hides no case that has a folder."""
    directory = make_run({"a.rocky-9": "pass"})
    (directory / "selected.json").write_text("[1,")
    (directory / "cases" / "b.rocky-9").mkdir()
    write_run_json(directory, started=BEGIN, duration_s=1.0, versions={})

    assert [(case.id, case.outcome) for case in read_run(directory).cases] == [
        ("a.rocky-9", "pass"),
        ("b.rocky-9", "error"),
    ]


def test_nothing_ran(make_run: MakeRun) -> None:
    """A run without cases is a skip."""
    run = read_run(make_run({}))

    assert (run.outcome, run.cases) == ("skip", [])


@pytest.mark.parametrize("content", [None, b"", b"{}", b"nonsense"])
def test_unreadable_run_names_the_file(tmp_path: Path, content: bytes | None) -> None:
    """A missing or damaged run.json is named."""
    (tmp_path / "run.json").write_bytes(content) if content is not None else None

    with pytest.raises(UsageError, match="run") as caught:
        read_run(tmp_path)

    assert caught.value.place == str(tmp_path / "run.json")


@pytest.mark.parametrize(
    ("identifier", "parts"),
    [
        ("a.ubuntu-24.04.1.36", ("a", "ubuntu-24.04", "1.36")),
        ("a.b.debian-12", ("a.b", "debian-12", "")),
        ("a.yum-debian-12.x", ("a", "yum-debian-12", "x")),
        ("a.unknown.1", ("a.unknown.1", "", "")),
    ],
)
def test_split_identifier(identifier: str, parts: tuple[str, str, str]) -> None:
    """Dots may be in each part of an id."""
    assert split_identifier(identifier, ["debian-12", "yum-debian-12", "ubuntu-24", "ubuntu-24.04"]) == parts


def test_file_names_are_the_runners() -> None:
    """The names of files that the runner writes are the same on both sides."""
    assert (run_json.SELECTED_FILE, run_json.STATE_FILE) == (progress.SELECTED_FILE, progress.STATE_FILE)
