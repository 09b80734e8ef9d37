"""Scalar functions, in one table: how many arguments each takes, what it gives and what does it.

Source: the Kusto query language reference. A function takes null where a value does not fit, and never raises.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import msgspec

from simulator.kusto.values import Value, text_of, to_bool, to_datetime, to_long, to_real, wrapped

_MANY = 64
_NUMBERS = frozenset({"long", "real", "timespan"})
_EPOCH = datetime(1, 1, 1, tzinfo=UTC)
_UNITS = {"day": timedelta(days=1), "hour": timedelta(hours=1), "minute": timedelta(minutes=1),
          "second": timedelta(seconds=1), "millisecond": timedelta(milliseconds=1)}  # fmt: skip


class Function(NamedTuple):
    """One function. `gives` is a type, or the position of the argument, from 0, whose type and its followers' it has.

    `takes` are the types that the first argument may have; none for any.
    """

    least: int
    most: int
    gives: str | int
    run: Callable[..., Value]
    takes: frozenset[str] = frozenset()


def iff(condition: Value, then: Value, otherwise: Value) -> Value:
    """Give one of two values."""
    return then if condition is True else otherwise


def case(*arguments: Value) -> Value:
    """Give the value after the first condition that is true, or the last one."""
    for condition, value in zip(arguments[:-1:2], arguments[1::2], strict=False):
        if condition is True:
            return value
    return arguments[-1]


def coalesce(*values: Value) -> Value:
    """Give the first value that is neither null nor empty."""
    return next((value for value in values if value is not None and value != ""), values[-1])


def is_empty(value: Value) -> bool:
    """Say whether a value is null or an empty text."""
    return value is None or value == ""


def negated(value: Value) -> Value:
    """Give the other truth; null stays null."""
    return None if value is None else not value


def parse_json(value: Value) -> Value:
    """Give what a text says as JSON; a text that is none stays a text, a bag or an array stays itself."""
    if not isinstance(value, str):
        return value
    try:
        return msgspec.json.decode(value)
    except msgspec.DecodeError:
        return value or None


def split(text: Value, delimiter: Value, index: Value = None) -> list[str]:
    """Give the parts of a text; with an index an array of one part, or an empty one."""
    mark = text_of(delimiter)
    parts = text_of(text).split(mark) if mark else [text_of(text)]
    wanted = to_long(index)
    return parts if wanted is None else parts[wanted : wanted + 1] if wanted >= 0 else []


def strcat(*values: Value) -> str:
    """Give the values as one text."""
    return "".join(map(text_of, values))


def substring(text: Value, start: Value, length: Value = None) -> str:
    """Give a part of a text; `start` is counted from 0."""
    begin = max(to_long(start) or 0, 0)
    count = to_long(length)
    return text_of(text)[begin:] if count is None else text_of(text)[begin : begin + max(count, 0)]


def index_of(text: Value, part: Value) -> int:
    """Give where a text first holds another, from 0; -1 when it does not."""
    return text_of(text).find(text_of(part))


def replace_string(text: Value, old: Value, new: Value) -> str:
    """Give a text with every occurrence of another replaced."""
    return text_of(text).replace(text_of(old), text_of(new)) if text_of(old) else text_of(text)


def extract(pattern: Value, group: Value, text: Value) -> str:
    """Give a group of the first match of a regular expression, or an empty text."""
    try:
        match = re.search(text_of(pattern), text_of(text))
        return (match[to_long(group) or 0] or "") if match else ""
    except (re.error, IndexError):
        return ""


def trim(pattern: Value, text: Value) -> str:
    """Give a text without what matches a regular expression at its two ends."""
    try:
        one = f"(?:{text_of(pattern)})"
        return re.sub(f"{one}$", "", re.sub(f"^{one}", "", text_of(text)))
    except re.error:
        return text_of(text)


def array_length(value: Value) -> int | None:
    """Give the number of elements; null for what is no array."""
    return len(value) if isinstance(value, list) else None


def bag_keys(value: Value) -> list[str] | None:
    """Give the names of a bag's members; null for what is no bag."""
    return list(value) if isinstance(value, dict) else None


def pack(*pairs: Value) -> dict[str, Value]:
    """Give a bag of names and values."""
    return {text_of(name): value for name, value in zip(pairs[::2], pairs[1::2], strict=False)}


def pack_array(*values: Value) -> list[Value]:
    """Give an array of the values."""
    return list(values)


def set_has_element(values: Value, value: Value) -> bool | None:
    """Say whether an array holds a value; null for what is no array."""
    return value in values if isinstance(values, list) else None


def strcat_array(values: Value, delimiter: Value) -> str:
    """Give an array's elements as one text."""
    return text_of(delimiter).join(map(text_of, values)) if isinstance(values, list) else ""


def bin_at(value: Value, size: Value) -> Value:
    """Give the greatest multiple of a size that is not above a value; for moments and lengths of time, too."""
    is_time = isinstance(value, datetime | timedelta)
    if value is None or not size or is_time != isinstance(size, timedelta):
        return None
    start = _EPOCH if isinstance(value, datetime) else type(value)()
    try:
        return start + (value - start) // size * size
    except (OverflowError, ValueError, TypeError):
        return None


def start_of_day(value: Value) -> Value:
    """Give the midnight before a moment."""
    return bin_at(to_datetime(value), timedelta(days=1))


def datetime_diff(unit: Value, later: Value, earlier: Value) -> int | None:
    """Give how many borders of a unit lie between two moments; null for an unknown unit."""
    one, two, name = to_datetime(later), to_datetime(earlier), text_of(unit).lower()
    if one is None or two is None:
        return None
    if name in ("year", "month", "quarter"):
        months = (one.year * 12 + one.month - 1, two.year * 12 + two.month - 1)
        size = {"year": 12, "quarter": 3, "month": 1}[name]
        return months[0] // size - months[1] // size
    size_ = _UNITS.get(name)
    return None if size_ is None else (one - _EPOCH) // size_ - (two - _EPOCH) // size_


def negative(value: Value) -> Value:
    """Give a number or a length of time with the other sign."""
    return None if value is None else wrapped(-value) if isinstance(value, int) else -value


FUNCTIONS: dict[str, Function] = {
    "tostring": Function(1, 1, "string", text_of),
    "tolower": Function(1, 1, "string", lambda value: text_of(value).lower()),
    "toupper": Function(1, 1, "string", lambda value: text_of(value).upper()),
    "strlen": Function(1, 1, "long", lambda value: len(text_of(value))),
    "strcat": Function(1, _MANY, "string", strcat),
    "split": Function(2, 3, "dynamic", split),
    "substring": Function(2, 3, "string", substring),
    "indexof": Function(2, 2, "long", index_of),
    "replace_string": Function(3, 3, "string", replace_string),
    "extract": Function(3, 3, "string", extract),
    "trim": Function(2, 2, "string", trim),
    "tolong": Function(1, 1, "long", to_long),
    "toint": Function(1, 1, "long", to_long),
    "todouble": Function(1, 1, "real", to_real),
    "toreal": Function(1, 1, "real", to_real),
    "tobool": Function(1, 1, "bool", to_bool),
    "todatetime": Function(1, 1, "datetime", to_datetime),
    "datetime": Function(1, 1, "datetime", to_datetime),
    "parse_json": Function(1, 1, "dynamic", parse_json),
    "todynamic": Function(1, 1, "dynamic", parse_json),
    "iff": Function(3, 3, 1, iff),
    "iif": Function(3, 3, 1, iff),
    "coalesce": Function(2, _MANY, 0, coalesce),
    "not": Function(1, 1, "bool", negated),
    "isempty": Function(1, 1, "bool", is_empty),
    "isnotempty": Function(1, 1, "bool", lambda value: not is_empty(value)),
    "isnull": Function(1, 1, "bool", lambda value: value is None),
    "isnotnull": Function(1, 1, "bool", lambda value: value is not None),
    "array_length": Function(1, 1, "long", array_length),
    "bag_keys": Function(1, 1, "dynamic", bag_keys),
    "pack": Function(2, _MANY, "dynamic", pack),
    "bag_pack": Function(2, _MANY, "dynamic", pack),
    "pack_array": Function(1, _MANY, "dynamic", pack_array),
    "set_has_element": Function(2, 2, "bool", set_has_element),
    "strcat_array": Function(2, 2, "string", strcat_array),
    "bin": Function(2, 2, 0, bin_at, _NUMBERS | {"datetime"}),
    "startofday": Function(1, 1, "datetime", start_of_day),
    "datetime_diff": Function(3, 3, "long", datetime_diff),
    "negate": Function(1, 1, 0, negative, _NUMBERS),
}
#: Functions that leave a column its name when they are all there is. Source: results of `summarize ... by tostring(x)`
#: and `by bin(x, ..)`.
NAME_KEEPING = frozenset({"tostring", "tolong", "toint", "todouble", "toreal", "tobool", "todatetime", "bin"})
