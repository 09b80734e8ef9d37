"""A subset of the Kusto query language, as Azure Resource Graph takes it: text to tokens, to a tree, to generators.

`run` is all that others need. Rows are plain dicts; a table makes them as they are read, so that a count of many
costs no more than what it looks at. After each batch of them others have their turn. Source: the Kusto query language
reference and Resource Graph's list of what it supports. What is not in the subset is refused with its place, never
guessed.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any, NamedTuple

from simulator.kusto.errors import QueryError, unresolved
from simulator.kusto.lazy import Lazy
from simulator.kusto.operators import evaluated
from simulator.kusto.parse_query import parse_query
from simulator.kusto.syntax import Place, Query, Take
from simulator.kusto.table import Context, Source, in_batches
from simulator.kusto.values import plain

__all__ = ["Answer", "Lazy", "QueryError", "Source", "in_batches", "run"]


class Answer(NamedTuple):
    """What a query gives: columns with their types, one page of rows as JSON has them, and how many there are in all.

    `can_go_on` says whether a client may ask for the next page.
    """

    columns: dict[str, str]
    rows: list[dict[str, Any]]
    total: int
    can_go_on: bool


async def run(text: str, tables: dict[str, Source], now: float, *, skip: int, top: int) -> Answer:
    """Run a query at a lab time in seconds; leave out `skip` rows and give `top`. Raises: QueryError.

    Source: rows are not skipped, and there is no next page, after `take` and `limit`, nor when no column can be sorted.
    """
    try:
        query = parse_query(text)
        result = evaluated(query, Context(tables, datetime.fromtimestamp(now, UTC)))
        begin = 0 if _is_limited(query) else skip
        page, total = [], 0
        for batch in result.batches:
            wanted = batch[max(0, begin - total) : max(0, begin + top - total)]
            page += [{name: plain(row[name]) for name in result.columns} for row in wanted]
            total += len(batch)
            await asyncio.sleep(0)
    except RecursionError as error:
        raise unresolved("The query is nested too deeply.", Place(1, 0, "")) from error
    can_go_on = not _is_limited(query) and any(kind != "dynamic" for kind in result.columns.values())
    return Answer(result.columns, page, total, can_go_on)


def _is_limited(query: Query) -> bool:
    return any(isinstance(operator, Take) for operator in query.operators)
