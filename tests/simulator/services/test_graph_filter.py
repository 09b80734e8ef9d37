"""Filters of Microsoft Graph, in the forms that clients write."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import ApiError
from simulator.services.graph_filter import is_chosen

ONE = {"id": "1", "displayName": "O'Hara and sons", "servicePrincipalNames": ["a", "B"], "mail": None}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", True), ("id eq '1'", True), ("id eq '2'", False), ("displayName eq 'o''hara and sons'", True),
        ("startswith(displayName,'O''')", True), ("startsWith(displayName, 'x')", False), ("mail eq 'x'", False),
        ("servicePrincipalNames/any(c:c eq 'b')", True), ("servicePrincipalNames/any(c:c eq 'c')", False),
        ("id eq '2' or id eq '1'", True), ("id eq '1' and id eq '2'", False), ("nothing eq 'x'", False),
        ("id/any(x:x eq '1')", False), ("id eq '1' AND startswith(displayName,'o')", True),
    ],
)  # fmt: skip
def test_what_is_chosen(text: str, expected: bool) -> None:
    """Case does not matter in values; a quote in a value is written twice."""
    assert is_chosen(ONE, text) is expected


@pytest.mark.parametrize(
    "text", ["id", "id ne '1'", "id eq 1", "id eq '1' and id eq '1' or id eq '1'", "(", "not id eq '1'"]
)
def test_what_is_not_understood(text: str) -> None:
    """It is refused with Graph's code."""
    with pytest.raises(ApiError) as refused:
        is_chosen(ONE, text)

    assert (refused.value.status, refused.value.code) == (400, "Request_UnsupportedQuery")


@given(st.text(max_size=40))
def test_any_text_is_judged_or_refused(text: str) -> None:
    """Nothing else happens."""
    with contextlib.suppress(ApiError):
        assert is_chosen(ONE, text) in (True, False)


@given(st.text(max_size=20))
def test_every_name_is_found_by_itself(name: str) -> None:
    """Whatever letters it has."""
    assert is_chosen({"displayName": name}, "displayName eq '" + name.replace("'", "''") + "'")
