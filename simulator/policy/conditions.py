"""The `if` of a policy rule: conditions on fields of a resource, joined by `allOf`, `anyOf` and `not`.

Source: the documented conditions. Texts are compared without regard to case; a field that a resource lacks is null,
for which the negated conditions hold. `count` and `[*]` are not supported.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Callable
from typing import Any

from simulator.policy.expressions import ExpressionError, Functions, resolved

_PLAIN = ("name", "type", "location", "kind", "id", "tags")


def holds(condition: Any, resource: dict[str, Any], functions: Functions) -> bool:
    """Say whether a condition holds for a resource as ARM shows it. Raises: ExpressionError for one that is none."""
    if not isinstance(condition, dict):
        raise ExpressionError("A condition must be an object.")
    if "allOf" in condition:
        return all(holds(one, resource, functions) for one in _listed(condition["allOf"]))
    if "anyOf" in condition:
        return any(holds(one, resource, functions) for one in _listed(condition["anyOf"]))
    if "not" in condition:
        return not holds(condition["not"], resource, functions)
    value = _value_of(condition, resource, functions)
    for name, test in _TESTS.items():
        if name in condition:
            return test(value, resolved(condition[name], functions))
    raise ExpressionError(f"The condition has none of the operators {', '.join(_TESTS)}.")


def types_of(condition: Any) -> set[str]:
    """Give the resource types, in lower case, that a condition names; none when it names none."""
    if isinstance(condition, list):
        return {name for one in condition for name in types_of(one)}
    if not isinstance(condition, dict):
        return set()
    if condition.get("field") == "type":
        wanted = condition.get("equals") or condition.get("in") or []
        return {str(name).lower() for name in (wanted if isinstance(wanted, list) else [wanted])}
    return types_of([condition.get("allOf"), condition.get("anyOf")])


def field_of(resource: dict[str, Any], name: str) -> Any:
    """Give a field of a resource: a plain one, `tags.x`, or an alias such as `Microsoft.X/kinds/member.inner`."""
    if name.lower() in _PLAIN:
        return resource.get(name.lower())
    if name.lower().startswith("tags"):
        wanted = name[4:].strip(".[]'").lower()
        tags = resource.get("tags") or {}
        return next((value for tag, value in tags.items() if tag.lower() == wanted), None)
    kind = str(resource.get("type", "")).lower()
    if not name.lower().startswith(f"{kind}/"):
        return None
    value: Any = resource.get("properties")
    for part in name[len(kind) + 1 :].split("."):
        members = value if isinstance(value, dict) else {}
        value = next((member for key, member in members.items() if key.lower() == part.lower()), None)
    return value


def _value_of(condition: dict[str, Any], resource: dict[str, Any], functions: Functions) -> Any:
    if "field" in condition:
        return field_of(resource, str(resolved(condition["field"], functions)))
    if "value" in condition:
        return resolved(condition["value"], functions)
    raise ExpressionError("A condition needs 'field' or 'value'.")


def _listed(conditions: Any) -> list[Any]:
    if not isinstance(conditions, list):
        raise ExpressionError("'allOf' and 'anyOf' must be lists.")
    return conditions


def _folded(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _equals(value: Any, wanted: Any) -> bool:
    if isinstance(value, bool) or isinstance(wanted, bool):
        return str(value).lower() == str(wanted).lower()
    return bool(_folded(value) == _folded(wanted))


def _like(value: Any, pattern: Any) -> bool:
    return isinstance(value, str) and fnmatch.fnmatchcase(value.lower(), str(pattern).lower())


def _in(value: Any, wanted: Any) -> bool:
    return isinstance(wanted, list) and any(_equals(value, one) for one in wanted)


def _contains(value: Any, wanted: Any) -> bool:
    if isinstance(value, list):
        return any(_equals(one, wanted) for one in value)
    return isinstance(value, str) and str(wanted).lower() in value.lower()


def _contains_key(value: Any, wanted: Any) -> bool:
    return isinstance(value, dict) and str(wanted).lower() in (key.lower() for key in value)


def _exists(value: Any, wanted: Any) -> bool:
    return (value is not None) == (str(wanted).lower() == "true")


def _compared(is_so: Callable[[int], bool]) -> Callable[[Any, Any], bool]:
    """Give a comparison of two numbers, or of two texts (Source: as moments are compared, by their letters)."""

    def compare(value: Any, wanted: Any) -> bool:
        is_same = isinstance(value, str) == isinstance(wanted, str)
        if value is None or not is_same or not isinstance(value, str | int | float):
            return False
        return is_so((_folded(value) > _folded(wanted)) - (_folded(value) < _folded(wanted)))

    return compare


_POSITIVE: dict[str, Callable[[Any, Any], bool]] = {
    "equals": _equals, "like": _like, "in": _in, "contains": _contains, "containsKey": _contains_key,
}  # fmt: skip
_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    **_POSITIVE, "exists": _exists, "less": _compared(lambda order: order < 0),
    "lessOrEquals": _compared(lambda order: order <= 0), "greater": _compared(lambda order: order > 0),
    "greaterOrEquals": _compared(lambda order: order >= 0),
    "notEquals": lambda value, wanted: not _equals(value, wanted),
    "notLike": lambda value, wanted: not _like(value, wanted), "notIn": lambda value, wanted: not _in(value, wanted),
    "notContains": lambda value, wanted: not _contains(value, wanted),
    "notContainsKey": lambda value, wanted: not _contains_key(value, wanted),
}  # fmt: skip
