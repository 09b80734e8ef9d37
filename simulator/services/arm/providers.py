"""`/subscriptions/{s}/providers/{namespace}`: resource providers and their registration."""

from __future__ import annotations

from starlette.responses import Response

from simulator.call import Call
from simulator.errors import ApiError
from simulator.resources.entities import Provider
from simulator.resources.transition import Transition
from simulator.services.arm.answers import with_body
from simulator.services.arm.names import KNOWN_VERSIONS, NAMESPACE, Parts
from simulator.services.arm.subscriptions import subscription_id
from simulator.store import Store


def need_registered(store: Store) -> None:
    """Refuse to go on while the namespace is not registered.

    Raises: ApiError 409 `MissingSubscriptionRegistration`. Source: SDK and CLI take the namespace between single
    quotes out of the text.
    """
    if store.get(Provider, NAMESPACE) is None:
        raise ApiError(
            409,
            "MissingSubscriptionRegistration",
            f"The subscription is not registered to use namespace '{NAMESPACE}'. See "
            "https://aka.ms/rps-not-found for how to register subscriptions.",
        )


def get(store: Store, call: Call, parts: Parts) -> Response:
    """Give a provider, registered or not."""
    found = store.get(Provider, parts["provider"])
    name = found.key if found else parts["provider"]
    types = ["machines", "machines/extensions"] if name.lower() == NAMESPACE.lower() else []
    listed = [{"resourceType": kind, "locations": ["East US"], "apiVersions": list(KNOWN_VERSIONS)} for kind in types]
    return with_body(call, {"id": f"{subscription_id(store, parts)}/providers/{name}", "namespace": name,
                            "registrationState": found.state if found else "NotRegistered",
                            "resourceTypes": listed})  # fmt: skip


def register(store: Store, call: Call, parts: Parts) -> Response:
    """Register a provider. Assumed: no time passes until it is."""
    found = store.get(Provider, parts["provider"])
    given = parts["provider"]
    name = found.key if found else NAMESPACE if given.lower() == NAMESPACE.lower() else given
    store.apply(Transition("providers.register", (Provider(key=name),)))
    return get(store, call, parts)
