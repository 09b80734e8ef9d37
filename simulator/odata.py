"""`$filter`: conditions as OData writes them, as far as resource providers take them.

Source: OData's URL conventions: `eq ne gt ge lt le`, `and or not`, parentheses, `startswith endswith contains
substringof`, texts in single quotes that are doubled inside. Names and texts are compared without regard to case
(Source: ARM's documentation of filters for resource lists. Assumed: for all providers).
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from simulator.errors import ApiError

Lookup = Callable[[str], Any]
Condition = Callable[[Lookup], bool]

_TOKEN = re.compile(
    r"\s*(?:(?P<text>(?:datetime)?'(?:[^']|'')*')|(?P<moment>\d{4}-\d{2}-\d{2}T[\d:.]+(?:Z|[+-]\d{2}:\d{2})?)"
    r"|(?P<number>-?\d+(?:\.\d+)?)(?![\w.])|(?P<name>[A-Za-z_@][\w./@]*)|(?P<symbol>[(),]))"
)
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq, "ne": operator.ne, "gt": operator.gt, "ge": operator.ge, "lt": operator.lt, "le": operator.le,
}  # fmt: skip
_FUNCTIONS: dict[str, Callable[[str, str], bool]] = {
    "startswith": str.startswith, "endswith": str.endswith, "contains": operator.contains,
    "substringof": lambda part, whole: part in whole,
}  # fmt: skip
_DEEPEST = 50


def read_filter(text: str) -> Condition:
    """Give a filter as a condition on what looks up a property by its name in lower case; an empty text is always true.

    Raises: ApiError 400 `InvalidFilterInQueryString`, with the place. Source: the code.
    """
    return _Reader(text).read() if text.strip() else lambda _: True


class _Reader:
    """Reads one filter from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0

    def read(self) -> Condition:
        condition = self._or()
        if self._text[self._at :].strip():
            raise self._wrong()
        return condition

    def _or(self) -> Condition:
        parts = [self._and()]
        while self._accept("or"):
            parts.append(self._and())
        return lambda lookup: any(part(lookup) for part in parts)

    def _and(self) -> Condition:
        parts = [self._not()]
        while self._accept("and"):
            parts.append(self._not())
        return lambda lookup: all(part(lookup) for part in parts)

    def _not(self) -> Condition:
        if not self._accept("not"):
            return self._term()
        inner = self._term()
        return lambda lookup: not inner(lookup)

    def _term(self) -> Condition:
        if self._accept("("):
            self._depth += 1
            inner = self._or() if self._depth <= _DEEPEST else None
            self._depth -= 1
            if inner is None or not self._accept(")"):
                raise self._wrong()
            return inner
        left = self._operand()
        word = self._word()
        if word not in _COMPARISONS:
            if left.compares:
                raise self._wrong()
            return lambda lookup: left.read(lookup) is True
        self._skip()
        right = self._operand()
        compare = _COMPARISONS[word]
        return lambda lookup: _compared(compare, left.read(lookup), right.read(lookup))

    def _operand(self) -> _Operand:
        match = _TOKEN.match(self._text, self._at)
        if match is None or match["symbol"]:
            raise self._wrong()
        self._at = match.end()
        if match["name"] is None:
            value = _literal(match)
            return _Operand(lambda _: value, compares=True)
        name = match["name"].lower()
        if name in _FUNCTIONS and self._accept("("):
            return self._call(_FUNCTIONS[name])
        if name in ("true", "false", "null"):
            word = {"true": True, "false": False}.get(name)
            return _Operand(lambda _: word, compares=True)
        return _Operand(lambda lookup: lookup(name), compares=True)

    def _call(self, function: Callable[[str, str], bool]) -> _Operand:
        first = self._operand()
        if not self._accept(","):
            raise self._wrong()
        second = self._operand()
        if not self._accept(")"):
            raise self._wrong()
        return _Operand(
            lambda lookup: function(_plain_text(first.read(lookup)), _plain_text(second.read(lookup))), compares=False
        )

    def _word(self) -> str:
        match = _TOKEN.match(self._text, self._at)
        return (match["name"] or match["symbol"] or "").lower() if match else ""

    def _skip(self) -> None:
        match = _TOKEN.match(self._text, self._at)
        self._at = match.end() if match else self._at

    def _accept(self, word: str) -> bool:
        is_next = self._word() == word
        if is_next:
            self._skip()
        return is_next

    def _wrong(self) -> ApiError:
        place = f"at position {self._at} of '{self._text}'"
        return ApiError(400, "InvalidFilterInQueryString", f"The $filter cannot be read {place}.")


class _Operand:
    """One side of a comparison; a call of a function needs no comparison."""

    def __init__(self, read: Callable[[Lookup], Any], *, compares: bool) -> None:
        self.read = read
        self.compares = compares


def _literal(match: re.Match[str]) -> Any:
    if match["number"] is not None:
        return float(match["number"])
    if match["moment"] is not None:
        return _moment(match["moment"]) or match["moment"]
    text = match["text"]
    inner = text[text.index("'") + 1 : -1].replace("''", "'")
    return (_moment(inner) or inner) if text.startswith("datetime") else inner


def _compared(compare: Callable[[Any, Any], bool], left: Any, right: Any) -> bool:
    """Compare two values; where one is a moment, the other is read as one. What cannot be ordered is not in order."""
    if isinstance(left, datetime) or isinstance(right, datetime):
        left, right = _moment(left), _moment(right)
    elif isinstance(left, str) and isinstance(right, str):
        left, right = left.lower(), right.lower()
    try:
        return compare(left, right)
    except TypeError:
        return False


def _moment(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        return value
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _plain_text(value: Any) -> str:
    return "" if value is None else str(value).lower()
