"""Expressions to functions of a row, with their types checked before any row is read."""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from simulator.kusto import arithmetic, comparisons
from simulator.kusto.errors import unknown, unresolved
from simulator.kusto.functions import FUNCTIONS, NAME_KEEPING, case
from simulator.kusto.syntax import Call, Column, Expression, Literal, Member, Place, Star
from simulator.kusto.values import CASTS, Value

Row = dict[str, Any]
Read = Callable[[Row], Value]
_NUMBERS = {"long", "real"}
_EQUALITIES = {"==": comparisons.equal, "!=": comparisons.not_equal}
_ORDERS = {"<": (comparisons.less, False), "<=": (comparisons.less_or_equal, False),
           ">": (comparisons.less, True), ">=": (comparisons.less_or_equal, True)}  # fmt: skip
_ORDERED = {"long", "real", "datetime", "timespan", "bool"}
_SETS = ("in", "!in", "in~", "!in~")
_TERMS = {"has_any": comparisons.has_any, "has_all": comparisons.has_all}
_CLOCK = {"now": 0, "ago": 1}  # how many arguments at least; `ago` counts back


class Compiled(NamedTuple):
    """An expression that can be run: its type, and what reads its value from a row."""

    kind: str
    read: Read


class Scope(NamedTuple):
    """What an expression can see: the columns with their types, lab time, and the operator it belongs to."""

    columns: dict[str, str]
    now: datetime
    operator: str

    def find(self, name: str, place: Place) -> str:
        """Give a column's name as the table writes it; its case does not matter. Raises: QueryError."""
        found = next((column for column in self.columns if column.lower() == name.lower()), None)
        if found is None:
            message = f"'{self.operator}' operator: Failed to resolve scalar expression named '{name}'"
            raise unresolved(message, place)
        return found


def name_of(expression: Expression) -> str:
    """Give the name that a column gets from its expression, or an empty text."""
    if isinstance(expression, Column):
        return expression.name
    if isinstance(expression, Member):
        key, of = expression.key.value if isinstance(expression.key, Literal) else "", name_of(expression.of)
        return of and f"{of}_{key}"
    is_kept = isinstance(expression, Call) and expression.name in NAME_KEEPING and expression.arguments
    return name_of(expression.arguments[0]) if is_kept else ""  # type: ignore[union-attr] # it is a Call


def compiled(expression: Expression, scope: Scope) -> Compiled:
    """Give what runs an expression. Raises: QueryError for unknown names and types that do not fit."""
    if isinstance(expression, Literal):
        value = expression.value
        return Compiled(expression.kind, lambda _: value)
    if isinstance(expression, Column):
        name = scope.find(expression.name, expression.place)
        return Compiled(scope.columns[name], operator.itemgetter(name))
    if isinstance(expression, Member):
        return _member(compiled(expression.of, scope), compiled(expression.key, scope), expression.place)
    if isinstance(expression, Star):
        raise unresolved("'*' stands for columns, not for a value.", expression.place)
    return _call(expression, scope)


def _member(of: Compiled, key: Compiled, place: Place) -> Compiled:
    if of.kind != "dynamic":
        raise unresolved(f"A value of type {of.kind} has no members.", place)
    read_of, read_key = of.read, key.read

    def read(row: Row) -> Value:
        holder, name = read_of(row), read_key(row)
        if isinstance(holder, dict) and isinstance(name, str):
            try:
                return holder[name]
            except KeyError:
                return _other_case(holder, name)
        if isinstance(holder, list) and isinstance(name, int) and -len(holder) <= name < len(holder):
            return holder[name]
        return None

    return Compiled("dynamic", read)


def _other_case(holder: dict[str, Value], name: str) -> Value:
    """Give a member whose name differs in case. Assumed: members are found as columns are."""
    return next((value for member, value in holder.items() if member.lower() == name.lower()), None)


def _call(call: Call, scope: Scope) -> Compiled:
    if call.name in _CLOCK:
        return _clock(call, scope)
    operands = [compiled(argument, scope) for argument in call.arguments]
    return _COMPILERS.get(call.name, _function)(call, operands)


def _clock(call: Call, scope: Scope) -> Compiled:
    if len(call.arguments) > 1 or len(call.arguments) < _CLOCK[call.name]:
        raise _wrong_count(call)
    if not call.arguments:
        now = scope.now
        return Compiled("datetime", lambda _: now)
    sign = "-" if call.name == "ago" else "+"
    return _computed(sign, Compiled("datetime", lambda _: scope.now), compiled(call.arguments[0], scope), call.place)


def _truth(operand: Compiled, place: Place) -> Read:
    if operand.kind == "dynamic":
        return _cast(operand, "bool").read
    if operand.kind != "bool":
        raise unresolved(f"A condition is of type bool, not {operand.kind}.", place)
    return operand.read


def _joined(parts: list[Read], *, decides: bool) -> Read:
    """Give `and` (False decides) or `or` (True decides) of conditions; null otherwise when one of them is null."""

    def read(row: Row) -> Value:
        is_known = True
        for part in parts:
            value = part(row)
            if value is decides:
                return decides
            is_known = is_known and value is not None
        return not decides if is_known else None

    return read


def _logical(call: Call, operands: list[Compiled]) -> Compiled:
    return Compiled("bool", _joined([_truth(one, call.place) for one in operands], decides=call.name == "or"))


def _between(call: Call, operands: list[Compiled]) -> Compiled:
    value, low, high = operands
    parts = [_comparison(">=", value, low, call.place).read, _comparison("<=", value, high, call.place).read]
    return _negated(call.name, _joined(parts, decides=False))


def _textual(call: Call, operands: list[Compiled]) -> Compiled:
    run = comparisons.equal_text if call.name == "!~" else comparisons.TEXT[call.name.lstrip("!")]
    return _negated(call.name, _applied(run, operands))


def _terms(call: Call, operands: list[Compiled]) -> Compiled:
    return Compiled("bool", _applied(_TERMS[call.name], operands))


def _compared(call: Call, operands: list[Compiled]) -> Compiled:
    return _comparison(call.name, operands[0], operands[1], call.place)


def _comparison(name: str, left: Compiled, right: Compiled, place: Place) -> Compiled:
    """Give a comparison; a dynamic value is turned into the other side's type first."""
    if left.kind == "dynamic" and right.kind != "dynamic":
        left = _cast(left, right.kind)
    elif right.kind == "dynamic" and left.kind != "dynamic":
        right = _cast(right, left.kind)
    is_same = left.kind == right.kind != "dynamic" or {left.kind, right.kind} <= _NUMBERS
    if not is_same or (name in _ORDERS and left.kind not in _ORDERED):
        message = f"Cannot compare values of types {left.kind} and {right.kind}. Try adding explicit casts"
        raise unresolved(message, place)
    if name in _EQUALITIES:
        return Compiled("bool", _applied(_EQUALITIES[name], [left, right]))
    run, is_turned = _ORDERS[name]
    return Compiled("bool", _applied(run, [right, left] if is_turned else [left, right]))


def _among(call: Call, operands: list[Compiled]) -> Compiled:
    """Give `in` and `in~`; an array among the items stands for its elements."""
    value, *items = operands
    kind = value.kind if value.kind != "dynamic" else next((one.kind for one in items if one.kind != "dynamic"), "")
    is_folded = call.name.endswith("~")
    kind = "string" if is_folded or not kind else kind
    for item in items:
        if item.kind not in ("dynamic", kind) and not {item.kind, kind} <= _NUMBERS:
            raise unresolved(f"Cannot look for a value of type {item.kind} among values of type {kind}.",
                             call.place)  # fmt: skip
    fold: Callable[[Value], Value] = str.lower if is_folded else lambda it: it
    cast, read, reads = CASTS[kind], value.read, [item.read for item in items]

    def among(row: Row) -> Value:
        wanted = fold(cast(read(row)))
        return any(wanted == fold(cast(one)) for one in comparisons.flat(tuple(item(row) for item in reads)))

    return _negated(call.name, among)


def _arithmetic(call: Call, operands: list[Compiled]) -> Compiled:
    return _computed(call.name, operands[0], operands[1], call.place)


def _computed(name: str, left: Compiled, right: Compiled, place: Place) -> Compiled:
    kind = arithmetic.type_of(left.kind, name, right.kind)
    if kind is None:
        message = f"The operator '{name}' cannot be carried out between {left.kind} and {right.kind}."
        raise unresolved(message, place)
    return Compiled(kind, _applied(arithmetic.function_of(name, kind), [left, right]))


def _function(call: Call, operands: list[Compiled]) -> Compiled:
    if call.name == "case":
        if len(operands) < 3 or len(operands) % 2 == 0:
            raise _wrong_count(call)
        return Compiled(_common([*operands[1::2], operands[-1]], call.place), _applied(case, operands))
    function = FUNCTIONS.get(call.name)
    if function is None:
        raise unknown("The function", call.place)
    if not function.least <= len(operands) <= function.most:
        raise _wrong_count(call)
    if function.takes and operands[0].kind not in function.takes:
        raise unresolved(f"{call.name}(): a value of type {operands[0].kind} does not fit.", call.place)
    if isinstance(function.gives, str):
        return Compiled(function.gives, _applied(function.run, operands))
    is_bin_of_time = call.name == "bin" and operands[0].kind not in _NUMBERS
    typed = operands[:1] if is_bin_of_time else operands[function.gives :]
    return Compiled(_common(typed, call.place), _applied(function.run, operands))


def _common(operands: list[Compiled], place: Place) -> str:
    """Give the one type of several values. Raises: QueryError when they have none."""
    kinds = {operand.kind for operand in operands}
    if len(kinds) == 1:
        return kinds.pop()
    if kinds <= _NUMBERS:
        return "real"
    if "dynamic" in kinds:
        return "dynamic"
    raise unresolved(f"These values have different types: {', '.join(sorted(kinds))}.", place)


def _cast(operand: Compiled, kind: str) -> Compiled:
    return Compiled(kind, _applied(CASTS[kind], [operand]))


def _negated(name: str, read: Read) -> Compiled:
    if not name.startswith("!"):
        return Compiled("bool", read)
    return Compiled("bool", lambda row: None if (value := read(row)) is None else not value)


def _applied(run: Callable[..., Value], operands: list[Compiled]) -> Read:
    """Give what reads the operands and runs a function on them; one and two of them the fast way."""
    reads = [operand.read for operand in operands]
    if len(reads) == 1:
        only = reads[0]
        return lambda row: run(only(row))
    if len(reads) == 2:
        first, second = reads
        return lambda row: run(first(row), second(row))
    return lambda row: run(*[read(row) for read in reads])


def _wrong_count(call: Call) -> Exception:
    return unresolved(f"{call.name}(): {len(call.arguments)} arguments do not fit.", call.place)


_COMPILERS: dict[str, Callable[[Call, list[Compiled]], Compiled]] = {
    **dict.fromkeys(("and", "or"), _logical),
    **dict.fromkeys((*_EQUALITIES, *_ORDERS), _compared),
    **dict.fromkeys(("between", "!between"), _between),
    **dict.fromkeys(_SETS, _among),
    **dict.fromkeys((*comparisons.TEXT, *(f"!{name}" for name in comparisons.TEXT), "!~"), _textual),
    **dict.fromkeys(_TERMS, _terms),
    **dict.fromkeys(arithmetic.OPERATORS, _arithmetic),
}
