"""`summarize`: groups of rows, and what is counted of each in one pass.

An expression over aggregates (`round(countif(a) * 100.0 / count())`) is run in two steps: each aggregate becomes a
column of its own, then the expression is run over those.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from simulator.kusto.aggregates import AGGREGATES, EXTREMES, Aggregate
from simulator.kusto.compile_expression import Read, Row, Scope, compiled, name_of
from simulator.kusto.errors import unresolved
from simulator.kusto.syntax import Call, Column, Expression, Member, Named, Star, Summarize
from simulator.kusto.table import Table, in_batches, kinds_of, named, unused, values_of


class _Part(NamedTuple):
    """One aggregate of a query: where it begins, how a row changes it, and the columns that it fills at the end."""

    start: Callable[[], Any]
    step: Callable[[Any, Row], Any]
    end: Callable[[Any], Row]
    kinds: dict[str, str]


def summarize(operator: Summarize, table: Table, scope: Scope) -> Table:
    """Give one row for each group; without groups one row, also of an empty table. Raises: QueryError."""
    groups = named(operator.groups, scope)
    for item, (name, group) in zip(operator.groups, groups, strict=True):
        if group.kind == "dynamic":
            message = f"Summarize group key '{name}' is of a 'dynamic' type; use a cast, such as tostring({name})."
            raise unresolved(message, item.expression.place)
    parts: list[_Part] = []
    outputs: list[tuple[str, Expression]] = []
    for item in operator.aggregates:
        outputs += _outputs(item, parts, scope, [name for name, _ in groups] + [name for name, _ in outputs])
    held = {name: kind for part in parts for name, kind in part.kinds.items()}
    after = Scope(held, scope.now, scope.operator)
    finished = [(name, compiled(expression, after)) for name, expression in outputs]

    def ended(key: tuple[Any, ...], states: list[Any]) -> Row:
        held: Row = {}
        for part, state in zip(parts, states, strict=True):
            held |= part.end(state)
        return {name: value for (name, _), value in zip(groups, key, strict=True)} | values_of(finished, held)

    def batches() -> Iterator[list[Row]]:
        found: dict[tuple[Any, ...], list[Any]] = {} if groups else {(): [part.start() for part in parts]}
        for batch in table.batches:
            _count_in(found, batch, [group.read for _, group in groups], parts)
            yield []
        yield from in_batches(ended(key, states) for key, states in found.items())

    return Table({**kinds_of(groups), **kinds_of(finished)}, batches())


def _count_in(found: dict[tuple[Any, ...], list[Any]], batch: list[Row], reads: list[Read], parts: list[_Part]) -> None:
    """Let the rows of a batch change the states of their groups."""
    for row in batch:
        key = tuple([read(row) for read in reads])
        states = found.get(key)
        if states is None:
            states = found[key] = [part.start() for part in parts]
        for number, part in enumerate(parts):
            states[number] = part.step(states[number], row)


def _outputs(item: Named, parts: list[_Part], scope: Scope, taken: list[str]) -> list[tuple[str, Expression]]:
    """Give the columns of one item: their names, and what makes each of the aggregates' columns."""
    expression = item.expression
    if isinstance(expression, Call) and expression.name in EXTREMES:
        part, names = _extreme(expression, item.name, scope, len(parts))
        parts.append(part)
        place = expression.place
        return [(unused(name, taken), Column(held, place)) for name, held in zip(names, part.kinds, strict=True)]
    hoisted = _hoisted(expression, parts, scope)
    return [(item.name or unused(_aggregate_name(expression), taken), hoisted)]


def _hoisted(expression: Expression, parts: list[_Part], scope: Scope) -> Expression:
    """Put a column in the place of each aggregate. Raises: QueryError for a column outside of them."""
    if isinstance(expression, Call) and expression.name in AGGREGATES:
        name = f"{len(parts)}"
        parts.append(_part(expression, AGGREGATES[expression.name], name, scope))
        return Column(name, expression.place)
    if isinstance(expression, Call):
        return Call(expression.name, tuple(_hoisted(one, parts, scope) for one in expression.arguments),
                    expression.place)  # fmt: skip
    if isinstance(expression, Member):
        return Member(_hoisted(expression.of, parts, scope), expression.key, expression.place)
    if isinstance(expression, Column):
        raise unresolved(f"'summarize' operator: '{expression.name}' stands outside an aggregate.", expression.place)
    return expression


def _part(call: Call, aggregate: Aggregate, name: str, scope: Scope) -> _Part:
    arguments = [compiled(argument, scope) for argument in call.arguments]
    if not aggregate.least <= len(arguments) <= aggregate.most:
        raise unresolved(f"{call.name}(): {len(arguments)} arguments do not fit.", call.place)
    if aggregate.takes and arguments[0].kind not in aggregate.takes:
        raise unresolved(f"{call.name}(): a value of type {arguments[0].kind} does not fit; use a cast.", call.place)
    if len(arguments) == 2 and arguments[1].kind != "long":
        raise unresolved(f"{call.name}(): the second argument is a whole number.", call.place)
    step = _step(aggregate.step, [argument.read for argument in arguments])
    kind = aggregate.gives or arguments[0].kind
    return _Part(aggregate.start, step, lambda state: {name: aggregate.end(state)}, {name: kind})


def _step(step: Callable[..., Any], reads: list[Read]) -> Callable[[Any, Row], Any]:
    if not reads:
        return lambda state, _: step(state)
    if len(reads) == 1:
        only = reads[0]
        return lambda state, row: step(state, only(row))
    return lambda state, row: step(state, *[read(row) for read in reads])


def _extreme(call: Call, name: str, scope: Scope, number: int) -> tuple[_Part, list[str]]:
    """Give `arg_max` or `arg_min`: the greatest or least value, and columns of the row that has it."""
    if len(call.arguments) < 2:
        raise unresolved(f"{call.name}(): {len(call.arguments)} arguments do not fit.", call.place)
    by, is_max = compiled(call.arguments[0], scope), call.name == "arg_max"
    if by.kind == "dynamic":
        raise unresolved(f"{call.name}(): a value of type dynamic does not fit; use a cast.", call.place)
    first = name or name_of(call.arguments[0]) or f"{call.name[4:]}_"
    others: list[Named] = []
    for argument in call.arguments[1:]:
        every = [Column(column, argument.place) for column in scope.columns if column != first]
        others += [Named("", one) for one in (every if isinstance(argument, Star) else [argument])]
    items = [(first, by), *named(tuple(others), scope, [first])]
    held = [f"{number}.{position}" for position in range(len(items))]

    def step(state: tuple[Any, Row] | None, row: Row) -> tuple[Any, Row] | None:
        value = by.read(row)
        if value is None or (state is not None and not (value > state[0] if is_max else value < state[0])):
            return state
        return value, row

    def end(state: tuple[Any, Row] | None) -> Row:
        row = state[1] if state else None
        return {key: one.read(row) if row is not None else None for key, (_, one) in zip(held, items, strict=True)}

    kinds = {key: one.kind for key, (_, one) in zip(held, items, strict=True)}
    return _Part(lambda: None, step, end, kinds), [label for label, _ in items]


def _aggregate_name(expression: Expression) -> str:
    """Give the name of a column: `count_`, `dcount_name`, `list_name`. Source: what Kusto calls them."""
    if not isinstance(expression, Call) or expression.name not in AGGREGATES:
        return "Column1"
    of = name_of(expression.arguments[0]) if expression.arguments else ""
    return f"{AGGREGATES[expression.name].prefix}_{'' if expression.name == 'countif' else of}"
