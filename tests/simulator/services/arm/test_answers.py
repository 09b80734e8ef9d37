"""Headers of every answer of Resource Manager, and the ids that a client gives and gets back."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

Arm = Callable[..., httpx.Response]
ALWAYS = (
    "cache-control", "pragma", "expires", "strict-transport-security", "x-content-type-options", "x-ms-request-id",
    "x-ms-correlation-request-id", "x-ms-routing-request-id",
)  # fmt: skip


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "{S}"), ("GET", "{G}9"), ("HEAD", "{G}"), ("DELETE", "{M}/none"), ("GET", "/nowhere")],
    ids=["body", "refusal", "no body", "nothing done", "unknown address"],
)
def test_every_answer_has_the_headers(arm: Arm, method: str, path: str) -> None:
    """Good answers, empty ones and refusals carry the same headers."""
    headers = arm(method, path).headers

    assert [name for name in ALWAYS if name not in headers] == []


@pytest.mark.parametrize(("wanted", "expected"), [("true", "mine"), ("TRUE", "mine"), ("false", None), ("", None)])
def test_ids_of_the_client(arm: Arm, wanted: str, expected: str | None) -> None:
    """The correlation id is kept; the client's own id comes back when it asks for it."""
    headers = {"x-ms-correlation-request-id": "c", "x-ms-client-request-id": "mine",
               "x-ms-return-client-request-id": wanted}  # fmt: skip
    found = arm("GET", "{S}", headers=headers).headers

    assert (found["x-ms-correlation-request-id"], found.get("x-ms-client-request-id")) == ("c", expected)
