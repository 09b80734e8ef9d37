"""Filters as OData writes them."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import ApiError
from simulator.odata import read_filter

THING = {"category": "Cost", "resourcegroup": "rg1", "count": 3, "compliant": False, "time": "2026-01-01T10:00:00Z",
         "name": "it's", "nothing": None}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "is_true"),
    [
        ("", True),
        ("Category eq 'cost'", True),
        ("Category eq 'Cost' and ResourceGroup eq 'rg2'", False),
        ("Category eq 'x' or ResourceGroup eq 'RG1'", True),
        ("Category eq 'x' and Category eq 'x' or count gt 2", True),
        ("Category eq 'x' and (Category eq 'x' or count gt 2)", False),
        ("not (count le 2) and count lt 3.5 and count ge 3 and count ne 4", True),
        ("compliant eq false", True),
        ("time ge 2026-01-01T09:00:00+00:00 and time lt datetime'2026-01-01T11:00:00'", True),
        ("name eq 'it''s'", True),
        ("nothing eq null and missing eq null", True),
        ("missing gt 3", False),
        ("startswith(category, 'co') and endswith(category,'ST') and contains(category,'os')", True),
        ("substringof('os', category) and not startswith(category, 'x')", True),
    ],
)
def test_a_filter_is_a_condition(text: str, is_true: bool) -> None:
    """`and` binds closer than `or`; names and texts do not mind case."""
    assert read_filter(text)(THING.get) is is_true


@pytest.mark.parametrize(
    "text", ["category", "category eq", "category like 'x'", "(a eq 1", "a eq 1)", "eq 'x'", "a eq 'x", "f(a, 'x')",
             "startswith(a 'x')", "a eq 1 b eq 2", "(" * 99 + "a eq 1"],
)  # fmt: skip
def test_what_is_no_filter_is_refused(text: str) -> None:
    """The refusal names the place."""
    with pytest.raises(ApiError, match="at position") as refused:
        read_filter(text)

    assert (refused.value.status, refused.value.code) == (400, "InvalidFilterInQueryString")


_WORDS = "category eq 'x' and or not ( ) , startswith( contains( 1 2.5 null true 'a' ge 2026-01-01T00:00:00Z a/b"


@given(st.lists(st.sampled_from(_WORDS.split()), max_size=9).map(" ".join) | st.text(max_size=20))
def test_any_text_is_a_condition_or_refused(text: str) -> None:
    """Whatever a client sends, nothing else happens."""
    with contextlib.suppress(ApiError):
        assert read_filter(text)(THING.get) in (True, False)
