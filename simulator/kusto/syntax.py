"""A query as it was read: a tree of frozen values, each with its place in the text."""

from __future__ import annotations

from typing import Any

import msgspec


class Place(msgspec.Struct, frozen=True):
    """Where something stands: line from 1, column from 0, and the text that is there."""

    line: int
    column: int
    text: str


class Literal(msgspec.Struct, frozen=True, tag=True):
    """A constant; `kind` is its type: string, long, real, bool, datetime, timespan, dynamic."""

    kind: str
    value: Any
    place: Place


class Column(msgspec.Struct, frozen=True, tag=True):
    """A column by its name."""

    name: str
    place: Place


class Member(msgspec.Struct, frozen=True, tag=True):
    """A member of a bag or an element of an array: `of.key`, `of['key']`, `of[0]`."""

    of: Expression
    key: Expression
    place: Place


class Call(msgspec.Struct, frozen=True, tag=True):
    """A function or an operator (`==`, `and`, `in~`, `between`) with its operands."""

    name: str
    arguments: tuple[Expression, ...]
    place: Place


class Star(msgspec.Struct, frozen=True, tag=True):
    """`*`: all columns."""

    place: Place


Expression = Literal | Column | Member | Call | Star


class Named(msgspec.Struct, frozen=True):
    """`name = expression`; without a name it gets one from what it reads."""

    name: str
    expression: Expression


class Where(msgspec.Struct, frozen=True):
    """Keep the rows for which a condition is true."""

    condition: Expression


class Project(msgspec.Struct, frozen=True):
    """Keep these columns, in this order."""

    columns: tuple[Named, ...]


class Extend(msgspec.Struct, frozen=True):
    """Add columns, or replace those of the same name."""

    columns: tuple[Named, ...]


class Select(msgspec.Struct, frozen=True):
    """`project-away` or (`keep`) `project-keep`: columns by name or by a pattern with `*`."""

    patterns: tuple[str, ...]
    keep: bool


class Rename(msgspec.Struct, frozen=True):
    """`project-rename new = old`."""

    columns: tuple[tuple[str, Column], ...]


class Summarize(msgspec.Struct, frozen=True):
    """Aggregates for each group."""

    aggregates: tuple[Named, ...]
    groups: tuple[Named, ...]


class Key(msgspec.Struct, frozen=True):
    """What to sort by."""

    expression: Expression
    descending: bool
    nulls_first: bool


class Sort(msgspec.Struct, frozen=True):
    """Sort; with `first` keep so many rows (`top`)."""

    keys: tuple[Key, ...]
    first: int | None = None


class Take(msgspec.Struct, frozen=True):
    """Keep so many rows."""

    count: int


class Count(msgspec.Struct, frozen=True):
    """One row with the number of rows."""


class Distinct(msgspec.Struct, frozen=True):
    """Each combination once; no columns stand for all of them."""

    columns: tuple[Named, ...]
    place: Place


class Expand(msgspec.Struct, frozen=True):
    """`mv-expand`: one row for each element of an array or member of a bag."""

    column: Named


class Join(msgspec.Struct, frozen=True):
    """Rows of two tables side by side. `on` are pairs: a column of the left, one of the right."""

    kind: str
    right: Query
    on: tuple[tuple[Column, Column], ...]
    place: Place


class Union(msgspec.Struct, frozen=True):
    """The rows of this table and of others, one after the other."""

    others: tuple[Query, ...]


Operator = (
    Where | Project | Extend | Select | Rename | Summarize | Sort | Take | Count | Distinct | Expand | Join | Union
)


class Query(msgspec.Struct, frozen=True):
    """A table and what is done to its rows, in order."""

    table: str
    operators: tuple[Operator, ...]
    place: Place
