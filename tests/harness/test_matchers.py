"""Matchers say what is wrong, or nothing."""

from __future__ import annotations

import pytest

from harness.matchers import exit_mismatch, number_mismatch, text_mismatch
from harness.model.expectation import Range, Text


@pytest.mark.parametrize(
    ("expected", "seen", "problem"),
    [
        (Text(contains="b"), "abc", ""),
        (Text(contains=("b", "d")), "abc", "lacks 'd'"),
        (Text(lacks="b"), "abc", "has 'b'"),
        (Text(equals="abc"), "abc\n", ""),
        (Text(equals="ab"), "abc", "is not 'ab'"),
        (Text(equals=""), "", ""),
        (Text(equals=""), "noise", "is not ''"),
        (Text(matches="^b"), "a\nb", ""),
        (Text(matches="^c"), "a\nb", "does not match '^c'"),
    ],
)
def test_text(expected: Text, seen: str, problem: str) -> None:
    """A text holds, lacks, equals or matches."""
    assert text_mismatch(expected, seen) == problem


@pytest.mark.parametrize(
    ("expected", "seen", "problem"),
    [
        (1, 1, ""),
        (1, 2, "is 2, not 1"),
        (Range(min=2), 1, "is 1, less than 2"),
        (Range(max=2), 3, "is 3, more than 2"),
        (Range(min=1, max=3), 3, ""),
    ],
)
def test_number(expected: int | Range, seen: int, problem: str) -> None:
    """A number is another or lies between bounds."""
    assert number_mismatch(expected, seen) == problem


@pytest.mark.parametrize(
    ("expected", "seen", "problem"),
    [
        (0, 0, ""),
        (0, 100, "is 100, not 0"),
        ((0, 100), 100, ""),
        ("any", 7, ""),
        ("any", None, "did not end in time"),
        ("nonzero", 3, ""),
        ("nonzero", 0, "is 0"),
        ("nonzero", None, "did not end in time"),
    ],
)
def test_exit(expected: int | tuple[int, ...] | str, seen: int | None, problem: str) -> None:
    """A command that did not end matches nothing, not even 'nonzero'."""
    assert exit_mismatch(expected, seen) == problem
