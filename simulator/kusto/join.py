"""`join`: each row of the left table with the rows of the right one that have the same key.

Source: the Kusto query language reference: `innerunique`, the kind when none is named, takes one row of the left table
for each key; a column of the right table whose name is taken gets a number behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from simulator.kusto.compile_expression import Row
from simulator.kusto.errors import unresolved
from simulator.kusto.syntax import Column, Join
from simulator.kusto.table import Table, spread, unused

_EMPTY = {"string": ""}


def join(operator: Join, left: Table, right: Table) -> Table:
    """Give the rows side by side. Raises: QueryError for unknown keys, and keys of types that do not fit."""
    pairs = [(_find(one, left, "left"), _find(two, right, "right")) for one, two in operator.on]
    for (one, two), (column, _) in zip(pairs, operator.on, strict=True):
        kinds = left.columns[one], right.columns[two]
        if "dynamic" in kinds or kinds[0] != kinds[1]:
            message = f"join: the keys '{one}' and '{two}' are of types {kinds[0]} and {kinds[1]}; use casts."
            raise unresolved(message, column.place)
    renamed: dict[str, str] = {}
    for name in right.columns:
        renamed[name] = unused(name, [*left.columns, *renamed.values()])
    columns = {**left.columns, **{renamed[name]: kind for name, kind in right.columns.items()}}
    nothing = {renamed[name]: _EMPTY.get(kind) for name, kind in right.columns.items()}

    key_of = _key([one for one, _ in pairs]), _key([two for _, two in pairs])
    found: dict[tuple[Any, ...], list[Row]] = {}
    seen: set[tuple[Any, ...]] = set()

    def joined(row: Row) -> Iterator[Row]:
        key = key_of[0](row)
        if operator.kind == "innerunique" and key in seen:
            return
        seen.add(key)
        matching = found.get(key, []) or ([nothing] if operator.kind == "leftouter" else [])
        if matching:
            mine = {name: row[name] for name in left.columns}
            yield from ({**mine, **other} for other in matching)

    def batches() -> Iterator[list[Row]]:
        for batch in right.batches:
            for row in batch:
                found.setdefault(key_of[1](row), []).append({renamed[name]: row[name] for name in right.columns})
            yield []
        yield from spread(left.batches, joined)

    return Table(columns, batches())


def _key(names: list[str]) -> Callable[[Row], tuple[Any, ...]]:
    return lambda row: tuple([row[name] for name in names])


def _find(column: Column, table: Table, side: str) -> str:
    found = next((name for name in table.columns if name.lower() == column.name.lower()), None)
    if found is None:
        raise unresolved(f"join: the {side} side has no column '{column.name}'.", column.place)
    return found
