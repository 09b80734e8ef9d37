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


def names(page: httpx.Response) -> list[str]:
    """Give the names on a page."""
    return [item["name"] for item in page.json()["value"]]


def test_a_link_keeps_what_else_was_asked(arm: Arm, four: None) -> None:
    """The link has the version, every other parameter, and one token, whatever token was given before."""
    link = arm("GET", LICENSES, params={"$filter": "a eq 'b'", "$SkipToken": "x"}).json()["nextLink"]
    asked = parse_qsl(urlsplit(link).query)

    assert asked[:2] == [("api-version", "2026-07-15"), ("$filter", "a eq 'b'")]
    assert [name for name, _ in asked[2:]] == ["$skiptoken"]
    assert names(arm("GET", link)) == ["l3"]


@pytest.mark.parametrize("given", ["x", "-1", "²", "4", "9" * 9, "9" * 5000, "_w==", "a b"])
def test_tokens_that_were_never_given(arm: Arm, four: None, given: str) -> None:
    """What is no token begins anew."""
    assert names(arm("GET", LICENSES, params={"$skiptoken": given})) == ["l0", "l1", "l2"]


@pytest.mark.parametrize("place", [LICENSES, "{G}/resources", "{G}/providers/Microsoft.HybridCompute/machines"])
def test_what_is_deleted_while_pages_are_read(arm: Arm, place: str) -> None:
    """Whoever deletes what a page told finds all the others behind the link; what is made behind it is told, too."""
    kind = "machines" if place.endswith("machines") else "licenses"
    path = f"{{G}}/providers/Microsoft.HybridCompute/{kind}"
    for number in range(7):
        arm("PUT", f"{path}/a{number}", json={"location": "eastus"}).raise_for_status()
    page = arm("GET", place)
    seen = names(page)
    while link := page.json().get("nextLink"):
        for name in names(page):
            arm("DELETE", f"{path}/{name}").raise_for_status()
        arm("PUT", f"{path}/B", json={"location": "eastus"}).raise_for_status()
        page = arm("GET", link)
        seen += names(page)

    assert seen == [*(f"a{number}" for number in range(7)), "B"]
