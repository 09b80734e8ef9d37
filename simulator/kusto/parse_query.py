"""Tokens to a query: a table, and operators each after a bar. One function for each operator, in one table."""

from __future__ import annotations

from collections.abc import Callable

from simulator.kusto.cursor import Cursor
from simulator.kusto.errors import unknown, unreadable
from simulator.kusto.parse_expression import read_column, read_expression, read_list
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
    Place,
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

DEFAULT_TABLE = "resources"  # Source: the table of a query that names none
_JOINS = ("inner", "innerunique", "leftouter")


def parse_query(text: str) -> Query:
    """Read a whole query. Raises: QueryError at the first mistake."""
    cursor = Cursor(text)
    query = _query(cursor)
    cursor.accept(";")
    if cursor.peek().kind != "end":
        raise unreadable(cursor.place, "|")
    return query


def _query(cursor: Cursor) -> Query:
    """Read a query. One that begins with an operator is about the default table."""
    place, operators, table = cursor.place, list[Operator](), DEFAULT_TABLE
    if cursor.peek().kind == "name" and (cursor.peek().text not in _OPERATORS or cursor.peek(1).text == "|"):
        table = cursor.take().text
    elif cursor.peek().kind == "name":
        operators.append(_operator(cursor))
    else:
        raise unreadable(place, "a table")
    while cursor.accept("|"):
        operators.append(_operator(cursor))
    return Query(table, tuple(operators), place)


def _operator(cursor: Cursor) -> Operator:
    token = cursor.expect_kind("name")
    if token.text not in _OPERATORS:
        raise unknown("The operator", token.place)
    return _OPERATORS[token.text](cursor, token.place)


def _where(cursor: Cursor, _: Place) -> Operator:
    return Where(read_expression(cursor))


def _project(cursor: Cursor, _: Place) -> Operator:
    return Project(read_list(cursor, _named))


def _extend(cursor: Cursor, _: Place) -> Operator:
    return Extend(read_list(cursor, _named))


def _project_away(cursor: Cursor, _: Place) -> Operator:
    return Select(read_list(cursor, _pattern), keep=False)


def _project_keep(cursor: Cursor, _: Place) -> Operator:
    return Select(read_list(cursor, _pattern), keep=True)


def _project_rename(cursor: Cursor, _: Place) -> Operator:
    return Rename(read_list(cursor, _renamed))


def _summarize(cursor: Cursor, _: Place) -> Operator:
    aggregates = () if cursor.sees("by") else read_list(cursor, _named)
    return Summarize(aggregates, read_list(cursor, _named) if cursor.accept("by") else ())


def _sort(cursor: Cursor, _: Place) -> Operator:
    cursor.expect("by")
    return Sort(read_list(cursor, _key))


def _top(cursor: Cursor, _: Place) -> Operator:
    first = int(cursor.expect_kind("long").value)
    cursor.expect("by")
    return Sort(read_list(cursor, _key), first)


def _take(cursor: Cursor, _: Place) -> Operator:
    return Take(int(cursor.expect_kind("long").value))


def _count(_: Cursor, __: Place) -> Operator:
    return Count()


def _distinct(cursor: Cursor, place: Place) -> Operator:
    return Distinct(() if cursor.accept("*") else read_list(cursor, _named), place)


def _expand(cursor: Cursor, _: Place) -> Operator:
    return Expand(_named(cursor))


def _join(cursor: Cursor, place: Place) -> Operator:
    kind = "innerunique"
    if cursor.accept("kind"):
        cursor.expect("=")
        token = cursor.expect_kind("name")
        if token.text not in _JOINS:
            raise unknown("The kind of join", token.place)
        kind = token.text
    right = _nested(cursor)
    cursor.expect("on")
    return Join(kind, right, read_list(cursor, _condition), place)


def _union(cursor: Cursor, _: Place) -> Operator:
    return Union(read_list(cursor, _nested))


def _nested(cursor: Cursor) -> Query:
    """Read a query in parentheses, or a table's name."""
    if not cursor.accept("("):
        token = cursor.expect_kind("name")
        return Query(token.text, (), token.place)
    query = _query(cursor)
    cursor.expect(")")
    return query


def _condition(cursor: Cursor) -> tuple[Column, Column]:
    """Read `column`, or `$left.column == $right.column` with its sides in either order."""
    if not cursor.sees("$"):
        column = read_column(cursor)
        return column, column
    sides = dict((_side(cursor), _after_equals(cursor)))
    if set(sides) != {"left", "right"}:
        raise unreadable(cursor.place, "$left and $right")
    return sides["left"], sides["right"]


def _after_equals(cursor: Cursor) -> tuple[str, Column]:
    cursor.expect("==")
    return _side(cursor)


def _side(cursor: Cursor) -> tuple[str, Column]:
    cursor.expect("$")
    side = cursor.expect_kind("name").text
    cursor.expect(".")
    return side, read_column(cursor)


def _named(cursor: Cursor) -> Named:
    """Read `name = expression` or an expression."""
    if cursor.peek().kind == "name" and cursor.peek(1).text == "=":
        name = cursor.take().text
        cursor.take()
        return Named(name, read_expression(cursor))
    return Named("", read_expression(cursor))


def _renamed(cursor: Cursor) -> tuple[str, Column]:
    name = cursor.expect_kind("name").text
    cursor.expect("=")
    return name, read_column(cursor)


def _pattern(cursor: Cursor) -> str:
    """Read a column's name in which `*` stands for any text, without spaces between its parts."""
    parts, end = "", None
    while (token := cursor.peek()).kind in ("name", "long") or token.text == "*":
        if end not in (None, (token.place.line, token.place.column)):
            break
        parts += cursor.take().text
        end = (token.place.line, token.place.column + len(token.text))
    if not parts:
        return read_column(cursor).name
    return parts


def _key(cursor: Cursor) -> Key:
    """Read what to sort by. Source: descending unless said otherwise; nulls come as if they were the least."""
    expression: Expression = read_expression(cursor)
    ascending = cursor.accept("asc")
    if not ascending:
        cursor.accept("desc")
    nulls_first = ascending
    if cursor.accept("nulls"):
        nulls_first = cursor.sees("first")
        if not cursor.accept("first", "last"):
            raise unreadable(cursor.place, "first or last")
    return Key(expression, not ascending, nulls_first)


_OPERATORS: dict[str, Callable[[Cursor, Place], Operator]] = {
    "where": _where, "filter": _where, "project": _project, "extend": _extend, "project-away": _project_away,
    "project-keep": _project_keep, "project-rename": _project_rename, "summarize": _summarize, "order": _sort,
    "sort": _sort, "top": _top, "take": _take, "limit": _take, "count": _count, "distinct": _distinct,
    "mv-expand": _expand, "mvexpand": _expand, "join": _join, "union": _union,
}  # fmt: skip
