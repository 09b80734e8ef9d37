"""Lists in pages: what a link keeps, and tokens that nobody has given."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

Arm = Callable[..., httpx.Response]
LICENSES = "{G}/providers/Microsoft.HybridCompute/licenses"


@pytest.fixture
def four(arm: Arm) -> None:
    """Make four licences, where three are a page."""
    for number in range(4):
        arm("PUT", f"{LICENSES}/l{number}", json={"location": "eastus"})


def test_a_link_keeps_what_else_was_asked(arm: Arm, four: None) -> None:
    """The link has the version, every other parameter, and one token, whatever token was given before."""
    link = arm("GET", LICENSES, params={"$filter": "a eq 'b'", "$SkipToken": "0"}).json()["nextLink"]

    assert parse_qsl(urlsplit(link).query) == [
        ("api-version", "2026-07-15"), ("$filter", "a eq 'b'"), ("$skiptoken", "3"),
    ]  # fmt: skip
    assert [item["name"] for item in arm("GET", link).json()["value"]] == ["l3"]


@pytest.mark.parametrize(("skip", "found"), [("x", 3), ("-1", 3), ("²", 3), ("4", 0), ("9" * 9, 0), ("9" * 5000, 3)])
def test_tokens_that_were_never_given(arm: Arm, four: None, skip: str, found: int) -> None:
    """What is no number begins anew, what is behind the end is empty."""
    assert len(arm("GET", LICENSES, params={"$skiptoken": skip}).json()["value"]) == found
