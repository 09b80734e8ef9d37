"""Which tenants and subscriptions a cloud has, for every service that has to know."""

from __future__ import annotations

import re

from simulator.errors import ApiError
from simulator.resources.entities import Subscription, Tenant
from simulator.store import Store, follows_from

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def need_subscription(store: Store, name: str) -> Subscription:
    """Give a subscription by its id in any case. Raises: ApiError 404 `SubscriptionNotFound`, 400 for no GUID.

    Source: public ARM errors.
    """
    found = store.get(Subscription, name)
    if found is None:
        if not _GUID.fullmatch(name):
            message = f"The provided subscription identifier '{name}' is malformed or invalid."
            raise ApiError(400, "InvalidSubscriptionId", message)
        raise ApiError(404, "SubscriptionNotFound", f"The subscription '{name}' could not be found.")
    return found


def subscription_in(path: str) -> str:
    """Give the subscription that an ARM id or a path begins with, as it writes it; an empty text for another."""
    words = path.split("/", 3)
    return words[2] if len(words) > 2 and words[1].lower() == "subscriptions" else ""


def tenant_of(store: Store, subscription: str) -> str:
    """Give the tenant of a subscription by its id. Raises: ApiError 404 `SubscriptionNotFound`."""
    return need_subscription(store, subscription).tenant_id


def is_in_tenant_of(store: Store, resource_id: str, other_id: str) -> bool:
    """Say whether two ARM ids lie in subscriptions of one tenant: only then may a resource be bound to another one."""
    one, other = (store.get(Subscription, subscription_in(each)) for each in (resource_id, other_id))
    return one is not None and other is not None and one.tenant_id == other.tenant_id


@follows_from(Subscription, Tenant)
def tenant_ids(store: Store) -> tuple[str, ...]:
    """Give all tenants, sorted."""
    with_subscriptions = {subscription.tenant_id for subscription in store.all(Subscription)}
    return tuple(sorted(with_subscriptions | {tenant.key for tenant in store.all(Tenant)}))


def find_tenant(store: Store, name: str) -> str:
    """Give the id of a tenant by its id or a domain name, in any case; an empty text for none."""
    wanted = name.lower()
    by_id = next((known for known in tenant_ids(store) if known.lower() == wanted), "")
    return by_id or next((tenant.key for tenant in store.all(Tenant) if wanted in tenant.domains), "")


@follows_from(Subscription)
def home_tenant(store: Store) -> str:
    """Give the tenant of the case itself."""
    return next(subscription.tenant_id for subscription in store.all(Subscription) if subscription.is_home)
