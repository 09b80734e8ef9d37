"""Tabular operators: each takes a table and gives one. Types and names are checked before a row is read."""

from __future__ import annotations

import fnmatch
import itertools
from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import Any

from simulator.kusto.compile_expression import Compiled, Row, Scope, compiled
from simulator.kusto.errors import unresolved
from simulator.kusto.join import join
from simulator.kusto.summarize import summarize
from simulator.kusto.syntax import (
    Column,
    Count,
    Distinct,
    Expand,
    Expression,
    Extend,
    Join,
    Key,
    Named,
    Operator,
    Project,
    Query,
    Rename,
    Select,
    Sort,
    Summarize,
    Take,
    Union,
    Where,
)
from simulator.kusto.table import Context, Table, in_batches, kinds_of, named, opened, spread, values_of

_EMPTY = {"string": ""}  # what a column of a type has where there is no value: null for all others


def evaluated(query: Query, context: Context) -> Table:
    """Give the table that a query makes. Raises: QueryError."""
    table = opened(query.table, context, query.place)
    for operator in query.operators:
        table = _applied(operator, table, context)
    return table


def _applied(operator: Operator, table: Table, context: Context) -> Table:
    if isinstance(operator, Join):
        return join(operator, table, evaluated(operator.right, context))
    if isinstance(operator, Union):
        return _united([table, *(evaluated(other, context) for other in operator.others)])
    name = type(operator).__name__.lower()
    return _OPERATORS[type(operator)](operator, table, Scope(table.columns, context.now, name))


def _where(operator: Where, table: Table, scope: Scope) -> Table:
    condition = _condition(operator.condition, scope)
    read = condition.read
    return Table(table.columns, ([row for row in batch if read(row) is True] for batch in table.batches))


def _condition(expression: Expression, scope: Scope) -> Compiled:
    condition = compiled(expression, scope)
    if condition.kind not in ("bool", "dynamic"):
        raise unresolved(f"'where' operator: a condition is of type bool, not {condition.kind}.", expression.place)
    return condition


def _project(operator: Project, table: Table, scope: Scope) -> Table:
    items = named(operator.columns, scope)
    return Table(kinds_of(items), ([values_of(items, row) for row in batch] for batch in table.batches))


def _extend(operator: Extend, table: Table, scope: Scope) -> Table:
    items = named(operator.columns, scope)

    def batches() -> Iterator[list[Row]]:
        for batch in table.batches:
            for row in batch:
                row.update(values_of(items, row))
            yield batch

    return Table({**table.columns, **kinds_of(items)}, batches())


def _select(operator: Select, table: Table, _: Scope) -> Table:
    def is_named(column: str) -> bool:
        return any(fnmatch.fnmatchcase(column.lower(), pattern.lower()) for pattern in operator.patterns)

    return Table({name: kind for name, kind in table.columns.items() if is_named(name) == operator.keep}, table.batches)


def _rename(operator: Rename, table: Table, scope: Scope) -> Table:
    old = {scope.find(column.name, column.place): name for name, column in operator.columns}
    columns = {old.get(name, name): kind for name, kind in table.columns.items()}
    batches = ([{old.get(name, name): row[name] for name in table.columns} for row in batch] for batch in table.batches)
    return Table(columns, batches)


def _sort(operator: Sort, table: Table, scope: Scope) -> Table:
    orders = [_order(key, _sortable(key, scope)) for key in operator.keys]

    def batches() -> Iterator[list[Row]]:
        found: list[list[Any]] = []  # what is sorted by, and the row
        for batch in table.batches:
            found += [[*(order(row) for order in orders), row] for row in batch]
            yield []
        for number, key in reversed(list(enumerate(operator.keys))):
            found.sort(key=itemgetter(number), reverse=key.descending)
        yield from in_batches(held[-1] for held in itertools.islice(found, operator.first))

    return Table(table.columns, batches())


def _sortable(key: Key, scope: Scope) -> Compiled:
    found = compiled(key.expression, scope)
    if found.kind == "dynamic":
        raise unresolved("'order' operator: the key cannot be of type dynamic; use a cast.", key.expression.place)
    return found


def _order(key: Key, by: Compiled) -> Callable[[Row], Any]:
    """Give the sort key: nulls stand at the wanted end, whichever way the others go."""
    of_null = key.nulls_first == key.descending

    def order(row: Row) -> Any:
        value = by.read(row)
        return (of_null, 0) if value is None else (not of_null, value)

    return order


def _take(operator: Take, table: Table, _: Scope) -> Table:
    def batches() -> Iterator[list[Row]]:
        left = operator.count
        while left > 0 and (batch := next(table.batches, None)) is not None:
            yield batch[:left]
            left -= len(batch)

    return Table(table.columns, batches())


def _count(_: Count, table: Table, __: Scope) -> Table:
    def batches() -> Iterator[list[Row]]:
        count = 0
        for batch in table.batches:
            count += len(batch)
            yield []
        yield [{"Count": count}]

    return Table({"Count": "long"}, batches())


def _distinct(operator: Distinct, table: Table, scope: Scope) -> Table:
    chosen = operator.columns or tuple(Named("", Column(name, operator.place)) for name in table.columns)
    return summarize(Summarize((), chosen), table, scope)


def _expand(operator: Expand, table: Table, scope: Scope) -> Table:
    (name, column), *_ = named((operator.column,), scope)
    if column.kind != "dynamic":
        raise unresolved(f"'mv-expand' operator: a value of type {column.kind} has no elements.",
                         operator.column.expression.place)  # fmt: skip

    def expanded(row: Row) -> Iterator[Row]:
        for element in _elements(column.read(row)):
            yield {**{one: row[one] for one in table.columns}, name: element}

    return Table({**table.columns, name: "dynamic"}, spread(table.batches, expanded))


def _elements(value: Any) -> list[Any]:
    """Give what `mv-expand` makes rows of; a value that is no array or bag, and an empty one, stays one row."""
    if isinstance(value, dict) and value:
        return [{name: member} for name, member in value.items()]
    return value or [None] if isinstance(value, list) else [value or None]


def _united(tables: list[Table]) -> Table:
    """Give all rows; a column that a table lacks is empty in its rows."""
    columns = {name: kind for table in reversed(tables) for name, kind in table.columns.items()}

    def widened(row: Row, mine: dict[str, str]) -> Row:
        return {name: row[name] if name in mine else _EMPTY.get(kind) for name, kind in columns.items()}

    batches = ([widened(row, table.columns) for row in batch] for table in tables for batch in table.batches)
    return Table(columns, batches)


_OPERATORS: dict[type, Callable[[Any, Table, Scope], Table]] = {
    Where: _where, Project: _project, Extend: _extend, Select: _select, Rename: _rename, Summarize: summarize,
    Sort: _sort, Take: _take, Count: _count, Distinct: _distinct, Expand: _expand,
}  # fmt: skip
