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
from simulator.resources.plain import kept


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
    ],
)
def test_what_is_kept(body: dict[str, Any], expected: dict[str, Any]) -> None:
    """Members of the shape are kept, with defaults; null is absent, the others are ignored."""
    assert kept(Shape, body) == expected


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
