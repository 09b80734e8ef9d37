"""However many rows a query looks at before it gives its first one, others have their turn after each batch."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from simulator.kusto import Source, in_batches, run

_BATCHES = 20


@pytest.mark.parametrize(
    "operators",
    [
        "count",
        "where name == 'none'",
        "extend x = 1 | project name, x | project-rename y = x | project-keep y | count",
        "summarize n = count() by name",
        "distinct name",
        "order by name asc | take 1",
        "top 1 by name",
        "mv-expand parts | where name == 'none'",
        "join kind=inner (resources | project name, more = 1) on name | count",
        "join kind=leftouter (resources | where name == 'none') on name | count",
        "union (resources | project name) | count",
    ],
)
def test_others_have_their_turn(operators: str) -> None:
    """No operator reads two batches in one turn, in which nobody else could do anything."""
    read = 0

    def batches() -> Iterator[list[dict[str, Any]]]:
        nonlocal read
        for number in range(_BATCHES):
            read += 1
            yield [{"name": f"{number}-{row}", "parts": [1, 2]} for row in range(3)]

    async def read_in_turns() -> list[int]:
        turns = [0]
        source = Source({"name": "string", "parts": "dynamic"}, batches)
        query = asyncio.create_task(run(f"resources | {operators}", {"resources": source}, 0.0, skip=0, top=10))
        while not query.done():
            await asyncio.sleep(0)
            turns.append(read)
        await query
        return turns

    turns = asyncio.run(read_in_turns())

    assert turns[-1] >= _BATCHES
    assert max(after - before for before, after in itertools.pairwise(turns)) == 1


def test_a_query_reads_no_more_than_it_needs() -> None:
    """After `take` nothing is read."""
    read: list[int] = []

    def rows() -> Iterator[dict[str, Any]]:
        for number in range(100_000):
            read.append(number)
            yield {"name": f"{number}"}

    source = Source({"name": "string"}, lambda: in_batches(rows()))
    answer = asyncio.run(run("resources | take 3", {"resources": source}, 0.0, skip=0, top=10))

    assert ([row["name"] for row in answer.rows], len(read) < 1000) == (["0", "1", "2"], True)
