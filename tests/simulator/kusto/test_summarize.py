"""Groups and aggregates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from simulator.kusto import Answer

Ask = Callable[..., Answer]


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("resources | summarize count() by tostring(properties.status)",
         [{"properties_status": "Connected", "count_": 2}, {"properties_status": "Disconnected", "count_": 1},
          {"properties_status": "Expired", "count_": 1}]),
        ("resources | summarize total = count(), sum(tolong(properties.cores)), dcount(tostring(properties.status))",
         [{"total": 4, "sum_properties_cores": 12, "dcount_properties_status": 3}]),
        ("resources | where false | summarize count(), max(name)", [{"count_": 0, "max_name": None}]),
        ("resources | where false | summarize count() by name", []),
        ("resources | summarize countif(name has '1') * 100.0 / count()", [{"Column1": 25.0}]),
        ("resources | summarize min(name), max(todatetime(properties.since)), avg(tolong(properties.cores))",
         [{"min_name": "Box-0", "max_properties_since": "2025-12-31T00:00:00.0000000Z", "avg_properties_cores": 3.0}]),
        ("resources | summarize make_list(tags.env), make_set(tags.env)",
         [{"list_tags_env": ["test", "prod", "test"], "set_tags_env": ["test", "prod"]}]),
        ("resources | summarize arg_max(todatetime(properties.since), name) by tostring(tags.env)",
         [{"tags_env": "test", "properties_since": "2025-12-30T00:00:00.0000000Z", "name": "Box-2"},
          {"tags_env": "prod", "properties_since": "2025-12-29T00:00:00.0000000Z", "name": "Box-1"},
          {"tags_env": "", "properties_since": "2025-12-31T00:00:00.0000000Z", "name": "Box-3"}]),
        ("resources | summarize oldest = arg_min(name, *) | project oldest, id", [{"oldest": "Box-0", "id": "/m/0"}]),
        ("resources | summarize by day = bin(todatetime(properties.since), 2d) | count", [{"Count": 2}]),
    ],
)  # fmt: skip
def test_groups(ask: Ask, query: str, rows: list[dict[str, Any]]) -> None:
    """Each aggregate goes over its group once; names are those that Kusto gives."""
    assert ask(query).rows == rows
