"""Throttling as clients see it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

Arm = Callable[..., httpx.Response]
Control = Callable[..., httpx.Response]
Make = Callable[..., dict[str, Any]]
SUBSCRIPTION = "0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00b2"
PREFIX = "x-ms-ratelimit-remaining-"


def left(answer: httpx.Response) -> dict[str, int]:
    """Give what an answer says is left."""
    return {name.removeprefix(PREFIX): int(text) for name, text in answer.headers.items() if name.startswith(PREFIX)}


def test_headers_count_down(arm: Arm) -> None:
    """Each read takes one of the subscription's, whoever reads; deletes are counted on their own."""
    counts = [left(arm("GET", "{M}", who=who)) for who in ("owner", "owner", "reader")]

    assert counts == [{"subscription-global-reads": number} for number in (16499, 16498, 16497)]
    assert left(arm("DELETE", "{M}/none")) == {"subscription-deletes": 799, "subscription-global-deletes": 11999}


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("PUT", "{M}/box-1", {"subscription-resource-requests": 799}),
        ("PUT", "{S}/resourcegroups/rg9", {"subscription-writes": 799, "subscription-global-writes": 11999}),
        ("POST", "{S}/providers/Microsoft.Advisor/register",
         {"subscription-writes": 799, "subscription-global-writes": 11999}),
        ("GET", "/subscriptions", {"tenant-reads": 1099}),
        ("GET", "{S}/providers/Microsoft.HybridCompute/locations/eastus/updateCenterOperationResults/none",
         {"subscription-resource-requests": 1099}),
    ],
)  # fmt: skip
def test_which_headers(arm: Arm, method: str, path: str, expected: dict[str, int]) -> None:
    """The header depends on the method and on what the path is about, as in recorded answers."""
    options = {"json": {"location": "eastus"}} if method == "PUT" else {}

    assert left(arm(method, path, **options)) == expected


def test_too_many(arm: Arm, control: Control, make_machine: Make) -> None:
    """Over the limit is 429 with the moment to come again; nothing changes, and others go on."""
    make_machine()
    control("PUT", "/throttling", json={"deletes": {"size": 1, "per_s": 0.2}})
    arm("DELETE", "{M}/none")
    refused = arm("DELETE", "{M}/box-1")

    assert (refused.status_code, refused.headers["retry-after"], left(refused)) == (429, "5", {})
    assert refused.json()["error"] == {
        "code": "SubscriptionRequestsThrottled",
        "message": f"Number of requests for subscription '{SUBSCRIPTION}' and operation 'DELETE/SUBSCRIPTIONS/"
        "RESOURCEGROUPS/PROVIDERS/MICROSOFT.HYBRIDCOMPUTE/MACHINES/' exceeded the backend storage limit. Please try "
        "again after '5' seconds.",
    }
    assert arm("GET", "{M}/box-1").status_code == 200
    control("POST", "/clock", json={"advance_s": 5})
    assert arm("DELETE", "{M}/box-1").status_code == 202


def test_too_many_of_the_tenant(arm: Arm, control: Control) -> None:
    """Requests outside any subscription have buckets of the tenant, and a refusal of their own."""
    control("PUT", "/throttling", json={"reads": {"size": 1, "per_s": 1}})
    answers = [arm("GET", "/subscriptions", who=who) for who in ("owner", "owner", "neighbour")]

    assert [answer.status_code for answer in answers] == [200, 429, 200]
    assert answers[1].json()["error"]["code"] == "TooManyRequests"


def test_switched_off(arm: Arm, control: Control) -> None:
    """A cloud without throttling takes everything."""
    control("PUT", "/throttling", json={"enabled": False, "reads": {"size": 1, "per_s": 1}})

    assert [arm("GET", "{M}").status_code for _ in range(3)] == [200, 200, 200]


def test_who_has_no_token_is_not_counted(send: Arm, arm: Arm) -> None:
    """A refused token takes nothing from anybody."""
    send("GET", f"https://management.azure.com/subscriptions/{SUBSCRIPTION}?api-version=2022-12-01")

    assert left(arm("GET", "{S}")) == {"subscription-global-reads": 16499}
