"""Tags of a body, read with ARM's refusals.

Source: the documented limits; codes and texts from public ARM errors where they are quoted below.
"""

from __future__ import annotations

import re
from typing import Any

from simulator.errors import ApiError
from simulator.resources.request_body import object_of

_MOST = 50  # on one thing
_LONGEST_NAME = 512
_LONGEST_VALUE = 256
_RESERVED = re.compile(r"[<>%&\\?/\x00-\x1f\x7f]")
_HIDDEN = ("hidden-", "link:")  # beginnings of names in which every character is allowed


def tags_of(body: dict[str, Any]) -> dict[str, str]:
    """Give the tags, all as texts; null is an empty one. Raises: ApiError 400 when they cannot be tags.

    Assumed: what becomes of values that are no texts; the code for a name that is empty, or there twice.
    """
    tags = {name: _text(name, value) for name, value in object_of(body, "tags").items()}
    refuse_many(tags)
    _check_names(tags)
    for value in tags.values():
        if len(value) > _LONGEST_VALUE:
            message = (
                f"Tag value too large. Following tag value '{value}' exceeded the maximum length. Maximum allowed "
                f"length for tag value - '{_LONGEST_VALUE}' characters."
            )
            raise ApiError(400, "InvalidTagValueLength", message)
    return tags


def refuse_many(tags: dict[str, str]) -> None:
    """Refuse more tags than one thing can have. Raises: ApiError 400 `TooManyTags`."""
    if len(tags) > _MOST:
        message = f"The number of tags '{len(tags)}' exceeds the maximum of '{_MOST}'."
        raise ApiError(400, "TooManyTags", message)


def _text(name: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict | list):
        raise ApiError(400, "InvalidRequestContent", f"The value of the tag '{name}' must be a text.")
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _check_names(tags: dict[str, str]) -> None:
    """Raises: ApiError 400 `InvalidTagNameCharacters`, `InvalidTagName`."""
    reserved = [name for name in tags if _RESERVED.search(name) and not name.lower().startswith(_HIDDEN)]
    if reserved:
        message = (
            f"The tag names '{', '.join(reserved)}' have reserved characters '<,>,%,&,\\,?,/' or control characters."
        )
        raise ApiError(400, "InvalidTagNameCharacters", message)
    if len(set(map(str.lower, tags))) < len(tags):
        raise ApiError(400, "InvalidTagName", f"Of the tag names '{', '.join(tags)}' two are the same.")
    for name in tags:
        if not name:
            raise ApiError(400, "InvalidTagName", "A tag name is empty.")
        if len(name) > _LONGEST_NAME:
            message = (
                f"Tag key too large. Following tag name '{name}' exceeded the maximum length. Maximum allowed length "
                f"for tag name - '{_LONGEST_NAME}' characters."
            )
            raise ApiError(400, "InvalidTagName", message)
