"""Members that bodies of different ARM resources have in common, read with ARM's refusals."""

from __future__ import annotations

import re
from typing import Any

from simulator.errors import ApiError

_REGION = re.compile(r"[a-z][a-z0-9]{2,49}")


def location_of(body: dict[str, Any]) -> str:
    """Give the region as paths write it, or an empty text. Source: bodies may say `East US`.

    Raises: ApiError 400 for what is no region's name. Source: the code. Assumed: each name that has the form is one.
    """
    given = body.get("location") or ""
    location = given.replace(" ", "").lower() if isinstance(given, str) else str(given)
    if location and not _REGION.fullmatch(location):
        message = f"The provided location '{location}' is not available for this resource type."
        raise ApiError(400, "LocationNotAvailableForResourceType", message)
    return location


def object_of(holder: dict[str, Any], name: str, otherwise: dict[str, Any] | None = None) -> dict[str, Any]:
    """Give a member that is an object; `otherwise`, or an empty one, when it is absent. Raises: ApiError 400."""
    value = holder.get(name, otherwise)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ApiError(400, "InvalidRequestContent", f"The property '{name}' must be an object.")
    return value


def text_of(holder: dict[str, Any], name: str) -> str:
    """Give a member that is a text; an empty one when it is absent or null. Raises: ApiError 400."""
    value = holder.get(name)
    if value is not None and not isinstance(value, str):
        raise ApiError(400, "InvalidRequestContent", f"The property '{name}' must be a text.")
    return value or ""


def merged(before: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """Give an object after a JSON merge patch (RFC 7396): objects merge, null takes away, the rest replaces."""
    after = dict(before)
    for name, value in change.items():
        if value is None:
            after.pop(name, None)
        elif isinstance(value, dict):
            held = after.get(name)
            after[name] = merged(held if isinstance(held, dict) else {}, value)
        else:
            after[name] = value
    return after


def refuse_move(name: str, held: str, wanted: str) -> None:
    """Refuse another location than the resource has. Raises: ApiError 409 `InvalidResourceLocation`."""
    if wanted and wanted != held:
        message = f"The resource '{name}' exists in '{held}'; it cannot be in '{wanted}' too."
        raise ApiError(409, "InvalidResourceLocation", message)
