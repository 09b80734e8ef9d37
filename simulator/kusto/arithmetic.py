"""`+ - * / %`: what two types give, and how. null and anything give null, as does a division by nothing.

Source: the Kusto query language reference: whole numbers are divided without their rest; long arithmetic wraps.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from datetime import datetime, timedelta

from simulator.kusto.values import Value, wrapped

_RAW: dict[str, Callable[[Value, Value], Value]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "%": operator.mod,
}  # fmt: skip
_NUMBERS = ("long", "real")
_TIMES = {
    ("datetime", "+", "timespan"): "datetime", ("timespan", "+", "datetime"): "datetime",
    ("datetime", "-", "timespan"): "datetime", ("datetime", "-", "datetime"): "timespan",
    ("timespan", "+", "timespan"): "timespan", ("timespan", "-", "timespan"): "timespan",
    ("timespan", "/", "timespan"): "real", ("timespan", "*", "long"): "timespan", ("timespan", "*", "real"): "timespan",
    ("long", "*", "timespan"): "timespan", ("real", "*", "timespan"): "timespan", ("timespan", "/", "long"): "timespan",
    ("timespan", "/", "real"): "timespan",
}  # fmt: skip

OPERATORS = frozenset(_RAW)


def type_of(left: str, name: str, right: str) -> str | None:
    """Give the type of the result, or None where the operator does not take these types."""
    if left in _NUMBERS and right in _NUMBERS:
        return "real" if "real" in (left, right) else "long"
    return _TIMES.get((left, name, right))


def function_of(name: str, kind: str) -> Callable[[Value, Value], Value]:
    """Give what computes an operator whose result is of a type."""
    run = _divided if (name, kind) == ("/", "long") else _RAW[name]

    def compute(left: Value, right: Value) -> Value:
        if left is None or right is None:
            return None
        try:
            result = run(left, right)
        except (ZeroDivisionError, OverflowError, ValueError):
            return None
        return wrapped(result) if isinstance(result, int) else _finite(result)

    return compute


def _divided(left: int, right: int) -> int:
    whole = abs(left) // abs(right)
    return whole if (left < 0) == (right < 0) else -whole


def _finite(value: float | datetime | timedelta) -> Value:
    return None if isinstance(value, float) and not math.isfinite(value) else value
