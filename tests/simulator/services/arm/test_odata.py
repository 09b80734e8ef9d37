"""Filters of lists."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import ApiError
from simulator.services.arm.odata import Filter, top

VALUES = {"name": "Box-1", "location": "eastus", "age": 3.0, "when": 1_767_225_600.0, "kind": None, "a/b": "x'y",
          "count": 3, "compliant": False, "time": "2026-01-01T10:00:00.0000000Z"}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", True), ("  ", True), ("name eq 'box-1'", True), ("NAME EQ 'BOX-1'", True), ("name ne 'box-1'", False),
        ("name eq 'x' or location eq 'eastus'", True), ("name eq 'x' and location eq 'eastus'", False),
        ("name eq 'x' and name eq 'x' or location eq 'eastus'", True),
        ("name eq 'x' and (name eq 'x' or location eq 'eastus')", False), ("not (name eq 'x')", True),
        ("not not name eq 'x'", False), ("substringof('ox-', name)", True), ("substringof(name, 'ox-')", False),
        ("startswith(name,'BOX')", True), ("endswith(name, '2')", False), ("contains(name, 'x-1')", True),
        ("age gt 2 and age lt 4.5", True), ("age ge 3 and age le 3", True), ("a/b eq 'x''y'", True),
        ("when ge '2026-01-01T00:00:00Z' and when le 2026-01-01T00:00:00.0000000Z", True),
        ("when gt 2026-01-01T01:00:00+02:00", True), ("when lt 2025-12-31T23:59:59", False),
        ("when ge 2026-01-01 and when lt '2026-01-02'", True), ("when ge 2026-01-02", False),
        ("kind eq null", True), ("kind eq 'x'", False), ("kind ne 'x'", True), ("kind gt 'x'", False),
        ("count gt 2 and count lt 3.5 and count ne 4", True), ("compliant eq false", True), ("not compliant", True),
        ("time ge 2026-01-01T09:00:00+00:00 and time lt datetime'2026-01-01T11:00:00'", True),
        ("startswith(kind, 'x')", False), (" and ".join(["not (name eq 'x')"] * 60), True),
        ("known()", True), ("same('a','A')", True), ("true", True),
    ],
)  # fmt: skip
def test_filters(text: str, expected: bool) -> None:
    """What passes, and what does not."""
    functions: dict[str, Callable[..., bool]] = {"known": lambda: True, "same": lambda one, other: one == other}

    assert Filter(text).matches(VALUES, functions) is expected


@pytest.mark.parametrize(
    "text",
    ["name eq", "eq 'x'", "name eq 'x", "name = 'x'", "(name eq 'x'", "name eq 'x')", "name eq 'x' and",
     "f(", "f('a' 'b')", "substringof('x')", "not", "name eq ,", "'a' 'b'",
     "name like 'x'", "age eq 1x", "when gt datetime'soon'", "when gt 2026-99-01T00:00:00Z", "when gt 2026-99-01",
     "contains(" * 2000,
     "(" * 60 + "true" + ")" * 60, "not " * 60 + "true"],
)  # fmt: skip
def test_what_is_no_filter(text: str) -> None:
    """It is refused with ARM's code and named; nothing crashes, however deep it is."""
    with pytest.raises(ApiError, match=r"specified in the query string\..* at position \d+") as caught:
        Filter(text)

    assert (caught.value.status, caught.value.code) == (400, "InvalidFilterInQueryString")


@pytest.mark.parametrize("text", ["colour eq 'x'", "who()", "age eq 'x'", "when gt 'soon'", "same('a')",
                                  "name", "'a' and true", "compliant gt 1"])  # fmt: skip
def test_what_a_list_does_not_know(text: str) -> None:
    """An unknown name or function, or values that do not compare, are refused when they are asked for."""
    with pytest.raises(ApiError, match="specified in the query string"):
        Filter(text).matches(VALUES, {"same": lambda one, other: one == other})


@given(st.text(alphabet="name eqorndt()'x,/2026-T:Z ", max_size=40))
def test_any_text_is_a_filter_or_refused(text: str) -> None:
    """Nothing that a client writes is a mistake of ours."""
    with contextlib.suppress(ApiError):
        assert Filter(text).matches(VALUES) in (True, False)


@given(st.text(max_size=10))
def test_a_quoted_text_is_itself(text: str) -> None:
    """A text with its quotes doubled equals itself in any case, and something else does not."""
    quoted = text.replace("'", "''")

    assert Filter(f"name eq '{quoted}'").matches({"name": text.upper().lower()}) is (
        text.lower() == text.upper().lower()
    )


@pytest.mark.parametrize(("text", "expected"), [("", None), ("1", 1), ("100", 100)])
def test_top(text: str, expected: int | None) -> None:
    """A number from 1 on, or none."""
    assert top(text) == expected


@pytest.mark.parametrize("text", ["0", "-1", "x", "1.5", "²", "9999999999"])
def test_what_is_no_top(text: str) -> None:
    """Anything else is refused."""
    with pytest.raises(ApiError, match=r"of '\$top' is no number"):
        top(text)
