"""Whole queries: what they give, what is refused and where, and that no text does anything else."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import UTC
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.kusto import Answer, QueryError, Source, run

Ask = Callable[..., Answer]


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("Resources | count", [{"Count": 4}]),
        ("count", [{"Count": 4}]),
        ("where name =~ 'BOX-1' | project Name", [{"Name": "Box-1"}]),
        ("resources | where NAME == 'Box-1' // no more\n| project id", [{"id": "/m/1"}]),
        (
            "resources | where properties.cores >= 2 and tags.env != 'prod' | project name",
            [{"name": "Box-2"}, {"name": "Box-3"}],
        ),
        (
            "resources | where isempty(tags.env) | project name, v = tostring(properties.agentVersion)",
            [{"name": "Box-3", "v": ""}],
        ),
        (
            "resources | where todatetime(properties.since) < ago(2d) | project name",
            [{"name": "Box-0"}, {"name": "Box-1"}],
        ),
        ("resources | where properties.cores between (2 .. 4) | project name", [{"name": "Box-1"}, {"name": "Box-2"}]),
        ("resources | where name !in~ ('box-0', 'box-1', 'box-2') | project name", [{"name": "Box-3"}]),
        (
            "resources | where not(name has 'box') or name matches regex '-[23]$' | project name",
            [{"name": "Box-2"}, {"name": "Box-3"}],
        ),
        (
            "resources | take 1 | project split(id, '/')[2], properties.status, properties['disks']",
            [{"Column1": "0", "properties_status": "Connected", "properties_disks": []}],
        ),
        ("resources | extend name = strcat(name, '!') | project name | limit 1", [{"name": "Box-0!"}]),
        ("resources | project-away tags, prop*, type | take 1", [{"id": "/m/0", "name": "Box-0"}]),
        ("resources | project-keep n* | project-rename n = name | take 1", [{"n": "Box-0"}]),
        (
            "resources | order by tostring(properties.status) asc, name | project name",
            [{"name": "Box-2"}, {"name": "Box-0"}, {"name": "Box-1"}, {"name": "Box-3"}],
        ),
        ("resources | top 1 by name | project name", [{"name": "Box-3"}]),
        (
            "resources | sort by array_length(tags) asc nulls last, name asc | project name | take 1",
            [{"name": "Box-0"}],
        ),
        (
            "resources | distinct tostring(properties.status)",
            [
                {"properties_status": "Connected"},
                {"properties_status": "Disconnected"},
                {"properties_status": "Expired"},
            ],
        ),
        (
            "resources | mv-expand disk = properties.disks | where isnotnull(disk) | project name, disk",
            [{"name": "Box-1", "disk": "sda"}, {"name": "Box-2", "disk": "sda"}, {"name": "Box-2", "disk": "sdb"}],
        ),
        ("resources | union (extensions | where name == 'script') | count", [{"Count": 5}]),
        (
            "resources | take 1 | project x = iff(tags.a > 0, 'some', 'none'), y = case(name == '', 1, 2)",
            [{"x": "none", "y": 2}],
        ),
        (
            "resources | take 1 | project d = datetime_diff('day', now(), datetime(2025-12-24)), s = now() - ago(25h)",
            [{"d": 8, "s": "1.01:00:00"}],
        ),
        (
            "resources | take 1 | project z = 7 / 2 - -1, m = -7 / 2, r = 7 / 2.0, n = 1 / 0, q = 7 % 4",
            [{"z": 4, "m": -3, "r": 3.5, "n": None, "q": 3}],
        ),
        ("resources | take 1 | project bin(now() - 90m, 1h)", [{"Column1": "2025-12-31T22:00:00.0000000Z"}]),
        ('resources | take 1 | project p = parse_json(\'{"a": [1, {"b": true}]}\').a[1].b', [{"p": True}]),
        ("resources | take 1 | project k = bag_keys(dynamic({'x': 1}))", [{"k": ["x"]}]),
    ],
)
def test_a_query_gives_its_rows(ask: Ask, query: str, rows: list[dict[str, Any]]) -> None:
    """Each operator does what the language says of it."""
    names = [{name.lower(): value for name, value in row.items()} for row in ask(query).rows]

    assert names == [{name.lower(): value for name, value in row.items()} for row in rows]


@pytest.mark.parametrize(
    ("query", "code", "column", "token"),
    [
        ("resources | where name ==", "ParserFailure", 25, "<EOF>"),
        ("resources | where name == 'x", "ParserFailure", 26, "'"),
        ("resources where", "ParserFailure", 10, "where"),
        ("resources | parse id with *", "InvalidQueryLanguage", 12, "parse"),
        ("resources | project frob(name)", "InvalidQueryLanguage", 20, "frob"),
        ("resources | join kind=anti (extensions) on id", "InvalidQueryLanguage", 22, "anti"),
        ("virtualmachines | count", "DisallowedLogicalTableName", 0, "virtualmachines"),
        ("resources | where nme == 'x'", "InvalidQuery", 18, "nme"),
        ("resources | where name > 'x'", "InvalidQuery", 23, ">"),
        ("resources | where name", "InvalidQuery", 18, "name"),
        ("resources | summarize count() by properties.status", "InvalidQuery", 44, "status"),
        ("resources | summarize name by id", "InvalidQuery", 22, "name"),
        ("resources | order by properties.status", "InvalidQuery", 32, "status"),
        ("resources | join (extensions) on $left.properties == $right.id", "InvalidQuery", 39, "properties"),
        ("resources | project bin(name, 1)", "InvalidQuery", 20, "bin"),
        ("resources | project -name", "InvalidQuery", 20, "-"),
        ("resources | project name + 1", "InvalidQuery", 25, "+"),
        ("resources | take 99999999999999999999", "ParserFailure", 17, "99999999999999999999"),
    ],
)
def test_a_mistake_has_its_place(ask: Ask, query: str, code: str, column: int, token: str) -> None:
    """What is refused says what is wrong and where it stands."""
    with pytest.raises(QueryError) as refused:
        ask(query)

    error = refused.value
    assert (error.code, error.place.line, error.place.column, error.place.text) == (code, 1, column, token)


def test_lines_are_counted(ask: Ask) -> None:
    """A mistake in the third line is said to be there."""
    with pytest.raises(QueryError) as refused:
        ask("resources\n| where name == 'x'\n  | wher id")

    assert (refused.value.place.line, refused.value.place.column) == (3, 4)


@pytest.mark.parametrize(
    "query", ["where " + "(" * 4000 + "true", "where 1" + "+1" * 9000 + " > 2", "take 1" + "| take 1" * 3000]
)
def test_a_monstrous_query_is_refused_or_answered(ask: Ask, query: str) -> None:
    """No query is so deep that it breaks something."""
    try:
        total = ask(query).total
    except QueryError as error:
        total = len(error.message)

    assert total > 0


def test_pages_cover_all_rows(ask: Ask) -> None:
    """`skip` and `top` cut the result; its size is that of the whole; `take` puts an end to paging."""
    first, second = ask("resources | project name", top=3), ask("resources | project name", skip=3, top=3)

    assert [row["name"] for row in first.rows + second.rows] == ["Box-0", "Box-1", "Box-2", "Box-3"]
    assert (first.total, first.can_go_on) == (4, True)
    assert not ask("resources | take 4", top=3).can_go_on
    assert len(ask("resources | take 4", skip=2).rows) == 4
    assert not ask("resources | project tags", top=3).can_go_on


_WORDS = """
resources where project extend summarize order by top take count distinct mv-expand join kind = inner on id name tags
properties properties.status ( ) [ ] , | == =~ != !in in~ between .. has ! and or not( tostring( bin( count( * %
arg_max( dcount( make_set( 'x' "y" 1 2.5 1d now( datetime(2026-01-01) dynamic( { } : null true asc nulls first - + /
$left . ;
"""
_QUERIES = st.lists(st.sampled_from(_WORDS.split()), max_size=14).map(" ".join) | st.text(max_size=40)


@settings(max_examples=2 * settings().max_examples)
@given(_QUERIES)
def test_any_text_is_answered_or_refused(text: str) -> None:
    """Whatever a client sends, the answer is rows or a refusal with a place."""
    row = {"id": "/m/0", "name": "Box", "tags": {"a": [1]}, "properties": {"status": "Connected", "n": 1}}
    columns = {"id": "string", "name": "string", "tags": "dynamic", "properties": "dynamic"}
    tables = {"resources": Source(columns, lambda: [[dict(row)]])}
    with contextlib.suppress(QueryError):
        found = asyncio.run(run(f"resources | {text}", tables, 0.0, skip=0, top=10))
        assert all(set(row) == set(found.columns) for row in found.rows)


_KINDS = {"s": "string", "n": "long", "r": "real", "b": "bool", "t": "datetime", "d": "dynamic"}
_PYTHON = {"string": str, "long": int, "real": int | float, "bool": bool, "datetime": str, "timespan": str,
           "dynamic": object}  # fmt: skip
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
)
_VALUES = st.fixed_dictionaries({
    "s": st.text(max_size=3), "n": st.none() | st.integers(-(2**63), 2**63 - 1), "b": st.none() | st.booleans(),
    "r": st.none() | st.floats(allow_nan=False), "t": st.none() | st.datetimes(timezones=st.just(UTC)), "d": _JSON,
})  # fmt: skip
_LEAVES = st.sampled_from([*_KINDS, "d.x", "d[0]", "'a'", "2", "1.5", "true", "1h", "now()", "dynamic([1, 'a'])"])
_CALLS = (
    "tostring({0})", "tolong({0})", "split({0}, {1})", "bin({0}, {1})", "iff({0}, {1}, {1})", "-{0}", "not({0})",
    "tolower({0})", "({0} + {1})", "({0} / {1})", "({0} == {1})", "({0} < {1})", "({0} has {1})", "({0} in ({1}))",
    "({0} and {1})", "todatetime({0})", "substring({0}, {1})", "array_length({0})", "isempty({0})",
    "coalesce({0}, {1})", "extract({0}, {1}, {0})", "strcat_array({0}, {1})", "datetime_diff('day', {0}, {1})",
    "ago({0})", "set_has_element({0}, {1})", "({0} matches regex {1})", "pack({0}, {1})",
)  # fmt: skip


def _compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(lambda call, one, two: call.format(one, two), st.sampled_from(_CALLS), inner, inner)


@settings(max_examples=2 * settings().max_examples)
@given(st.recursive(_LEAVES, _compound, max_leaves=4), _VALUES)
def test_no_value_breaks_an_expression(text: str, row: dict[str, Any]) -> None:
    """An expression that is accepted has a value of the type it promises, or null, for every row there can be."""
    tables = {"resources": Source(_KINDS, lambda: [[dict(row)]])}
    with contextlib.suppress(QueryError):
        found = asyncio.run(run(f"resources | project x = {text}", tables, 0.0, skip=0, top=1))
        value = found.rows[0]["x"]
        assert value is None or isinstance(value, _PYTHON[found.columns["x"]])
