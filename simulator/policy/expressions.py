"""Expressions in brackets, as templates and policy definitions have them: `[concat(field('name'), '/x')]`.

Source: the documented syntax of template expressions. An unknown function is refused, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

_TOKEN = re.compile(r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+)|(?P<name>[A-Za-z_]\w*)|(?P<symbol>[(),.\[\]]))")
_DEEPEST = 50

Functions = dict[str, Callable[..., Any]]  # by names in lower case


class ExpressionError(Exception):
    """An expression that cannot be read or computed; its text says why."""


def resolved(value: Any, functions: Functions) -> Any:
    """Give a value with every expression in it computed, also inside of objects and lists. Raises: ExpressionError."""
    if isinstance(value, dict):
        return {name: resolved(member, functions) for name, member in value.items()}
    if isinstance(value, list):
        return [resolved(element, functions) for element in value]
    if not isinstance(value, str) or not (value.startswith("[") and value.endswith("]")):
        return value
    return value[1:] if value.startswith("[[") else _Reader(value[1:-1], {**_FUNCTIONS, **functions}).read()


class _Reader:
    """Reads one expression and computes it on the way."""

    def __init__(self, text: str, functions: Functions) -> None:
        self._text = text
        self._functions = functions
        self._at = 0
        self._depth = 0

    def read(self) -> Any:
        value = self._value()
        if self._text[self._at :].strip():
            raise self._wrong()
        return value

    def _value(self) -> Any:
        match = self._take()
        if match["text"] is not None:
            return match["text"][1:-1].replace("''", "'")
        if match["number"] is not None:
            return int(match["number"])
        if match["name"] is None or self._peek() != "(":
            raise self._wrong()
        value = self._call(match["name"])
        while self._peek() in (".", "["):
            value = self._member(value)
        return value

    def _call(self, name: str) -> Any:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ExpressionError("The expression is nested too deeply.")
        self._take()
        arguments = []
        while self._peek() != ")":
            arguments.append(self._value())
            if self._peek() == ",":
                self._take()
            elif self._peek() != ")":
                raise self._wrong()
        self._take()
        self._depth -= 1
        function = self._functions.get(name.lower())
        if function is None:
            raise ExpressionError(f"The function '{name}' is not supported.")
        try:
            return function(*arguments)
        except (TypeError, ValueError, KeyError, IndexError, AttributeError) as error:
            raise ExpressionError(f"The function '{name}' cannot take these arguments.") from error

    def _member(self, value: Any) -> Any:
        opening = self._take()
        if opening["symbol"] == ".":
            key: Any = self._take()["name"]
        else:
            key = self._value()
            if self._take()["symbol"] != "]":
                raise self._wrong()
        try:
            return value[key]
        except (TypeError, KeyError, IndexError) as error:
            raise ExpressionError(f"There is no member '{key}'.") from error

    def _take(self) -> re.Match[str]:
        match = _TOKEN.match(self._text, self._at)
        if match is None:
            raise self._wrong()
        self._at = match.end()
        return match

    def _peek(self) -> str:
        match = _TOKEN.match(self._text, self._at)
        return (match["symbol"] or "") if match else ""

    def _wrong(self) -> ExpressionError:
        return ExpressionError(f"The expression '[{self._text}]' cannot be read at position {self._at + 1}.")


def _if(condition: Any, then: Any, otherwise: Any) -> Any:
    return then if condition is True else otherwise


def _equals(one: Any, two: Any) -> bool:
    return one.lower() == two.lower() if isinstance(one, str) and isinstance(two, str) else bool(one == two)


_FUNCTIONS: Functions = {
    "concat": lambda *parts: "".join(map(str, parts)), "tolower": str.lower, "toupper": str.upper, "if": _if,
    "equals": _equals, "not": lambda value: value is not True, "empty": lambda value: not value,
    "contains": lambda holder, value: value in holder, "first": lambda value: value[0], "last": lambda value: value[-1],
    "length": len, "split": str.split, "replace": str.replace, "and": lambda *all_: all(one is True for one in all_),
    "or": lambda *any_: any(one is True for one in any_), "createarray": lambda *items: list(items),
}  # fmt: skip
