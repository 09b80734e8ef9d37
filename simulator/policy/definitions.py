"""Policy definitions: the built-in ones that concern connected machines, and what a definition's rule says.

The built-in ones are data in `built_in.json`. Source: their published ids, names, effects and rules. Assumed: our own
descriptions, no list of regions, and all but the id of the one that switches automatic upgrades on.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from simulator.policy.conditions import field_of, holds, types_of
from simulator.policy.expressions import ExpressionError, Functions, resolved

_FILE = Path(__file__).with_name("built_in.json")
PREFIX = "/providers/Microsoft.Authorization/policyDefinitions/"
#: Effects that look for a related resource.
IF_NOT_EXISTS = ("auditifnotexists", "deployifnotexists")


class Rule(NamedTuple):
    """A definition's rule with the parameters of an assignment. `effect` is in lower case."""

    condition: Any
    effect: str
    details: dict[str, Any]
    functions: Functions

    def is_about(self, resource: dict[str, Any]) -> bool:
        """Say whether the condition holds for a resource. Raises: ExpressionError."""
        return holds(self.condition, resource, self._functions_on(resource))

    @property
    def looks_for_related(self) -> bool:
        """Say whether its condition tells which resources it is about, and something else whether they comply."""
        return self.effect in IF_NOT_EXISTS

    def may_be_about(self, kind: str) -> bool:
        """Say whether it can be about resources of a type."""
        types = types_of(self.condition)
        return not types or kind.lower() in types

    def exists(self, related: dict[str, Any]) -> bool:
        """Say whether a related resource is what has to exist. Raises: ExpressionError."""
        is_kind = str(related.get("type", "")).lower() == str(self.details.get("type", "")).lower()
        condition = self.details.get("existenceCondition")
        return is_kind and (condition is None or holds(condition, related, self._functions_on(related)))

    def deployed(self, resource: dict[str, Any]) -> list[dict[str, Any]]:
        """Give the resources that the deployment for a resource has. Raises: ExpressionError."""
        properties = (self.details.get("deployment") or {}).get("properties") or {}
        given = resolved(properties.get("parameters") or {}, self._functions_on(resource))
        template = properties.get("template") or {}
        values = {
            name.lower(): wanted.get("defaultValue") for name, wanted in (template.get("parameters") or {}).items()
        }
        values |= {name.lower(): wanted.get("value") for name, wanted in given.items()}
        functions: Functions = {"parameters": lambda name: values[name.lower()]}
        variables = {
            name.lower(): value for name, value in resolved(template.get("variables") or {}, functions).items()
        }
        functions["variables"] = lambda name: variables[name.lower()]
        found: list[dict[str, Any]] = resolved(template.get("resources") or [], functions)
        return found

    def modified(self, resource: dict[str, Any], kind: str) -> dict[str, Any]:
        """Give the body of a PATCH that does the operations of a `modify`; `kind` is what its aliases begin with.

        Raises: ExpressionError for an operation other than `addOrReplace`, or a field that is no property.
        """
        properties: dict[str, Any] = {}
        for operation in resolved(self.details.get("operations") or [], self._functions_on(resource)):
            verb, field = str(operation.get("operation")), str(operation.get("field"))
            if verb.lower() != "addorreplace" or not field.lower().startswith(kind.lower()):
                raise ExpressionError(f"'{verb}' of '{field}' is not imitated.")
            *path, last = field[len(kind) :].split(".")
            place = properties
            for name in path:
                place = place.setdefault(name, {})
            place[last] = operation.get("value")
        return {"properties": properties}

    def _functions_on(self, resource: dict[str, Any]) -> Functions:
        return {**self.functions, "field": lambda name: field_of(resource, name)}


@cache
def built_in() -> dict[str, dict[str, Any]]:
    """Give the built-in definitions as ARM shows them, by name in lower case."""
    found = {}
    for name, properties in msgspec.json.decode(_FILE.read_bytes()).items():
        shown = {**properties, "policyType": "BuiltIn", "mode": "Indexed"}
        found[name.lower()] = {"id": f"{PREFIX}{name}", "name": name,
                               "type": "Microsoft.Authorization/policyDefinitions", "properties": shown}  # fmt: skip
    return found


def missing_parameters(definition: dict[str, Any], given: dict[str, Any]) -> list[str]:
    """Give the names of parameters that an assignment has to give and does not."""
    names = {name.lower() for name in given}
    wanted = definition.get("parameters") or {}
    return [name for name, one in wanted.items() if one.get("defaultValue") is None and name.lower() not in names]


def needs_identity(definition: dict[str, Any]) -> bool:
    """Say whether a definition can deploy, so that its assignments need an identity.

    Source: the refusal says so: what the definition can do counts, not the effect that is chosen.
    """
    details = ((definition.get("policyRule") or {}).get("then") or {}).get("details") or {}
    return any(details.get(name) is not None for name in ("deployment", "operations"))


def rule_of(definition: dict[str, Any], given: dict[str, Any]) -> Rule:
    """Give a definition's rule; `given` are an assignment's parameters, `{name: {"value": ...}}`.

    Raises: ExpressionError.
    """
    wanted = definition.get("parameters") or {}
    values = {name.lower(): one.get("defaultValue") for name, one in wanted.items()}
    values |= {name.lower(): one.get("value") for name, one in given.items()}
    functions: Functions = {"parameters": lambda name: values[name.lower()]}
    rule = definition.get("policyRule") or {}
    then = rule.get("then") or {}
    effect = resolved(then.get("effect"), functions)
    if not isinstance(effect, str):
        raise ExpressionError("The effect is not a text.")
    return Rule(rule.get("if"), effect.lower(), then.get("details") or {}, functions)
