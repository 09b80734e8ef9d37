"""Accepted defects: `accept.toml` beside the packages says which, and why; they stay silent until they change."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from harness.errors import UsageError
from harness.model.validation import Defect
from simulator.contract import PackageFormat

ACCEPT_FILE = "accept.toml"
_Reason = Annotated[str, msgspec.Meta(min_length=1)]


class Accepted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One table `[[accept]]`. `summary` is the defect's, word for word; without `format` it is for all."""

    law: str
    summary: str
    reason: _Reason
    format: PackageFormat | Literal[""] = ""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    accept: tuple[Accepted, ...] = ()


def load_accepted(path: Path, laws: tuple[str, ...]) -> tuple[Accepted, ...]:
    """Read the file. Raises: UsageError for a mistake in it, also for a law that is not there."""
    try:
        entries = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _File).accept
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise UsageError("accept-file", f"this is no list of accepted defects: {error}.", place=str(path)) from error
    for entry in entries:
        if entry.law not in laws:
            raise UsageError("accept-law", f"there is no law '{entry.law}'.", place=str(path),
                             hint=f"Laws: {', '.join(laws)}.")  # fmt: skip
    return entries


def accept(defect: Defect, entries: tuple[Accepted, ...]) -> Defect:
    """Mark a defect that is accepted, with the reason."""
    for entry in entries:
        is_it = entry.law == defect.law and entry.summary == defect.summary
        if is_it and entry.format in ("", defect.format):
            return msgspec.structs.replace(defect, accepted=True, reason=entry.reason)
    return defect
