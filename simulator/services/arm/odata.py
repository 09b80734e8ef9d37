"""`$filter` and `$top`: the subset of OData that Resource Manager's lists take.

Comparisons (`eq`, `ne`, `gt`, `ge`, `lt`, `le`), `and`, `or`, `not`, brackets, `substringof`, `startswith`, `endswith`,
`contains`, and functions that a list knows. Texts, names and words are compared without regard to case.

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
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<moment>\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)?)|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<word>[A-Za-z_][\w./]*)|(?P<mark>[(),]))"
)
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {"eq": eq, "ne": ne, "gt": gt, "ge": ge, "lt": lt, "le": le}
_TEXTS: dict[str, Callable[[str, str], bool]] = {
    "substringof": lambda part, text: part in text,
    "contains": lambda text, part: part in text,
    "startswith": lambda text, part: text.startswith(part),
    "endswith": lambda text, part: text.endswith(part),
}


class _Row(NamedTuple):
    """What a filter is asked about: values by name, and what functions say; all names in lower case."""

    values: Mapping[str, Any]
    functions: Mapping[str, Callable[..., bool]]


_Node = Callable[[_Row], Any]


class Filter:
    """A filter, ready to be asked. An empty text lets everything pass."""

    def __init__(self, text: str) -> None:
        """Raises: ApiError 400 `InvalidFilterInQueryString`."""
        self._text = text
        self.is_empty = not text.strip()
        self._node: _Node = (lambda _: True) if self.is_empty else _Parser(text).whole()

    def matches(self, values: Mapping[str, Any], functions: Mapping[str, Callable[..., bool]] | None = None) -> bool:
        """Say whether something passes. Moments are floats, seconds of lab time; None is a value that is not there.

        Raises: ApiError 400 for a name or a function that the list does not know, or values that do not compare.
        """
        try:
            return bool(self._node(_Row(values, functions or {})))
        except (KeyError, TypeError, ValueError) as error:
            raise refused(self._text) from error


def refused(text: str) -> ApiError:
    """Give the refusal of a filter. Source: ARM's code and text."""
    return ApiError(400, "InvalidFilterInQueryString", f"Invalid $filter '{text}' specified in the query string.")


def top(text: str) -> int | None:
    """Give the number of `$top`, or None where there is none. Raises: ApiError 400."""
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) < 1:
        raise ApiError(400, "InvalidQueryParameterValue", f"The value '{text}' of '$top' is no number from 1 on.")
    return int(text)


class _Parser:
    """Reads a filter from its tokens: kind and text of each, words in lower case."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(_tokens(text))
        self._at = 0
        self._depth = 0

    def whole(self) -> _Node:
        node = self._either()
        if self._at != len(self._tokens):
            raise refused(self._text)
        return node

    def _either(self) -> _Node:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise refused(self._text)
        nodes = [self._both()]
        while self._takes("or"):
            nodes.append(self._both())
        self._depth -= 1
        return nodes[0] if len(nodes) == 1 else lambda row: any(node(row) for node in nodes)

    def _both(self) -> _Node:
        nodes = [self._one()]
        while self._takes("and"):
            nodes.append(self._one())
        return nodes[0] if len(nodes) == 1 else lambda row: all(node(row) for node in nodes)

    def _one(self) -> _Node:
        if self._takes("not"):
            self._depth += 1
            if self._depth > _DEEPEST:
                raise refused(self._text)
            inner = self._one()
            self._depth -= 1
            return lambda row: not inner(row)
        if self._takes("("):
            node = self._either()
            self._needs(")")
            return node
        left = self._operand()
        for word, compare in _COMPARISONS.items():
            if self._takes(word):
                return _compared(compare, left, self._operand())
        return left

    def _operand(self) -> _Node:
        kind, text = self._next()
        if kind == "word" and self._takes("("):
            return self._call(text)
        if kind == "word":
            constants = {"true": True, "false": False, "null": None}
            return (lambda _: constants[text]) if text in constants else (lambda row: _plain(row.values[text]))
        if kind == "mark":
            raise refused(self._text)
        value = float(text) if kind == "number" else text
        return lambda _: value

    def _call(self, name: str) -> _Node:
        operands: list[_Node] = []
        while not self._takes(")"):
            if operands:
                self._needs(",")
            operands.append(self._operand())
        if name not in _TEXTS:
            return lambda row: row.functions[name](*(operand(row) for operand in operands))
        if len(operands) != 2:
            raise refused(self._text)
        return lambda row: _TEXTS[name](*(str(operand(row) or "") for operand in operands))

    def _takes(self, text: str) -> bool:
        is_next = self._at < len(self._tokens) and self._tokens[self._at] in (("word", text), ("mark", text))
        self._at += is_next
        return is_next

    def _needs(self, text: str) -> None:
        if not self._takes(text):
            raise refused(self._text)

    def _next(self) -> tuple[str, str]:
        if self._at == len(self._tokens):
            raise refused(self._text)
        self._at += 1
        return self._tokens[self._at - 1]


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise refused(text)
        word = match[match.lastgroup]
        yield match.lastgroup, (word[1:-1].replace("''", "'") if match.lastgroup == "text" else word).lower()
        at = match.end()


def _plain(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


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
    moment = datetime.fromisoformat(value.upper())
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
