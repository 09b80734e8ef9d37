"""`/providers/Microsoft.HybridCompute/operations`: what roles can allow. Source: OpenAPI's example of the form.

Assumed: the words that people read.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from starlette.responses import Response

from simulator.call import Call
from simulator.services.arm.answers import with_body
from simulator.services.arm.names import NAMESPACE, Parts
from simulator.services.arm.route_tree import Handler
from simulator.store import Store

_VERBS = {"read": "Read", "write": "Create or change", "delete": "Delete"}


def lister(actions: Iterable[str]) -> Handler:
    """Give the handler that lists those actions that belong to the namespace, once each and sorted."""
    known = sorted({action for action in actions if action.startswith(f"{NAMESPACE}/")})
    shown = {"value": [_shown(action) for action in known]}

    def list_all(_store: Store, call: Call, _parts: Parts) -> Response:
        return with_body(call, shown)

    return list_all


def _shown(action: str) -> dict[str, Any]:
    path, _, verb = action.rpartition("/")
    if verb == "action":
        path, _, verb = path.rpartition("/")
    kind = path.removeprefix(NAMESPACE).strip("/")
    text = f"{_VERBS.get(verb, verb)} {kind}".strip()
    return {"name": action, "isDataAction": False, "origin": "user,system",
            "display": {"provider": "Microsoft.HybridCompute", "resource": kind or verb, "operation": text,
                        "description": text}}  # fmt: skip
