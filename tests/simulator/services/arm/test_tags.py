"""Filters on tags."""

from __future__ import annotations

import pytest

from simulator.services.arm.odata import Filter
from simulator.services.arm.tags import passes

TAGS = {"env": "prod", "team": "blue"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tagName eq 'env'", True), ("tagName eq 'env' and tagValue eq 'prod'", True),
        ("tagName eq 'env' and tagValue eq 'blue'", False), ("tagName eq 'x'", False), ("name eq 'n'", True),
    ],
)  # fmt: skip
def test_name_and_value_are_of_one_tag(text: str, expected: bool) -> None:
    """A tag has to pass as a whole."""
    assert passes(Filter(text), {"name": "n"}, TAGS) is expected


@pytest.mark.parametrize(("text", "expected"), [("tagName eq 'env'", False), ("name eq 'n'", True), ("", True)])
def test_what_has_no_tags(text: str, expected: bool) -> None:
    """It is found by what else it has."""
    assert passes(Filter(text), {"name": "n"}, {}) is expected
