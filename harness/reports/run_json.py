"""run.json: all cases of a run in one file, also those that left no record. The other reports start from it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from harness.errors import UsageError
from harness.model.record import CaseRecord, CaseSummary, Outcome, RunRecord, worst
from harness.record import CASE_FILE, read_case, write_whole

RUN_FILE = "run.json"
CASES_FOLDER = "cases"
SELECTED_FILE = "selected.json"  # the ids of the cases that were to run
STATE_FILE = "state.txt"  # what a case was doing; removed when it ends


def write_run_json(
    directory: Path,
    *,
    started: datetime,
    duration_s: float,
    versions: dict[str, Any],
    stopped: str = "",
    fail_fast: bool = False,
) -> None:
    """Merge the records of a run's cases into `run.json`.

    A case that was selected but left no whole record is an `error` with a reason; one that never began or did not end
    because the run was `stopped` on purpose is a `skip` with that reason. `fail_fast` stops a run at the first case
    that does not pass, so without one it explains nothing. `versions["images"]` has the distros' ids as keys.
    """
    folders = {path.name: path for path in (directory / CASES_FOLDER).glob("*") if path.is_dir()}
    identifiers = sorted(folders.keys() | set(_selected(directory)))
    records: list[CaseRecord] = []
    lost: dict[str, tuple[Outcome, str]] = {}
    unread: dict[str, UsageError] = {}
    for identifier in identifiers:
        try:
            records.append(read_case(directory / CASES_FOLDER / identifier))
        except UsageError as error:
            unread[identifier] = error
    if fail_fast and any(record.outcome in ("fail", "error") for record in records):
        stopped = stopped or "an earlier case did not pass"
    for identifier, problem in unread.items():
        lost[identifier] = _why_lost(directory / CASES_FOLDER / identifier, problem, stopped)
    found = {record.id: _summary(record, f"{CASES_FOLDER}/{record.id}") for record in records}
    images = versions.get("images")
    distros = list(images) if isinstance(images, dict) else []
    cases = [*found.values(), *(lost_case(name, *why, distros, records) for name, why in lost.items())]
    record = RunRecord(
        outcome=worst([case.outcome for case in cases]),
        started=started.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        duration_s=duration_s,
        versions=versions,
        cases=sorted(cases, key=lambda case: case.id),
    )
    write_whole(directory / RUN_FILE, msgspec.json.format(msgspec.json.encode(record), indent=1))


def read_run(directory: Path) -> RunRecord:
    """Read `run.json`. Raises: UsageError when it is missing or damaged."""
    path = directory / RUN_FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=RunRecord)
    except FileNotFoundError as error:
        hint = "Name the folder that 'arclab run' has written."
        raise UsageError("run-missing", "there is no record of a run.", place=str(path), hint=hint) from error
    except (OSError, msgspec.DecodeError) as error:
        raise UsageError("run-unreadable", f"the run's record is damaged: {error}.", place=str(path)) from error


def lost_case(
    identifier: str, outcome: Outcome, reason: str, distros: Iterable[str], others: Iterable[CaseRecord]
) -> CaseSummary:
    """Describe a case that left no record, as well as its id and the other cases allow.

    An id is `<scenario>.<distro>[.<axis value>...]`, and each part may have dots.
    """
    slug, distro, axes = split_identifier(identifier, distros)
    kin = [other for other in others if split_identifier(other.id, [other.distro])[0] == slug]
    twin = next((other for other in kin if split_identifier(other.id, [other.distro])[2] == axes), None)
    return CaseSummary(
        id=identifier,
        scenario=kin[0].scenario if kin else slug,
        distro=distro,
        agent_version=twin.agent_version if twin else "",
        outcome=outcome,
        duration_s=0.0,
        reason=reason,
        folder=f"{CASES_FOLDER}/{identifier}",
    )


def split_identifier(identifier: str, distros: Iterable[str]) -> tuple[str, str, str]:
    """Give scenario, distro and axis values of a case's id; without a known distro the last two are empty."""
    for distro in sorted(distros, key=len, reverse=True):
        slug, mark, axes = f"{identifier}.".partition(f".{distro}.")
        if mark:
            return slug, distro, axes.removesuffix(".")
    return identifier, "", ""


def _summary(record: CaseRecord, folder: str) -> CaseSummary:
    return CaseSummary(
        record.id, record.scenario, record.distro, record.agent_version, record.outcome, record.duration_s,
        record.reason, folder,
    )  # fmt: skip


def _selected(directory: Path) -> list[str]:
    """Give the ids that were selected; none when the file is missing or damaged, the folders say the rest then."""
    try:
        return msgspec.json.decode((directory / SELECTED_FILE).read_bytes(), type=list[str])
    except (OSError, msgspec.DecodeError):
        return []


def _why_lost(folder: Path, error: UsageError, stopped: str) -> tuple[Outcome, str]:
    if (folder / CASE_FILE).exists():
        return "error", f"{CASE_FILE} cannot be read: {error.message}"
    if not folder.is_dir():
        return ("skip", f"not run: {stopped}") if stopped else ("error", "the case never began")
    if stopped:
        return "skip", f"not finished: {stopped}"
    try:
        doing = (folder / STATE_FILE).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return "error", "the case ended without a record"
    return "error", f"the worker died before the case ended; it was at '{doing}'"
