"""Tags of a body."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.errors import ApiError
from simulator.resources.tags import tags_of


def test_values_are_texts() -> None:
    """What JSON has besides texts becomes one, as JSON writes it; null is an empty one, and no tags are none."""
    given = {"text": "é", "number": 1.5, "yes": True, "no": False, "nothing": None}

    assert tags_of({"tags": given}) == {"text": "é", "number": "1.5", "yes": "true", "no": "false", "nothing": ""}
    assert tags_of({"tags": None}) == tags_of({}) == {}


@pytest.mark.parametrize("tags", [{"n" * 512: "v" * 256}, {"hidden-link:/a/b": "x"}, {str(n): "" for n in range(50)}])
def test_what_is_just_allowed(tags: dict[str, str]) -> None:
    """The longest name and value, the most tags, and every character in a name that is hidden."""
    assert tags_of({"tags": tags}) == tags


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ([], "InvalidRequestContent"),
        ({"a": {}}, "InvalidRequestContent"),
        ({"a": ["b"]}, "InvalidRequestContent"),
        ({str(n): "" for n in range(51)}, "TooManyTags"),
        *(({f"a{sign}b": "v"}, "InvalidTagNameCharacters") for sign in "<>%&\\?/\n"),
        ({"": "v"}, "InvalidTagName"),
        ({"A": "v", "a": "w"}, "InvalidTagName"),
        ({"n" * 513: "v"}, "InvalidTagName"),
        ({"n": "v" * 257}, "InvalidTagValueLength"),
    ],
)
def test_what_is_refused(tags: Any, expected: str) -> None:
    """Each limit has its own code."""
    with pytest.raises(ApiError) as caught:
        tags_of({"tags": tags})

    assert (caught.value.status, caught.value.code) == (400, expected)
