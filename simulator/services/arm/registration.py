"""Whether a subscription may use a resource provider."""

from __future__ import annotations

from simulator.errors import ApiError
from simulator.resources.entities import Provider
from simulator.resources.providers import PROVIDERS, canonical_namespace, provider_id
from simulator.store import Store


def registration_state(store: Store, subscription: str, namespace: str) -> str:
    """Give `Registered`, `NotRegistered` or `Unregistered`; the subscription is given by its id."""
    known = PROVIDERS.get(canonical_namespace(namespace))
    if known is not None and not known.is_registered:
        return "Registered"
    found = store.get(Provider, provider_id(subscription, namespace))
    return found.state if found else "NotRegistered"


def need_registered(store: Store, subscription: str, namespace: str) -> None:
    """Refuse to go on while a subscription has not registered a namespace.

    Raises: ApiError 409 `MissingSubscriptionRegistration`. Source: SDK and CLI take the namespace between single
    quotes out of the text, the SDK for Go takes it from the details; each then registers it by itself.
    """
    if registration_state(store, subscription, namespace) != "Registered":
        code, target = "MissingSubscriptionRegistration", canonical_namespace(namespace)
        message = (
            f"The subscription is not registered to use namespace '{target}'. See https://aka.ms/rps-not-found for how "
            "to register subscriptions."
        )
        details = [{"code": code, "target": target, "message": message}]
        raise ApiError(409, code, message, extra={"details": details})
