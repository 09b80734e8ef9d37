"""Resources whose type is a row: bodies read by the type's shape, resources made, changed and shown."""

from __future__ import annotations

from typing import Any

import msgspec

from simulator.errors import ApiError
from simulator.resources.entities import Resource
from simulator.resources.request_body import object_of


def kept(shape: type[msgspec.Struct], body: dict[str, Any]) -> dict[str, Any]:
    """Give the `properties` of a body as far as a shape has them; the others are ignored, as read-only ones are.

    A property that is null counts as absent. Raises: ApiError 400 `InvalidRequestContent`, which names the place.
    """
    given = {name: value for name, value in object_of(body, "properties").items() if value is not None}
    try:
        value = msgspec.convert(given, shape)
    except msgspec.ValidationError as error:
        reason = str(error).replace("`$", "`$.properties")
        message = f"The request content was invalid and could not be deserialized: {reason}."
        raise ApiError(400, "InvalidRequestContent", message) from error
    found: dict[str, Any] = msgspec.to_builtins(value)
    return found


def principal_of(resource: Resource) -> str:
    """Give the object id of a resource's own identity; an empty text for one that has none."""
    identity = resource.members.get("identity")
    return str(identity.get("principalId", "")) if isinstance(identity, dict) else ""
