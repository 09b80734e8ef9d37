"""Which bodies Resource Manager reads."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

Arm = Callable[..., httpx.Response]


@pytest.mark.parametrize(
    "kind", ["application/json", "Application/JSON; charset=utf-8", "text/json", "application/merge-patch+json"]
)
def test_json_is_read(arm: Arm, kind: str) -> None:
    """Whatever JSON calls itself, with parameters or without."""
    made = arm("PUT", "{S}/resourcegroups/rg9", content=b'{"location": "eastus"}', headers={"Content-Type": kind})

    assert made.status_code == 201


@pytest.mark.parametrize(
    ("headers", "shown"),
    [
        ({"Content-Type": "application/x-www-form-urlencoded"}, "application/x-www-form-urlencoded"),
        ({"Content-Type": "text/plain; charset=utf-8"}, "text/plain"),
        ({}, "<null>"),
    ],
)
def test_another_type_is_refused(arm: Arm, headers: dict[str, str], shown: str) -> None:
    """A body that is no JSON, or does not say so, is named; nothing is made."""
    answer = arm("PUT", "{S}/resourcegroups/rg9", content=b'{"location": "eastus"}', headers=headers)

    assert (answer.status_code, answer.json()["error"]["code"]) == (415, "UnsupportedMediaType")
    assert f"'{shown}'" in answer.json()["error"]["message"]
    assert arm("GET", "{S}/resourcegroups/rg9").status_code == 404


def test_without_a_body_no_type_is_needed(arm: Arm) -> None:
    """Clients send no type with an empty POST."""
    assert arm("POST", "{S}/providers/Microsoft.Advisor/register").status_code == 200
