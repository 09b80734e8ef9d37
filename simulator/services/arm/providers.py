"""`/subscriptions/{s}/providers`: resource providers, their types, and their registration.

Source: OpenAPI of Microsoft.Resources 2024-07-01; what SDK and CLI send.
"""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from simulator.call import Call
from simulator.errors import ApiError
from simulator.resources.entities import Provider
from simulator.resources.locations import LOCATIONS
from simulator.resources.providers import (
    PROVIDERS,
    KnownProvider,
    ResourceType,
    canonical_namespace,
    newest_version,
    provider_id,
)
from simulator.resources.transition import Transition
from simulator.services.arm.answers import with_body
from simulator.services.arm.by_id import KINDS
from simulator.services.arm.names import Parts
from simulator.services.arm.registration import registration_state
from simulator.store import Store
from simulator.tenancy import need_subscription


def list_all(store: Store, call: Call, parts: Parts) -> Response:
    """List all providers, registered or not; of the tenant when the path has no subscription."""
    return with_body(call, {"value": [_shown(store, parts, namespace) for namespace in PROVIDERS]})


def get(store: Store, call: Call, parts: Parts) -> Response:
    """Give one provider, registered or not. Raises: ApiError 404 `InvalidResourceNamespace`."""
    return with_body(call, _shown(store, parts, _namespace(parts)))


def register(store: Store, call: Call, parts: Parts) -> Response:
    """Register a provider. Assumed: no time passes until it is."""
    return _change(store, call, parts, "Registered")


def unregister(store: Store, call: Call, parts: Parts) -> Response:
    """Unregister a provider. Assumed: no time passes until it is not.

    Raises: ApiError 409 while the subscription has resources of it. Source: ARM refuses. Assumed: code and text.
    """
    subscription, namespace = need_subscription(store, parts["subscription"]).key, _namespace(parts)
    inside = f"/providers/{namespace}/".lower()
    for kind in KINDS:
        for item in store.below(kind, f"/subscriptions/{subscription}"):
            if inside in item.key.lower():
                message = f"The namespace '{namespace}' cannot be unregistered: '{item.key}' is a resource of it."
                raise ApiError(409, "Conflict", message)
    return _change(store, call, parts, "Unregistered")


def _change(store: Store, call: Call, parts: Parts, state: str) -> Response:
    subscription, namespace = need_subscription(store, parts["subscription"]).key, _namespace(parts)
    if PROVIDERS[namespace].is_registered:
        provider = Provider(key=provider_id(subscription, namespace), name=namespace, state=state)
        store.apply(Transition(call.operation, (provider,)))
    return get(store, call, parts)


def _namespace(parts: Parts) -> str:
    namespace = canonical_namespace(parts["provider"])
    if namespace not in PROVIDERS:
        raise ApiError(404, "InvalidResourceNamespace", f"The resource namespace '{namespace}' is invalid.")
    return namespace


def _shown(store: Store, parts: Parts, namespace: str) -> dict[str, Any]:
    known = PROVIDERS[namespace]
    types = [_type(kind) for kind in sorted(known.types)]
    if "subscription" not in parts:
        return {"id": f"/providers/{namespace}", "namespace": namespace, "resourceTypes": types}
    subscription = need_subscription(store, parts["subscription"]).key
    return {"id": provider_id(subscription, namespace), "namespace": namespace, "resourceTypes": types,
            "registrationState": registration_state(store, subscription, namespace),
            "registrationPolicy": _policy(known)}  # fmt: skip


def _policy(known: KnownProvider) -> str:
    return "RegistrationRequired" if known.is_registered else "RegistrationFree"


def _type(kind: ResourceType) -> dict[str, Any]:
    names = [location.display for location in LOCATIONS.values()] if kind.is_tracked else []
    return {"resourceType": kind.name, "locations": names, "apiVersions": list(kind.versions),
            "defaultApiVersion": newest_version(kind),
            "capabilities": "SupportsTags, SupportsLocation" if kind.is_tracked else "None"}  # fmt: skip
