"""`$filter` and `$top`: the subset of OData that Resource Manager's lists take.

Comparisons (`eq`, `ne`, `gt`, `ge`, `lt`, `le`), `and`, `or`, `not`, brackets, `substringof`, `startswith`, `endswith`,
`contains`, moments with and without `datetime'..'`, and functions that a list knows. Texts, names and words are
compared without regard to case.

Source: filters of SDKs, CLI and the REST reference; ARM's refusal of others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from operator import eq, ge, gt, le, lt, ne
from typing import Any, NamedTuple

from simulator.errors import ApiError

_DEEPEST = 50
_TOKEN = re.compile(
    r"\s*(?:datetime'(?P<quoted>[^']*)'|(?P<text>'(?:[^']|'')*')"
    r"|(?P<moment>\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?)|(?P<number>-?\d+(?:\.\d+)?)(?![\w.])"
    r"|(?P<word>[A-Za-z_][\w./]*)|(?P<mark>[(),]))",
    re.IGNORECASE,
)
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {"eq": eq, "ne": ne, "gt": gt, "ge": ge, "lt": lt, "le": le}
_TEXTS: dict[str, Callable[[str, str], bool]] = {
    "substringof": lambda part, text: part in text,
    "contains": lambda text, part: part in text,
    "startswith": lambda text, part: text.startswith(part),
    "endswith": lambda text, part: text.endswith(part),
}
_CONSTANTS = {"true": True, "false": False, "null": None}


class _Row(NamedTuple):
    """What a filter is asked about: values by name, and what functions say; all names in lower case."""

    values: Mapping[str, Any]
    functions: Mapping[str, Callable[..., bool]]


_Node = Callable[[_Row], Any]


class _Token(NamedTuple):
    """A piece of a filter: what it is, its text or its number, and where it begins."""

    kind: str
    value: str | float
    at: int


class Filter:
    """A filter, ready to be asked. An empty text lets everything pass."""

    def __init__(self, text: str) -> None:
        """Raises: ApiError 400 `InvalidFilterInQueryString`."""
        self._text = text
        self.is_empty = not text.strip()
        self._node: _Node = (lambda _: True) if self.is_empty else _Parser(text).whole()

    def matches(self, values: Mapping[str, Any], functions: Mapping[str, Callable[..., bool]] | None = None) -> bool:
        """Say whether something passes. Moments are texts or seconds of lab time; None is what is not there.

        Raises: ApiError 400 for a name or a function that the list does not know, or values that do not compare.
        """
        try:
            return bool(self._node(_Row(values, functions or {})))
        except KeyError as error:
            raise refused(self._text, f"It asks for {error}, which is not known here.") from error
        except (TypeError, ValueError) as error:
            raise refused(self._text, "It compares what does not compare.") from error


def refused(text: str, why: str) -> ApiError:
    """Give the refusal of a filter. Source: ARM's code and the first sentence of its text."""
    message = f"Invalid $filter '{text}' specified in the query string. {why}"
    return ApiError(400, "InvalidFilterInQueryString", message)


def top(text: str) -> int | None:
    """Give the number of `$top`, or None where there is none. Raises: ApiError 400."""
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) < 1:
        raise ApiError(400, "InvalidQueryParameterValue", f"The value '{text}' of '$top' is no number from 1 on.")
    return int(text)


class _Parser:
    """Reads a filter from its tokens."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(_tokens(text))
        self._at = 0
        self._depth = 0

    def whole(self) -> _Node:
        node = self._either()
        if self._at != len(self._tokens):
            raise self._wrong()
        return node

    def _either(self) -> _Node:
        nodes = [self._both()]
        while self._takes("or"):
            nodes.append(self._both())
        return nodes[0] if len(nodes) == 1 else lambda row: any(node(row) for node in nodes)

    def _both(self) -> _Node:
        nodes = [self._deeper(self._one)]
        while self._takes("and"):
            nodes.append(self._deeper(self._one))
        return nodes[0] if len(nodes) == 1 else lambda row: all(node(row) for node in nodes)

    def _one(self) -> _Node:
        if self._takes("not"):
            inner = self._deeper(self._one)
            return lambda row: not inner(row)
        if self._takes("("):
            node = self._either()
            self._needs(")")
            return node
        left = self._operand()
        for word, compare in _COMPARISONS.items():
            if self._takes(word):
                return _compared(compare, left, self._operand())
        return lambda row: _truth(left(row))

    def _operand(self) -> _Node:
        token = self._tokens[self._at] if self._at < len(self._tokens) else None
        if token is None or token.kind == "mark":
            raise self._wrong()
        self._at += 1
        name = str(token.value)
        if token.kind == "word" and self._takes("("):
            return self._deeper(lambda: self._call(name))
        if token.kind == "word":
            constant = _CONSTANTS.get(name)
            return (lambda _: constant) if name in _CONSTANTS else (lambda row: _plain(row.values[name]))
        return lambda _: token.value

    def _call(self, name: str) -> _Node:
        operands: list[_Node] = []
        while not self._takes(")"):
            if operands:
                self._needs(",")
            operands.append(self._operand())
        if name not in _TEXTS:
            return lambda row: row.functions[name](*(operand(row) for operand in operands))
        if len(operands) != 2:
            raise self._wrong()
        return lambda row: _TEXTS[name](*(str(operand(row) or "") for operand in operands))

    def _deeper(self, read: Callable[[], _Node]) -> _Node:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._wrong()
        node = read()
        self._depth -= 1
        return node

    def _takes(self, text: str) -> bool:
        token = self._tokens[self._at] if self._at < len(self._tokens) else None
        is_next = token is not None and token.kind in ("word", "mark") and token.value == text
        self._at += is_next
        return is_next

    def _needs(self, text: str) -> None:
        if not self._takes(text):
            raise self._wrong()

    def _wrong(self) -> ApiError:
        place = self._tokens[self._at].at if self._at < len(self._tokens) else len(self._text)
        return refused(self._text, f"It cannot be read at position {place}.")


def _tokens(text: str) -> Iterator[_Token]:
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        kind = match.lastgroup if match is not None else None
        if match is None or kind is None:
            raise refused(text, f"It cannot be read at position {at}.")
        yield _Token(*_read(text, kind, match[kind], match.start(kind)))
        at = match.end()


def _read(text: str, kind: str, word: str, at: int) -> tuple[str, str | float, int]:
    """Give kind, value and place of a token. Raises: ApiError 400 for a moment that is none."""
    if kind == "text":
        return kind, word[1:-1].replace("''", "'").lower(), at
    if kind == "number":
        return kind, float(word), at
    if kind in ("moment", "quoted"):
        try:
            return kind, _moment(word), at
        except ValueError as error:
            raise refused(text, f"'{word}' at position {at} is no moment.") from error
    return kind, word.lower(), at


def _plain(value: Any) -> Any:
    """Give a value as it is compared: texts in lower case, whole numbers like others."""
    if isinstance(value, str):
        return value.lower()
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _truth(value: Any) -> bool:
    """Give what stands alone, without a comparison. Raises: TypeError for what is neither true nor false."""
    if not isinstance(value, bool):
        raise TypeError
    return value


def _compared(compare: Callable[[Any, Any], bool], left: _Node, right: _Node) -> _Node:
    """Compare two values; what is not there is equal to nothing but null, and neither less nor greater."""

    def node(row: _Row) -> bool:
        one, other = left(row), right(row)
        if one is None or other is None:
            return compare(one, other) if compare in (eq, ne) else False
        if isinstance(one, float) != isinstance(other, float):
            one, other = _moment(one), _moment(other)
        return compare(one, other)

    return node


def _moment(value: Any) -> float:
    """Give a moment in seconds. Raises: ValueError, TypeError. Source: moments come with and without quotes."""
    if isinstance(value, float):
        return value
    if not isinstance(value, str):
        raise TypeError
    moment = datetime.fromisoformat(value.upper())
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
