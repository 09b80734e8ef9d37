"""Resources whose type is a row: bodies read by the type's shape, resources made, changed and shown."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec
from msgspec import inspect

from simulator.errors import ApiError
from simulator.resources.entities import Resource
from simulator.resources.request_body import merged, object_of


def kept(shape: type[msgspec.Struct], body: dict[str, Any]) -> dict[str, Any]:
    """Give the `properties` of a body as far as a shape has them; the others are ignored, as read-only ones are.

    What is null counts as absent at any depth that the shape describes; free JSON (`Any`) is kept as it came.
    Raises: ApiError 400 `InvalidRequestContent`, which names the place.
    """
    given = _without_nulls(object_of(body, "properties"), _described(shape))
    try:
        value = msgspec.convert(given, shape)
    except msgspec.ValidationError as error:
        reason = str(error).replace("`$", "`$.properties")
        message = f"The request content was invalid and could not be deserialized: {reason}."
        raise ApiError(400, "InvalidRequestContent", message) from error
    found: dict[str, Any] = msgspec.to_builtins(value)
    return found


def patched(
    before: dict[str, Any], patch: type[msgspec.Struct], shape: type[msgspec.Struct], body: dict[str, Any]
) -> dict[str, Any]:
    """Give properties after a PATCH: what is null is taken away, the rest merges; others than `patch` has are ignored.

    What `shape` has a default for has it again. Raises: ApiError 400 also where a property cannot be without a value.
    Source: ARM's contract with providers asks for JSON merge patch (RFC 7396).
    """
    after = merged(before, kept(patch, body))
    names = {field.encode_name for field in msgspec.structs.fields(patch)}
    nulls = {name: value for name, value in _nulls(object_of(body, "properties")).items() if name in names}
    gone = [name for name, value in nulls.items() if value is None]
    return merged(after, nulls) | _defaults(shape, gone)


_described = cache(inspect.type_info)


def _without_nulls(value: Any, kind: inspect.Type) -> Any:
    """Give a value without the nulls in what a type describes."""
    if isinstance(kind, inspect.UnionType):
        wanted = inspect.ListType if isinstance(value, list) else inspect.StructType | inspect.DictType
        kind = next((one for one in kind.types if isinstance(one, wanted)), kind)
    if isinstance(kind, inspect.StructType) and isinstance(value, dict):
        kinds = {field.encode_name: field.type for field in kind.fields}
        return {name: _without_nulls(value[name], kinds[name]) for name in kinds if value.get(name) is not None}
    if isinstance(kind, inspect.DictType) and isinstance(value, dict):
        inner, is_free = kind.value_type, isinstance(kind.value_type, inspect.AnyType)
        return {name: _without_nulls(one, inner) for name, one in value.items() if is_free or one is not None}
    if isinstance(kind, inspect.ListType) and isinstance(value, list):
        return [_without_nulls(one, kind.item_type) for one in value]
    return value


def _nulls(given: dict[str, Any]) -> dict[str, Any]:
    """Give the members that are null, and the objects that have some."""
    found = {name: _nulls(value) if isinstance(value, dict) else value for name, value in given.items()}
    return {name: value for name, value in found.items() if value is None or (isinstance(value, dict) and value)}


def _defaults(shape: type[msgspec.Struct], names: list[str]) -> dict[str, Any]:
    """Give the values of properties that nobody has given. Raises: ApiError 400 for one that has to be given."""
    found = {}
    for field in msgspec.structs.fields(shape):
        if field.encode_name not in names:
            continue
        if field.required:
            raise ApiError(400, "InvalidRequestContent", f"The property '{field.encode_name}' cannot be null.")
        value = field.default_factory() if field.default is msgspec.NODEFAULT else field.default
        if value is not msgspec.UNSET:
            found[field.encode_name] = msgspec.to_builtins(value)
    return found


def principal_of(resource: Resource) -> str:
    """Give the object id of a resource's own identity; an empty text for one that has none."""
    identity = resource.members.get("identity")
    return str(identity.get("principalId", "")) if isinstance(identity, dict) else ""
