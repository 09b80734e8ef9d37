"""The folder of a run: new, empty, and with room for what the run writes."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

from harness.errors import EnvironmentProblem, UsageError, disk_full
from harness.model.bundle import INPUTS_FOLDER

_LEAST_FREE_BYTES = 100 * 1000**2  # for packages, repository, journals and logs
_NO_SPACE_BYTES = 256 * 1000


def new_directory(started: datetime) -> Path:
    """Make a folder below runs/ that no other run has, also when several begin in the same second."""
    name = started.strftime("%Y%m%d-%H%M%S")
    for candidate in (name, *(f"{name}-{number}" for number in range(2, 100))):
        try:
            Path("runs", candidate).mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError:
            break
        return Path("runs", candidate)
    return Path("runs", name)  # which is refused, with the reason


def fresh_directory(directory: Path) -> None:
    """Make the folder for a run's records.

    Raises: UsageError when it has something in it or cannot be made; EnvironmentProblem when it has too little room.
    """
    if directory.exists() and any(directory.iterdir()):
        raise UsageError(
            "report-not-empty", "the report folder is not empty.", place=str(directory), hint="Choose another."
        )
    try:
        (directory / "cases").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        if full := disk_full(error):
            raise full from error
        raise UsageError("report-folder", f"cannot be made: {error.strerror}.", place=str(directory)) from error
    free = shutil.disk_usage(directory).free
    if free < _LEAST_FREE_BYTES:
        clear_directory(directory)
        raise _too_little(
            directory, f"only {free / 1e6:.0f} MB are free, and a run needs {_LEAST_FREE_BYTES / 1e6:.0f}"
        )


def check_not_full(directory: Path) -> None:
    """Raise EnvironmentProblem when a run has used up the space for its records."""
    if shutil.disk_usage(directory).free < _NO_SPACE_BYTES:
        raise _too_little(directory, "the run has used up the space, so records of cases are missing")


def clear_directory(directory: Path) -> None:
    """Remove what was prepared for a run that never began, so that the folder can be taken again."""
    for name in ("cases", "prepared", INPUTS_FOLDER):
        shutil.rmtree(directory / name, ignore_errors=True)
    (directory / "prepared.json").unlink(missing_ok=True)


def _too_little(directory: Path, message: str) -> EnvironmentProblem:
    hint = "Free space, or choose another folder with --report."
    return EnvironmentProblem("disk-full", f"{message}.", place=str(directory), hint=hint)
