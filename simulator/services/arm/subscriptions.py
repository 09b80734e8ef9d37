"""`/tenants` and `/subscriptions`: what signing in needs. Source: `az login` and the SDKs."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from simulator.call import Call
from simulator.errors import ApiError
from simulator.resources.entities import Subscription
from simulator.services.arm.answers import with_body
from simulator.services.arm.names import Parts
from simulator.store import Store


def need_subscription(store: Store, name: str) -> Subscription:
    """Give a subscription by its id in any case. Raises: ApiError 404 `SubscriptionNotFound`."""
    found = store.get(Subscription, name)
    if found is None:
        raise ApiError(404, "SubscriptionNotFound", f"The subscription '{name}' could not be found.")
    return found


def subscription_id(store: Store, parts: Parts) -> str:
    """Give a subscription's ARM id in canonical casing."""
    return f"/subscriptions/{need_subscription(store, parts['subscription']).key}"


def tenants(store: Store, call: Call, _parts: Parts) -> Response:
    """List tenants."""
    found = sorted({subscription.tenant_id for subscription in store.all(Subscription)})
    return with_body(call, {"value": [{"id": f"/tenants/{tenant}", "tenantId": tenant} for tenant in found]})


def list_all(store: Store, call: Call, _parts: Parts) -> Response:
    """List subscriptions."""
    return with_body(call, {"value": [_shown(item) for item in store.all(Subscription)]})


def get(store: Store, call: Call, parts: Parts) -> Response:
    """Give one subscription."""
    return with_body(call, _shown(need_subscription(store, parts["subscription"])))


def _shown(item: Subscription) -> dict[str, Any]:
    policies = {"locationPlacementId": "Public_2014-09-01", "quotaId": "PayAsYouGo_2014-09-01", "spendingLimit": "Off"}
    return {"id": f"/subscriptions/{item.key}", "subscriptionId": item.key, "tenantId": item.tenant_id,
            "displayName": item.name, "state": "Enabled", "authorizationSource": "RoleBased", "managedByTenants": [],
            "subscriptionPolicies": policies}  # fmt: skip
