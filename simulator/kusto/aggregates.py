"""Aggregates of `summarize`, in one table. Each goes over the rows once; nulls count for `count` only.

Source: the Kusto query language reference. dcount is exact here (Assumed: nobody minds that it is no estimate).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from simulator.kusto.arithmetic import function_of
from simulator.kusto.values import Value, plain

_plus = function_of("+", "")  # wraps and never raises
_LONGEST_LIST = 1_048_576  # Source: what make_list and make_set hold at most


class Aggregate(NamedTuple):
    """One aggregate. `step` takes the state and the arguments' values; `takes` are the first one's types, none for any.

    `gives` is a type, or an empty text for the first argument's. `prefix` begins the name of its column.
    """

    least: int
    most: int
    gives: str
    prefix: str
    start: Callable[[], Any]
    step: Callable[..., Any]
    end: Callable[[Any], Value] = lambda state: state
    takes: frozenset[str] = frozenset()


def _count(state: int) -> int:
    return state + 1


def _count_if(state: int, value: Value) -> int:
    return state + (value is True)


def _add(state: set[Value], value: Value, *_: Value) -> set[Value]:
    if value is not None:
        state.add(_hashable(value))
    return state


def _least(state: Value, value: Value) -> Value:
    return value if state is None or (value is not None and value < state) else state


def _greatest(state: Value, value: Value) -> Value:
    return value if state is None or (value is not None and value > state) else state


def _sum(state: Value, value: Value) -> Value:
    return state if value is None else value if state is None else _plus(state, value)


def _mean(state: tuple[int, float], value: Value) -> tuple[int, float]:
    return state if value is None else (state[0] + 1, state[1] + value)


def _append(state: list[Value], value: Value, most: Value = None) -> list[Value]:
    if value is not None and len(state) < min(most or _LONGEST_LIST, _LONGEST_LIST):
        state.append(value)
    return state


def _append_new(state: dict[Value, Value], value: Value, most: Value = None) -> dict[Value, Value]:
    if value is not None and len(state) < min(most or _LONGEST_LIST, _LONGEST_LIST):
        state.setdefault(_hashable(value), value)
    return state


def _first(state: Value, value: Value) -> Value:
    return value if state is None else state


def _hashable(value: Value) -> Value:
    """Give what stands for a value in a set: bags and arrays as texts, and true apart from 1."""
    if isinstance(value, dict | list):
        return msgspec.json.encode(plain(value), order="sorted")
    return (type(value), value) if isinstance(value, bool) else value


_NUMBERS = frozenset({"long", "real", "timespan"})
_ORDERED = _NUMBERS | {"datetime", "string", "bool"}

AGGREGATES: dict[str, Aggregate] = {
    "count": Aggregate(0, 0, "long", "count", int, _count),
    "countif": Aggregate(1, 1, "long", "countif", int, _count_if, takes=frozenset({"bool"})),
    "dcount": Aggregate(1, 2, "long", "dcount", set, _add, len),
    "min": Aggregate(1, 1, "", "min", lambda: None, _least, takes=_ORDERED),
    "max": Aggregate(1, 1, "", "max", lambda: None, _greatest, takes=_ORDERED),
    "sum": Aggregate(1, 1, "", "sum", lambda: None, _sum, takes=_NUMBERS),
    "avg": Aggregate(1, 1, "real", "avg", lambda: (0, 0.0), _mean,
                     lambda state: state[1] / state[0] if state[0] else None, frozenset({"long", "real"})),
    "make_list": Aggregate(1, 2, "dynamic", "list", list, _append),
    "make_set": Aggregate(1, 2, "dynamic", "set", dict, _append_new, lambda state: list(state.values())),
    "take_any": Aggregate(1, 1, "", "any", lambda: None, _first),
    "any": Aggregate(1, 1, "", "any", lambda: None, _first),
}  # fmt: skip
EXTREMES = ("arg_max", "arg_min")
