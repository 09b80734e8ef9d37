"""What arclab says to people when something is wrong.

    ArclabError                 reference (kebab-case), message, place, hint; exit code
    ├── UsageError              bad flag, scenario, package or distro           exit 5
    ├── EnvironmentProblem      engine, disk, registry, image: we could not try exit 2
    └── LabError                something broke in mid-run: we could not tell   exit 2

Errors carry; the command line prints them, once.
"""

from __future__ import annotations

import errno


class ArclabError(Exception):
    """An error for a person. `place` is `file:line:column` or a path; `hint` says what to do."""

    exit_code = 2

    def __init__(self, reference: str, message: str, *, place: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.reference = reference
        self.message = message
        self.place = place
        self.hint = hint

    def __str__(self) -> str:
        first = f"{self.place}: {self.message}" if self.place else self.message
        hint = "".join(f"\nhint: {line}" for line in self.hint.splitlines())
        return f"{first} [{self.reference}]{hint}"


class UsageError(ArclabError):
    """What the user gave cannot be used. Nothing was started."""

    exit_code = 5


class EnvironmentProblem(ArclabError):  # noqa: N818 - the problem is the host's, not arclab's
    """The host lacks something. Nothing was judged."""


class LabError(ArclabError):
    """A part of the lab broke while a case ran, so the case has no verdict."""


def disk_full(error: OSError) -> EnvironmentProblem | None:
    """Give the problem that an operating system's error means when it means that no space is left."""
    if error.errno not in (errno.ENOSPC, errno.EDQUOT):
        return None
    place = error.filename2 or error.filename or ""
    return EnvironmentProblem(
        "disk-full", "no space is left on the device.", place=str(place),
        hint="Free space, or choose another folder with --report, TMPDIR or ARCLAB_STATE.",
    )  # fmt: skip


def unusable_file(error: OSError) -> EnvironmentProblem | None:
    """Give the problem that an operating system's error means when it names a file that it is about."""
    place = error.filename2 or error.filename
    if not place or not error.strerror:
        return None
    return EnvironmentProblem(
        "file-unusable", f"this file cannot be used: {error.strerror.lower()}.", place=str(place),
        hint="Name another one, or change its kind, its place or its rights.",
    )  # fmt: skip
