"""`/providers/{namespace}/operations` and `/providers/Microsoft.Authorization/providerOperations`.

Both say what roles can allow, and follow from the actions that routes need. Source: OpenAPI's examples of the forms.
Assumed: the words that people read.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from starlette.responses import Response

from simulator.call import Call
from simulator.errors import ApiError
from simulator.resources.providers import canonical_namespace
from simulator.services.arm.answers import with_body
from simulator.services.arm.names import Parts
from simulator.store import Store

_VERBS = {"read": "Read", "write": "Create or change", "delete": "Delete"}
_ORIGIN = "user,system"
_ALL = "/providers/Microsoft.Authorization/providerOperations"


class _Action(NamedTuple):
    """One action: the namespace and the type that it is about, and what it does in words."""

    name: str
    namespace: str
    kind: str
    verb: str

    @property
    def text(self) -> str:
        return f"{_VERBS.get(self.verb, self.verb)} {self.kind}".strip()


class ProviderOperations:
    """The handlers that tell all actions, by namespace and type; without `$expand=resourceTypes` types are left out."""

    def __init__(self, actions: Iterable[str]) -> None:
        self._by_namespace: dict[str, list[_Action]] = {}
        for action in _sorted(actions):
            self._by_namespace.setdefault(action.namespace, []).append(action)

    def list_all(self, _store: Store, call: Call, _parts: Parts) -> Response:
        """List every provider."""
        return with_body(call, {"value": [self._shown(call, namespace) for namespace in self._by_namespace]})

    def get(self, _store: Store, call: Call, parts: Parts) -> Response:
        """Give one provider. Raises: ApiError 404. Assumed: its code."""
        namespace = canonical_namespace(parts["namespace"])
        if namespace not in self._by_namespace:
            raise ApiError(404, "ProviderNotFound", f"The provider '{parts['namespace']}' was not found.")
        return with_body(call, self._shown(call, namespace))

    def list_own(self, _store: Store, call: Call, parts: Parts) -> Response:
        """List one provider's actions. Source: each provider has this list, and each SDK asks for it."""
        actions = self._by_namespace.get(canonical_namespace(parts["provider"]), [])
        return with_body(call, {"value": [_shown(action) for action in actions]})

    def _shown(self, call: Call, namespace: str) -> dict[str, Any]:
        actions = self._by_namespace[namespace]
        kinds = sorted({action.kind for action in actions if action.kind})
        is_expanded = call.query("$expand").lower() == "resourcetypes"
        return {
            "id": f"{_ALL}/{namespace}", "type": "Microsoft.Authorization/providerOperations", "name": namespace,
            "displayName": namespace, "operations": _operations(actions, ""),
            "resourceTypes": [
                {"name": kind, "displayName": kind, "operations": _operations(actions, kind)}
                for kind in (kinds if is_expanded else ())
            ],
        }  # fmt: skip


def _operations(actions: Iterable[_Action], kind: str) -> list[dict[str, Any]]:
    return [
        {"name": action.name, "displayName": action.text, "description": action.text, "origin": _ORIGIN,
         "properties": None, "isDataAction": False}
        for action in actions if action.kind == kind
    ]  # fmt: skip


def _sorted(actions: Iterable[str]) -> list[_Action]:
    """Give actions that name a namespace, once each, by name."""
    return [_read(action) for action in sorted(set(actions)) if "/" in action and "{" not in action]


def _read(action: str) -> _Action:
    path, _, verb = action.rpartition("/")
    if verb.lower() == "action":
        path, _, verb = path.rpartition("/")
    namespace, _, kind = path.partition("/")
    return _Action(action, canonical_namespace(namespace), kind, verb.lower() if verb.lower() in _VERBS else verb)


def _shown(action: _Action) -> dict[str, Any]:
    return {"name": action.name, "isDataAction": False, "origin": _ORIGIN,
            "display": {"provider": action.namespace, "resource": action.kind or action.verb, "operation": action.text,
                        "description": action.text}}  # fmt: skip
