"""`/tenants` and `/subscriptions`: what signing in needs. Source: `az login` and the SDKs; OpenAPI of 2022-12-01."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from simulator.authorization import can_see
from simulator.call import Call
from simulator.resources.entities import Subscription
from simulator.resources.locations import LOCATIONS, Location
from simulator.services.arm.answers import with_body
from simulator.services.arm.names import Parts
from simulator.store import Store
from simulator.tenancy import need_subscription


def subscription_id(store: Store, parts: Parts) -> str:
    """Give a subscription's ARM id in canonical casing."""
    return f"/subscriptions/{need_subscription(store, parts['subscription']).key}"


def tenants(_store: Store, call: Call, _parts: Parts) -> Response:
    """List tenants: the caller's own. Assumed: nobody is a guest in another one; names."""
    tenant = call.tenant
    domain = f"{tenant.partition('-')[0]}.onmicrosoft.com"
    shown = {"id": f"/tenants/{tenant}", "tenantId": tenant, "tenantCategory": "Home", "countryCode": "US",
             "displayName": "arclab", "domains": [domain], "defaultDomain": domain, "tenantType": "AAD"}  # fmt: skip
    return with_body(call, {"value": [shown]})


def list_all(store: Store, call: Call, _parts: Parts) -> Response:
    """List the subscriptions of the caller's tenant in which the caller has a role somewhere."""
    found = [
        shown(item)
        for item in store.all(Subscription)
        if item.tenant_id == call.tenant and can_see(store, call.caller, f"/subscriptions/{item.key}")
    ]
    return with_body(call, {"value": found, "count": {"type": "Total", "value": len(found)}})


def get(store: Store, call: Call, parts: Parts) -> Response:
    """Give one subscription."""
    return with_body(call, shown(need_subscription(store, parts["subscription"])))


def locations(store: Store, call: Call, parts: Parts) -> Response:
    """List the regions that a subscription can use: all that are imitated."""
    subscription = subscription_id(store, parts)
    return with_body(call, {"value": [_location(subscription, location) for location in LOCATIONS.values()]})


def shown(item: Subscription) -> dict[str, Any]:
    """Give a subscription as ARM shows it."""
    policies = {"locationPlacementId": "Public_2014-09-01", "quotaId": "PayAsYouGo_2014-09-01", "spendingLimit": "Off"}
    return {"id": f"/subscriptions/{item.key}", "subscriptionId": item.key, "tenantId": item.tenant_id,
            "displayName": item.name, "state": "Enabled", "authorizationSource": "RoleBased", "managedByTenants": [],
            "subscriptionPolicies": policies, "tags": item.tags}  # fmt: skip


def _location(subscription: str, location: Location) -> dict[str, Any]:
    pair = [{"name": location.pair, "id": f"{subscription}/locations/{location.pair}"}]
    return {
        "id": f"{subscription}/locations/{location.name}", "name": location.name, "type": "Region",
        "displayName": location.display, "regionalDisplayName": f"({location.group}) {location.display}",
        "metadata": {"regionType": "Physical", "regionCategory": "Recommended", "geography": location.geography,
                     "geographyGroup": location.group, "latitude": location.latitude,
                     "longitude": location.longitude, "physicalLocation": location.place, "pairedRegion": pair},
    }  # fmt: skip
