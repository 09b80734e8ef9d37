"""`Microsoft.Authorization/policyDefinitions`: the built-in ones, and those of a subscription.

Source: the API of policy definitions. Assumed: codes of refusals where public errors do not show them.
"""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.responses import Response

from simulator.call import Call
from simulator.errors import ApiError
from simulator.policy.definitions import built_in, rule_of
from simulator.policy.expressions import ExpressionError
from simulator.resources.entities import Resource
from simulator.services.arm.answers import with_body
from simulator.services.arm.names import Parts
from simulator.services.arm.odata import Filter
from simulator.services.arm.plain import shown
from simulator.services.arm.plain_type import PlainType, Statuses
from simulator.store import Store
from simulator.tenancy import need_subscription

NAME = "Microsoft.Authorization/policyDefinitions"


class Definition(msgspec.Struct, rename="camel"):
    """What a client may write of a definition."""

    policy_rule: dict[str, Any]
    display_name: str = ""
    description: str = ""
    mode: str = "All"
    metadata: dict[str, Any] = {}
    parameters: dict[str, dict[str, Any]] = {}


def _complete(_store: Store, resource: Resource, _before: Resource | None) -> Resource:
    """Refuse a rule that has no condition or no effect. Raises: ApiError 400 `InvalidPolicyRule`."""
    try:
        rule = rule_of({**resource.properties, "parameters": {}}, _sample(resource))
        rule.is_about({})
    except (ExpressionError, AttributeError, TypeError, RecursionError) as error:
        message = f"Failed to parse policy rule of '{resource.name}': {error}"
        raise ApiError(400, "InvalidPolicyRule", message) from error
    return resource


def _sample(resource: Resource) -> dict[str, Any]:
    """Give a value for each parameter, so that the effect can be read: its default, or the first that is allowed."""
    wanted = resource.properties["parameters"]
    chosen = {name: (one.get("defaultValue"), next(iter(one.get("allowedValues") or []), "audit"))
              for name, one in wanted.items()}  # fmt: skip
    return {name: {"value": allowed if default is None else default} for name, (default, allowed) in chosen.items()}


def _view(_store: Store, resource: Resource) -> dict[str, Any]:
    return {**resource.properties, "policyType": "Custom"}


DEFINITIONS = PlainType(
    name=NAME, within="subscription", verbs=("put", "delete"), is_tracked=False, shape=Definition, state="",
    statuses=Statuses(updated=201), complete=_complete, view=_view,
)  # fmt: skip


def find(store: Store, definition_id: str) -> dict[str, Any] | None:
    """Give a definition as ARM shows it, by its id in any case; None when there is none."""
    name = definition_id.rpartition("/")[2].lower()
    made = store.get(Resource, definition_id)
    if made is not None and made.type == NAME:
        return shown(DEFINITIONS, store, made)
    return built_in().get(name) if definition_id.lower() == f"/providers/{NAME}/{name}".lower() else None


def list_all(store: Store, call: Call, parts: Parts) -> Response:
    """List the built-in definitions and, of a subscription, its own, as far as `$filter` wants them."""
    found = list(built_in().values())
    if "subscription" in parts:
        scope = f"/subscriptions/{need_subscription(store, parts['subscription']).key}/"
        mine = [one for one in store.find(Resource, "type", NAME) if one.key.startswith(scope)]
        found += [shown(DEFINITIONS, store, one) for one in mine]
    wanted = Filter(call.query("$filter"))
    return with_body(call, {"value": [one for one in found if wanted.matches(_values(one))]})


def get(store: Store, call: Call, parts: Parts) -> Response:
    """Give a definition, of a subscription also a built-in one. Raises: ApiError 404 `PolicyDefinitionNotFound`."""
    name = parts["name"]
    places = [f"/subscriptions/{parts['subscription']}"] if "subscription" in parts else []
    for place in (*places, ""):
        found = find(store, f"{place}/providers/{NAME}/{name}")
        if found is not None:
            return with_body(call, found)
    raise ApiError(404, "PolicyDefinitionNotFound", f"The policy definition '{name}' could not be found.")


def _values(definition: dict[str, Any]) -> dict[str, Any]:
    properties = definition["properties"]
    return {"policytype": properties["policyType"], "category": (properties.get("metadata") or {}).get("category")}
