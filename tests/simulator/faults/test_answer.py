"""answer gives what the fault says, instead of what the cloud would."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("body", "sent", "content_type"),
    [
        (None, b"", None),
        ("<html>", b"<html>", "text/plain; charset=utf-8"),
        ({"a": [1]}, b'{"a":[1]}', "application/json"),
        ([], b"[]", "application/json"),
        (False, b"false", "application/json"),
    ],
)
def test_the_body(apply: Callable[..., Any], body: object, sent: bytes, content_type: str | None) -> None:
    """A text is sent as it is, anything else as JSON."""
    found = asyncio.run(apply("answer", status=200, body=body))

    assert (found.status_code, found.body, found.headers.get("content-type")) == (200, sent, content_type)


def test_the_headers(apply: Callable[..., Any]) -> None:
    """Headers of the fault win over what would be sent."""
    found = asyncio.run(apply("answer", body="x", retry_after_s=7, headers={"Content-Type": "text/html", "X-A": "b"}))

    assert found.status_code == 503
    assert (found.headers["retry-after"], found.headers["content-type"], found.headers["x-a"]) == (
        "7",
        "text/html",
        "b",
    )
