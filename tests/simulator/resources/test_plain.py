"""Bodies read by a shape: what is kept, what is ignored, what is refused and how it is said."""

from __future__ import annotations

import contextlib
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, UnsetType

from simulator.errors import ApiError
from simulator.resources.plain import kept, patched


class Inner(msgspec.Struct, rename="camel"):
    """An object within the properties."""

    core_count: int | UnsetType = UNSET


class Shape(msgspec.Struct, rename="camel"):
    """Properties with one of each."""

    name: str | UnsetType = UNSET
    inner: Inner | UnsetType = UNSET
    kind: str = "plain"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, {"kind": "plain"}),
        ({"properties": None}, {"kind": "plain"}),
        ({"properties": {"name": None, "readOnly": 1}}, {"kind": "plain"}),
        ({"properties": {"inner": {"coreCount": 2, "id": "x"}}}, {"kind": "plain", "inner": {"coreCount": 2}}),
        ({"properties": {"inner": {"coreCount": None}}}, {"kind": "plain", "inner": {}}),
    ],
)
def test_what_is_kept(body: dict[str, Any], expected: dict[str, Any]) -> None:
    """Members of the shape are kept, with defaults; null is absent, the others are ignored."""
    assert kept(Shape, body) == expected


class Free(msgspec.Struct, rename="camel"):
    """Properties with JSON of any form beside some that are described."""

    rule: dict[str, Any] = {}
    parameters: dict[str, dict[str, Any]] = {}
    anything: Any = UNSET
    notes: dict[str, str] | None = None
    inners: list[Inner] = []


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"rule": {"if": {"equals": None, "in": [None, {"a": None}]}}},) * 2,
        ({"parameters": {"p": {"value": None}, "q": None}}, {"parameters": {"p": {"value": None}}}),
        ({"anything": {"a": None}},) * 2,
        ({"anything": None, "rule": None}, {}),
        ({"notes": {"a": "b", "c": None}}, {"notes": {"a": "b"}}),
        ({"inners": [{"coreCount": None}]}, {"inners": [{}]}),
    ],
    ids=["object", "objects", "value", "member", "texts", "list"],
)
def test_nulls_in_free_json_are_kept(properties: dict[str, Any], expected: dict[str, Any]) -> None:
    """What the shape describes is without nulls; what it leaves open is as it came."""
    assert kept(Free, {"properties": properties}) == kept(Free, {}) | expected


class Needy(Shape, rename="camel", kw_only=True):
    """Properties of which one has to be there."""

    key: str


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, {"name": "a", "kind": "own", "inner": {"coreCount": 2, "number": 7}}),
        ({"name": None}, {"kind": "own", "inner": {"coreCount": 2, "number": 7}}),
        ({"kind": None}, {"name": "a", "kind": "plain", "inner": {"coreCount": 2, "number": 7}}),
        ({"inner": {"coreCount": None}}, {"name": "a", "kind": "own", "inner": {"number": 7}}),
        ({"inner": None, "kind": "new"}, {"name": "a", "kind": "new"}),
        ({"readOnly": None}, {"name": "a", "kind": "own", "inner": {"coreCount": 2, "number": 7}}),
    ],
    ids=["nothing", "optional", "default", "inner", "object", "read-only"],
)
def test_what_a_patch_takes_away(change: dict[str, Any], expected: dict[str, Any]) -> None:
    """Null takes away what a client may write; what has a default has it again, what is not named stays."""
    before = {"name": "a", "kind": "own", "inner": {"coreCount": 2, "number": 7}}
    shape = msgspec.defstruct("Patch", [("name", str | UnsetType, UNSET), ("inner", Inner | UnsetType, UNSET),
                                        ("kind", str | UnsetType, UNSET)])  # fmt: skip

    assert patched(before, shape, Shape, {"properties": change}) == expected


def test_what_cannot_be_taken_away() -> None:
    """A property that has to be there cannot be null."""
    shape = msgspec.defstruct("Patch", [("key", str | UnsetType, UNSET)])
    with pytest.raises(ApiError, match="The property 'key' cannot be null"):
        patched({"key": "k", "kind": "own"}, shape, Needy, {"properties": {"key": None}})


def test_a_refusal_names_the_place() -> None:
    """What is wrong and where stands in the text."""
    with pytest.raises(ApiError) as refused:
        kept(Shape, {"properties": {"inner": {"coreCount": "two"}}})

    assert (refused.value.status, refused.value.code) == (400, "InvalidRequestContent")
    assert "`$.properties.inner.coreCount`" in refused.value.message


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["name", "inner", "coreCount"]), inner),
    max_leaves=6,
)


@given(_JSON)
def test_any_properties_are_kept_or_refused(properties: Any) -> None:
    """Nothing but a refusal comes out of a body that cannot be used."""
    found: dict[str, Any] = {}
    with contextlib.suppress(ApiError):
        found = kept(Shape, {"properties": properties})

    assert set(found) <= {"name", "inner", "kind"}
