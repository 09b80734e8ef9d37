"""The limits of Resource Manager, set and read over the wire."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

Send = Callable[..., httpx.Response]


def code(answer: httpx.Response) -> tuple[int, str]:
    """Give status and error code of an answer."""
    return answer.status_code, answer.json()["error"]["code"]


def test_throttling_is_read_as_it_was_set(control: Send) -> None:
    """What is left out has its default, before and after."""
    before = control("GET", "/throttling").json()
    answer = control("PUT", "/throttling", json={"reads": {"size": 5, "per_s": 0.5}})

    assert (before, answer.status_code) == ({}, 204)
    assert control("GET", "/throttling").json() == {"reads": {"size": 5, "per_s": 0.5}}


@pytest.mark.parametrize(
    ("body", "reference"),
    [
        ({"reads": {"size": 0, "per_s": 1}}, "throttling"),
        ({"deletes": {"size": 1, "per_s": 0}}, "throttling"),
        ({"reads": {"size": 1}}, "body"),
        ({"reeds": {"size": 1, "per_s": 1}}, "body"),
        ({"enabled": "no"}, "body"),
    ],
)
def test_limits_that_cannot_be_set(control: Send, body: dict[str, Any], reference: str) -> None:
    """A mistake is named, and what was in force stays."""
    assert code(control("PUT", "/throttling", json=body)) == (400, reference)
    assert control("GET", "/throttling").json() == {}
