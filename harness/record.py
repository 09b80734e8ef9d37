"""Write and read what a case leaves behind. A record is written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import msgspec

from harness.errors import UsageError
from harness.model.record import CaseRecord

CASE_FILE = "case.json"
JOURNAL_FILE = "journal.jsonl"
MACHINE_JOURNAL_FILE = "machine-journal.jsonl"
LOGS_FOLDER = "logs"


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees all of it or none of it."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_case(record: CaseRecord, folder: Path) -> None:
    """Write `case.json`."""
    write_whole(folder / CASE_FILE, msgspec.json.format(msgspec.json.encode(record), indent=1))


def read_case(folder: Path) -> CaseRecord:
    """Read `case.json`. Raises: UsageError when it is missing or not whole."""
    path = folder / CASE_FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=CaseRecord)
    except (OSError, msgspec.DecodeError) as error:
        raise UsageError("record-unreadable", f"the case left no whole record: {error}.", place=str(path)) from error
