"""Expressions in brackets."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.policy.expressions import ExpressionError, Functions, resolved

FUNCTIONS: Functions = {"parameters": {"a": "x", "list": [1, {"b": "y"}]}.__getitem__, "field": lambda _: None}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"), ("[[escaped]", "[escaped]"), ("[parameters('a')]", "x"),
        ("[concat('it''s ', parameters('a'), -1)]", "it's x-1"), ("[parameters('list')[1].b]", "y"),
        ("[if(equals(parameters('a'), 'X'), 'yes', 'no')]", "yes"), ("[toLower('ABC')]", "abc"),
        ("[last(split('a/b', '/'))]", "b"), ("[field('name')]", None),
    ],
)  # fmt: skip
def test_an_expression_is_computed(text: str, value: object) -> None:
    """Texts that are no expressions stay as they are."""
    assert resolved(text, FUNCTIONS) == value


def test_expressions_inside_are_computed_too() -> None:
    """Objects and lists keep their shape."""
    assert resolved({"a": ["[parameters('a')]", 1]}, FUNCTIONS) == {"a": ["x", 1]}


@pytest.mark.parametrize(
    "text", ["[frob()]", "[parameters('none')]", "[concat('a']", "[parameters]", "[]", "[concat('a') x]", "[first(1)]",
             "[parameters('a').b]", "[" + "concat(" * 99 + ")" * 99 + "]"],
)  # fmt: skip
def test_what_cannot_be_computed_is_refused(text: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(ExpressionError):
        resolved(text, FUNCTIONS)


_WORDS = ["concat(", "if(", "parameters(", "split(", "'a'", "'b'", ",", ")", "[", "]", ".", "1", "-2", "x", "equals("]


@given(st.lists(st.sampled_from(_WORDS), max_size=9).map("".join) | st.text(max_size=20))
def test_any_text_is_computed_or_refused(text: str) -> None:
    """Whatever a definition holds, nothing else happens."""
    with contextlib.suppress(ExpressionError):
        resolved(f"[{text}]", FUNCTIONS)
