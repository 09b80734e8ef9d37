"""Text to tokens. Source: the Kusto query language reference, as far as it is imitated."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec

from simulator.kusto.errors import unreadable
from simulator.kusto.syntax import Place
from simulator.kusto.values import timespan_of, to_datetime

LARGEST_LONG = 2**63 - 1
_LONGEST_LONG = 4000  # digits, before leading zeros are dropped; longer ones are not read at all
_NEGATED = "in~|in|has_cs|has|contains_cs|contains|startswith_cs|startswith|endswith_cs|endswith|between"
_TOKEN = re.compile(
    rf"""
    (?P<space>\s+|//[^\n]*)
  | (?P<datetime>datetime\s*\(\s*(?P<moment>\d[^)'"]*)\))
  | (?P<timespan>\d+(?:\.\d+)?(?:d|h|m|s|ms|microsecond|tick)(?!\w))
  | (?P<real>\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+)
  | (?P<long>\d+)
  | (?P<string>@'(?:[^']|'')*'|@"(?:[^"]|"")*"|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*")
  | (?P<name>project-(?:away|keep|rename|reorder)(?!\w)|mv-(?:expand|apply)(?!\w)|in~|[A-Za-z_][A-Za-z0-9_]*)
  | (?P<symbol>!(?:{_NEGATED})(?![A-Za-z0-9_])|==|=~|!=|!~|<>|<=|>=|\.\.|[|()\[\]{{}},.:<>=+\-*/%;$])
    """,
    re.VERBOSE,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0"}
_UNITS_S = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "microsecond": 1e-6, "tick": 1e-7}


class Token(msgspec.Struct, frozen=True):
    """One word of a query. `kind` is name, symbol, end, or the type of a literal with its `value`."""

    kind: str
    text: str
    place: Place
    value: Any = None


def tokens_of(text: str) -> list[Token]:
    """Give the tokens; the last is of kind `end`. Raises: QueryError at the first that is none."""
    found, at, line, begin = [], 0, 1, 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        place = Place(line, at - begin, match[0] if match else text[at])
        if match is None or match.lastgroup is None:
            raise unreadable(place)
        if match.lastgroup != "space":
            found.append(_token(match, place))
        breaks = match[0].count("\n")
        if breaks:
            line, begin = line + breaks, at + match[0].rindex("\n") + 1
        at = match.end()
    return [*found, Token("end", "", Place(line, at - begin, "<EOF>"))]


def _token(match: re.Match[str], place: Place) -> Token:
    text = match[0]
    if match["moment"] is not None:
        moment = to_datetime(match["moment"].strip())
        if moment is None:
            raise unreadable(place, "a date")
        return Token("datetime", text, place, moment)
    kind = str(match.lastgroup)
    if kind == "timespan":
        number, unit = re.findall(r"[0-9.]+|[a-z]+", text)
        length = timespan_of(float(number) * _UNITS_S[unit])
        if length is None:
            raise unreadable(place, "a shorter time")
        return Token(kind, text, place, length)
    if kind == "long" and (len(text) > _LONGEST_LONG or int(text) > LARGEST_LONG):
        raise unreadable(place, "a number of 64 bits")
    return Token(kind, text, place, _VALUES.get(kind, str)(text))


def _unquoted(text: str) -> str:
    if text.startswith("@"):
        return text[2:-1].replace(text[1] * 2, text[1])
    return re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[1]), text[1:-1])


_VALUES: dict[str, Callable[[str], Any]] = {"long": int, "real": float, "string": _unquoted}
