"""Tokens to expressions, by recursive descent: or, and, comparison, sum, product, sign, member, and what is left."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simulator.kusto.cursor import Cursor
from simulator.kusto.errors import unreadable
from simulator.kusto.syntax import Call, Column, Expression, Literal, Member, Place, Star

_COMPARISONS = {
    "==", "!=", "<>", "=~", "!~", "<", "<=", ">", ">=", "has", "!has", "has_cs", "!has_cs", "contains", "!contains",
    "contains_cs", "!contains_cs", "startswith", "!startswith", "startswith_cs", "!startswith_cs", "endswith",
    "!endswith", "endswith_cs", "!endswith_cs",
}  # fmt: skip
_WITH_LISTS = {"in", "!in", "in~", "!in~", "has_any", "has_all"}
_LITERALS = {"string", "long", "real", "datetime", "timespan"}
_WORDS = {"true": ("bool", True), "false": ("bool", False)}


def read_expression(cursor: Cursor) -> Expression:
    """Read an expression. Raises: QueryError."""
    return _joined(cursor, "or", lambda it: _joined(it, "and", _comparison))


def read_list(cursor: Cursor, item: Callable[[Cursor], Any]) -> tuple[Any, ...]:
    """Read items with commas between them, one at least."""
    found = [item(cursor)]
    while cursor.accept(","):
        found.append(item(cursor))
    return tuple(found)


def read_column(cursor: Cursor) -> Column:
    """Read a column's name, plain or as `['a name']`."""
    place = cursor.place
    if cursor.accept("["):
        name = str(cursor.expect_kind("string").value)
        cursor.expect("]")
        return Column(name, place)
    return Column(cursor.expect_kind("name").text, place)


def _joined(cursor: Cursor, word: str, part: Callable[[Cursor], Expression]) -> Expression:
    place, found = cursor.place, [part(cursor)]
    while cursor.accept(word):
        found.append(part(cursor))
    return found[0] if len(found) == 1 else Call(word, tuple(found), place)


def _comparison(cursor: Cursor) -> Expression:
    left, operator = _sum(cursor), cursor.peek()
    if cursor.accept(*_COMPARISONS):
        return Call(operator.text.replace("<>", "!="), (left, _sum(cursor)), operator.place)
    if cursor.accept(*_WITH_LISTS):
        cursor.expect("(")
        items = read_list(cursor, read_expression)
        cursor.expect(")")
        return Call(operator.text, (left, *items), operator.place)
    if cursor.accept("between", "!between"):
        cursor.expect("(")
        low = _sum(cursor)
        cursor.expect("..")
        high = _sum(cursor)
        cursor.expect(")")
        return Call(operator.text, (left, low, high), operator.place)
    if cursor.accept("matches"):
        cursor.expect("regex")
        return Call("matches regex", (left, _sum(cursor)), operator.place)
    return left


def _sum(cursor: Cursor) -> Expression:
    return _left_to_right(cursor, ("+", "-"), lambda it: _left_to_right(it, ("*", "/", "%"), _sign))


def _left_to_right(cursor: Cursor, operators: tuple[str, ...], part: Callable[[Cursor], Expression]) -> Expression:
    left = part(cursor)
    while cursor.sees(*operators):
        operator = cursor.take()
        left = Call(operator.text, (left, part(cursor)), operator.place)
    return left


def _sign(cursor: Cursor) -> Expression:
    place, minuses = cursor.place, 0
    while cursor.sees("+", "-"):
        minuses += cursor.take().text == "-"
    operand = _members(cursor)
    return Call("negate", (operand,), place) if minuses % 2 else operand


def _members(cursor: Cursor) -> Expression:
    found = _primary(cursor)
    while cursor.sees(".", "["):
        opening = cursor.take()
        if opening.text == ".":
            token = cursor.expect_kind("name")
            found = Member(found, Literal("string", token.text, token.place), token.place)
        else:
            found = Member(found, read_expression(cursor), opening.place)
            cursor.expect("]")
    return found


def _primary(cursor: Cursor) -> Expression:
    token = cursor.peek()
    if token.kind in _LITERALS:
        cursor.take()
        return Literal(token.kind, token.value, token.place)
    if cursor.accept("("):
        found = read_expression(cursor)
        cursor.expect(")")
        return found
    if token.kind == "name" and cursor.peek(1).text == "(":
        cursor.take()
        return _dynamic(cursor, token.place) if token.text == "dynamic" else _call(cursor, token.text, token.place)
    if token.kind == "name" and token.text in _WORDS:
        cursor.take()
        return Literal(*_WORDS[token.text], token.place)
    if token.kind == "name" or cursor.sees("["):
        return read_column(cursor)
    raise unreadable(token.place, "an expression")


def _call(cursor: Cursor, name: str, place: Place) -> Call:
    cursor.expect("(")
    arguments = () if cursor.sees(")") else read_list(cursor, _argument)
    cursor.expect(")")
    return Call(name, arguments, place)


def _argument(cursor: Cursor) -> Expression:
    place = cursor.place
    return Star(place) if cursor.accept("*") else read_expression(cursor)


def _dynamic(cursor: Cursor, place: Place) -> Literal:
    cursor.expect("(")
    value = _json(cursor)
    cursor.expect(")")
    return Literal("dynamic", value, place)


def _json(cursor: Cursor) -> Any:
    """Read what JSON can say; texts may stand in either kind of quotation marks."""
    if cursor.accept("["):
        found = () if cursor.sees("]") else read_list(cursor, _json)
        cursor.expect("]")
        return list(found)
    if cursor.accept("{"):
        members = () if cursor.sees("}") else read_list(cursor, _json_member)
        cursor.expect("}")
        return dict(members)
    sign = -1 if cursor.accept("-") else 1
    token = cursor.take()
    if token.kind in ("long", "real"):
        return sign * token.value
    words = {"true": True, "false": False, "null": None}
    if sign < 0 or (token.kind != "string" and token.text not in words):
        raise unreadable(token.place, "a JSON value")
    return token.value if token.kind == "string" else words[token.text]


def _json_member(cursor: Cursor) -> tuple[str, Any]:
    name = str(cursor.expect_kind("string").value)
    cursor.expect(":")
    return name, _json(cursor)
