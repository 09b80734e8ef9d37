"""Values of the language: how each is written, turned into another type, and ordered.

string str, long int, real float, bool bool, datetime datetime in UTC, timespan timedelta, dynamic anything JSON has.
null is None; a string is never null, only empty.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

Value = Any
_WHOLE = re.compile(r"[+-]?[0-9]{1,19}")
_TICKS = "0"  # the seventh digit; ours has six


def text_of(value: Value) -> str:
    """Give a value as `tostring` writes it; null is an empty text."""
    if isinstance(value, str):
        return value
    write = _TEXTS.get(type(value))
    return write(value) if write is not None else str(value)


def plain(value: Value) -> Value:
    """Give a value as JSON has it: times as texts, everything else as it is, also inside bags and arrays."""
    if isinstance(value, dict):
        return {name: plain(member) for name, member in value.items()}
    if isinstance(value, list):
        return [plain(element) for element in value]
    return text_of(value) if isinstance(value, datetime | timedelta) else value


def to_long(value: Value) -> int | None:
    """Give a whole number, or null."""
    if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
        return wrapped(int(value))
    number = to_real(value)
    if number is None or not math.isfinite(number):
        return None
    return wrapped(int(value) if isinstance(value, int) else int(number))


def to_real(value: Value) -> float | None:
    """Give a number, or null."""
    if isinstance(value, timedelta):
        return value.total_seconds()
    if not isinstance(value, str | int | float):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


def to_bool(value: Value) -> bool | None:
    """Give a truth, or null."""
    if isinstance(value, str):
        return {"true": True, "false": False, "1": True, "0": False}.get(value.lower())
    return bool(value) if isinstance(value, bool | int | float) else None


def to_datetime(value: Value) -> datetime | None:
    """Give a moment, or null; what names no zone is UTC."""
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def to_timespan(value: Value) -> timedelta | None:
    """Give a length of time, or null."""
    return value if isinstance(value, timedelta) else None


def timespan_of(seconds: float) -> timedelta | None:
    """Give so many seconds as a length of time; null for one that is too long."""
    try:
        return timedelta(seconds=seconds)
    except (OverflowError, ValueError):
        return None


def wrapped(number: int) -> int:
    """Give a whole number in 64 bits, as arithmetic that overflows leaves it."""
    return (number + 2**63) % 2**64 - 2**63


def _json_text(value: Value) -> str:
    return msgspec.json.encode(plain(value)).decode()


def _moment_text(value: datetime) -> str:
    return value.isoformat(timespec="microseconds")[:26] + _TICKS + "Z"


#: How a value of any type becomes one of this type.
CASTS: dict[str, Callable[[Value], Value]] = {
    "string": text_of, "long": to_long, "real": to_real, "bool": to_bool, "datetime": to_datetime,
    "timespan": to_timespan, "dynamic": lambda value: value,
}  # fmt: skip


def _timespan_text(value: timedelta) -> str:
    sign, value = ("-", -value) if value < timedelta() else ("", value)
    minutes, seconds = divmod(value.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days = f"{value.days}." if value.days else ""
    fraction = f".{value.microseconds:06}{_TICKS}" if value.microseconds else ""
    return f"{sign}{days}{hours:02}:{minutes:02}:{seconds:02}{fraction}"


_TEXTS: dict[type, Callable[[Any], str]] = {
    type(None): lambda _: "", bool: lambda value: str(value).lower(), dict: _json_text, list: _json_text,
    datetime: _moment_text, timedelta: _timespan_text,
}  # fmt: skip
