"""The operators that give a truth, on values of fitting types. null is neither true nor false.

Source: the Kusto query language reference: operators without `_cs` and those with `~` do not mind case; `has` looks
for whole terms; null equals nothing, and two nulls compare as null.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from simulator.kusto.values import Value, text_of

Truth = bool | None


def equal(left: Value, right: Value) -> Truth:
    """Say whether two values of one type are equal."""
    return None if left is None and right is None else left == right


def not_equal(left: Value, right: Value) -> Truth:
    """Say whether two values of one type differ."""
    return None if left is None and right is None else left != right


def less(left: Value, right: Value) -> Truth:
    """Say whether one value comes before another."""
    return None if left is None or right is None else left < right


def less_or_equal(left: Value, right: Value) -> Truth:
    """Say whether one value does not come after another."""
    return None if left is None or right is None else left <= right


def equal_text(left: Value, right: Value) -> bool:
    """`=~`: equal without regard to case."""
    return text_of(left).lower() == text_of(right).lower()


def contains_cs(left: Value, right: Value) -> bool:
    """Say whether a text holds another."""
    return text_of(right) in text_of(left)


def contains(left: Value, right: Value) -> bool:
    """Say whether a text holds another, without regard to case."""
    return text_of(right).lower() in text_of(left).lower()


def startswith_cs(left: Value, right: Value) -> bool:
    """Say whether a text begins with another."""
    return text_of(left).startswith(text_of(right))


def startswith(left: Value, right: Value) -> bool:
    """Say whether a text begins with another, without regard to case."""
    return text_of(left).lower().startswith(text_of(right).lower())


def endswith_cs(left: Value, right: Value) -> bool:
    """Say whether a text ends with another."""
    return text_of(left).endswith(text_of(right))


def endswith(left: Value, right: Value) -> bool:
    """Say whether a text ends with another, without regard to case."""
    return text_of(left).lower().endswith(text_of(right).lower())


def has_cs(left: Value, right: Value) -> bool:
    """Say whether a text holds another as a whole term: no letter or digit beside it."""
    return _term(text_of(right)).search(text_of(left)) is not None


def has(left: Value, right: Value) -> bool:
    """Say whether a text holds another as a whole term, without regard to case."""
    return _term(text_of(right).lower()).search(text_of(left).lower()) is not None


def has_any(left: Value, *terms: Value) -> bool:
    """Say whether a text has one of the terms, given one by one or in an array."""
    return any(has(left, term) for term in flat(terms))


def has_all(left: Value, *terms: Value) -> bool:
    """Say whether a text has all of the terms."""
    return all(has(left, term) for term in flat(terms))


def matches_regex(left: Value, right: Value) -> Truth:
    """Say whether a part of a text matches; null for an expression that cannot be used."""
    pattern = _pattern(text_of(right))
    return None if pattern is None else pattern.search(text_of(left)) is not None


def flat(items: tuple[Value, ...]) -> list[Value]:
    """Give the items, and the elements of those that are arrays."""
    return [element for item in items for element in (item if isinstance(item, list) else [item])]


@lru_cache(maxsize=256)
def _term(text: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![^\W_]){re.escape(text)}(?![^\W_])")


@lru_cache(maxsize=256)
def _pattern(text: str) -> re.Pattern[str] | None:
    try:
        return re.compile(text)
    except re.error:
        return None


#: Operators between texts. Those with `!` in front are made of these.
TEXT: dict[str, Callable[[Value, Value], Truth]] = {
    "=~": equal_text, "contains_cs": contains_cs, "contains": contains, "startswith_cs": startswith_cs,
    "startswith": startswith, "endswith_cs": endswith_cs, "endswith": endswith, "has_cs": has_cs, "has": has,
    "matches regex": matches_regex,
}  # fmt: skip
