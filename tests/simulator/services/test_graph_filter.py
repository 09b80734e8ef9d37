"""Filters of Microsoft Graph, in the forms that clients write."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import ApiError
from simulator.services.graph_filter import read_filter

ONE = {"id": "1", "displayName": "O'Hara and sons", "servicePrincipalNames": ["a", "B"], "mail": None}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", True), ("id eq '1'", True), ("id eq '2'", False), ("displayName eq 'o''hara and sons'", True),
        ("startswith(displayName,'O''')", True), ("startsWith(displayName, 'x')", False), ("mail eq 'x'", False),
        ("servicePrincipalNames/any(c:c eq 'b')", True), ("servicePrincipalNames/any(c:c eq 'c')", False),
        ("id eq '2' or id eq '1'", True), ("id eq '1' and id eq '2'", False), ("DisplayName eq 'x'", False),
        ("id eq '1' AND startswith(displayName,'o')", True),
    ],
)  # fmt: skip
def test_what_is_chosen(text: str, expected: bool) -> None:
    """Case does not matter in values; a quote in a value is written twice."""
    assert read_filter(text, ONE)(ONE) is expected


@pytest.mark.parametrize(
    "text",
    ["id", "id ne '1'", "id eq 1", "id eq '1' and id eq '1' or id eq '1'", "(", "not id eq '1'", "nothing eq 'x'",
     "id/any(x:x eq '1')", "servicePrincipalNames eq 'a'", "id eq '1' and", "id eq '1'and id eq '1'", "id eq '1' x",
     "servicePrincipalNames/any(a:b eq 'x')"],
)  # fmt: skip
def test_what_is_not_understood(text: str) -> None:
    """It is refused with Graph's code, before there is an object."""
    with pytest.raises(ApiError) as refused:
        read_filter(text, ONE)

    assert (refused.value.status, refused.value.code) == (400, "Request_UnsupportedQuery")


@given(st.text(max_size=40))
def test_any_text_is_judged_or_refused(text: str) -> None:
    """Nothing else happens."""
    with contextlib.suppress(ApiError):
        assert read_filter(text, ONE)(ONE) in (True, False)


@given(st.text(max_size=20))
def test_every_name_is_found_by_itself(name: str) -> None:
    """Whatever letters it has."""
    one = {"displayName": name}

    assert read_filter("displayName eq '" + name.replace("'", "''") + "'", one)(one)


def test_a_long_filter_is_read_at_once() -> None:
    """The time does not grow with the square of its length."""
    begun = time.process_time()
    assert read_filter(" and ".join(["id eq '1'"] * 20_000), ONE)(ONE)
    for text in ("id eq '" + "''" * 50_000, "id eq '1'" + " " * 50_000 + "x", "id" + " " * 50_000):
        with pytest.raises(ApiError):
            read_filter(text, ONE)

    assert time.process_time() - begun < 5
