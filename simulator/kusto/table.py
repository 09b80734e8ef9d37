"""A table on its way through a query: its columns with their types, and its rows, read once and as they are needed.

Rows go in batches. Each operator gives a batch for each one that it takes, an empty one too: between two batches
others have their turn (`run`), however many rows a query looks at before it gives its first.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from simulator.kusto.compile_expression import Compiled, Row, Scope, compiled, name_of
from simulator.kusto.errors import QueryError
from simulator.kusto.syntax import Named, Place
from simulator.kusto.values import Value

BATCH = 256  # rows: a millisecond or two of work


class Source(NamedTuple):
    """A table that can be asked: column to type, and a function that gives fresh rows, which the query may change.

    The function is called when the query begins: what it gives are the rows of that moment, in batches.
    """

    columns: dict[str, str]
    batches: Callable[[], Iterable[list[Row]]]


class Table(NamedTuple):
    """What an operator takes and gives. Rows may hold more than the columns say."""

    columns: dict[str, str]
    batches: Iterator[list[Row]]


class Context(NamedTuple):
    """What a query runs against: tables by their names in lower case, and lab time."""

    tables: dict[str, Source]
    now: datetime


def opened(name: str, context: Context, place: Place) -> Table:
    """Give a table by its name; its case does not matter. Raises: QueryError. Source: the code of the refusal."""
    source = context.tables.get(name.lower())
    if source is None:
        raise QueryError("DisallowedLogicalTableName", f"Table {name} is invalid, unsupported or disallowed.", place)
    return Table(dict(source.columns), iter(source.batches()))


def in_batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Give rows in batches."""
    left = iter(rows)
    while batch := list(itertools.islice(left, BATCH)):
        yield batch


def spread(batches: Iterable[list[Row]], of: Callable[[Row], Iterable[Row]]) -> Iterator[list[Row]]:
    """Give what is made of each row: any number of rows."""
    for batch in batches:
        yield from in_batches(one for row in batch for one in of(row))
        yield []


def named(items: tuple[Named, ...], scope: Scope, taken: Iterable[str] = ()) -> list[tuple[str, Compiled]]:
    """Give expressions with their names; those without get `Column1` and so on, and no name comes twice."""
    found: list[tuple[str, Compiled]] = []
    names = list(taken)
    for item in items:
        name = item.name or name_of(item.expression) or f"Column{len(found) + 1}"
        found.append((unused(name, names) if not item.name else name, compiled(item.expression, scope)))
        names.append(found[-1][0])
    return found


def unused(name: str, taken: Iterable[str]) -> str:
    """Give a name, with a number behind it when it is taken."""
    held, number = set(taken), 0
    while (wanted := f"{name}{number or ''}") in held:
        number += 1
    return wanted


def kinds_of(items: list[tuple[str, Compiled]]) -> dict[str, str]:
    """Give the types of named expressions."""
    return {name: one.kind for name, one in items}


def values_of(items: list[tuple[str, Compiled]], row: Row) -> dict[str, Value]:
    """Give the values of named expressions in a row."""
    return {name: one.read(row) for name, one in items}
