"""The judge by published descriptions is judged: by real recorded answers, which it must accept, and by wrong ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.exchanges import Exchange
from tests.conformance.published import Published

PATH = "/subscriptions/s/things/t"
GOOD: dict[str, Any] = {"id": "/t", "properties": {"state": "New", "made": "2026-07-16T03:31:53.3801279Z", "parts": []}}
DESCRIPTION = {
    "swagger": "2.0", "info": {"version": "2024-01-01"},
    "paths": {"/subscriptions/{id}/things/{name}": {"get": {
        "operationId": "Things_Get",
        "responses": {"200": {"schema": {"$ref": "#/definitions/Thing"}}, "default": {"schema": {"type": "object"}}},
    }}},
    "definitions": {
        "Named": {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]},
        "Thing": {
            "allOf": [{"$ref": "#/definitions/Named"}], "properties": {"properties": {"$ref": "#/definitions/More"}}
        },
        "More": {"type": "object", "properties": {
            "state": {"type": "string", "enum": ["Old"], "x-ms-enum": {"name": "State", "modelAsString": True}},
            "kind": {"type": "string", "enum": ["A"]},
            "made": {"type": "string", "format": "date-time"},
            "parts": {"type": "array", "items": {"$ref": "#/definitions/Thing"}},
        }},
    },
}  # fmt: skip


def answer(body: Any, status: int = 200) -> Exchange:
    """Give an answer of the described operation."""
    return Exchange("GET", f"https://localhost{PATH}?api-version=2024-02-01", None, status, {}, body)


@pytest.fixture
def things(tmp_path: Path) -> Published:
    """Give a description of one operation."""
    (tmp_path / "things.json").write_text(json.dumps(DESCRIPTION))
    return Published(tmp_path)


def test_a_good_answer(things: Published) -> None:
    """What is described is no mismatch, at any depth; nor is a path that nobody describes."""
    nested = {**GOOD, "properties": {"parts": [GOOD, {"id": "/u"}]}}

    assert things.mismatches(answer(GOOD)) == []
    assert things.mismatches(answer(nested)) == []
    assert things.mismatches(answer({"error": {}}, 404)) == []
    assert things.mismatches(Exchange("GET", "https://localhost/other", None, 200, {}, 1)) == []


@pytest.mark.parametrize(
    ("body", "status", "expected"),
    [
        ({}, 200, "/: 'id' is a required property"),
        ({"id": 1}, 200, "/id: 1 is not of type 'string'"),
        ({**GOOD, "nmae": "x"}, 200, "/: Additional properties are not allowed ('nmae' was unexpected)"),
        ({**GOOD, "properties": {"kind": "B"}}, 200, "/properties/kind: 'B' is not one of ['A']"),
        ({**GOOD, "properties": {"made": "today"}}, 200, "/properties/made: 'today' is not a 'date-time'"),
        (
            {**GOOD, "properties": {"parts": [{"id": None}]}},
            200,
            "/properties/parts/0/id: None is not of type 'string'",
        ),
        (GOOD, 201, "is none of 200, default"),
    ],
)
def test_a_wrong_answer(things: Published, body: Any, status: int, expected: str) -> None:
    """It is named with operation, version, request, status and JSON pointer."""
    found = things.mismatches(answer(body, status))

    assert found == [f"Things_Get (2024-01-01) GET {PATH} -> {status} {expected}"]


def test_real_answers_are_accepted(published: Published | None, recordings: dict[str, list[Exchange]]) -> None:
    """Recorded answers of the real service differ in nothing."""
    assert published is not None
    found = [text for recorded in recordings.values() for real in recorded for text in published.mismatches(real)]

    assert found == []


def test_a_member_is_seen_in_its_place_only(things: Published) -> None:
    """What real answers have in one place is unexpected in others."""
    body = {**GOOD, "properties": {"osInstallDate": "2026-01-01"}, "osInstallDate": "2026-01-01"}

    [found] = things.mismatches(answer(body))
    assert found.endswith("/: Additional properties are not allowed ('osInstallDate' was unexpected)")
