"""Which tenants and subscriptions a cloud has."""

from __future__ import annotations

import pytest

from simulator.errors import ApiError
from simulator.store import Store
from simulator.tenancy import home_tenant, is_in_tenant_of, need_subscription, subscription_in, tenant_ids, tenant_of

HOME, OTHER = "0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00a1", "0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00a2"
ELSEWHERE = "0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00b4"


def test_tenants(cloud_store: Store) -> None:
    """Two subscriptions of one tenant count once; the case's own tenant is home."""
    assert (tenant_ids(cloud_store), home_tenant(cloud_store)) == ((HOME, OTHER), HOME)
    assert tenant_of(cloud_store, ELSEWHERE.upper()) == OTHER


def test_an_unknown_subscription(cloud_store: Store) -> None:
    """A subscription that is not there is named, and one that cannot be."""
    none = "0b2f2ac6-0000-4b1c-9a4e-3f6d1d7b00a1"
    with pytest.raises(ApiError, match=f"The subscription '{none}' could not be found") as caught:
        need_subscription(cloud_store, none)
    assert (caught.value.status, caught.value.code) == (404, "SubscriptionNotFound")

    with pytest.raises(ApiError, match="The provided subscription identifier 'none' is malformed") as caught:
        need_subscription(cloud_store, "none")
    assert (caught.value.status, caught.value.code) == (400, "InvalidSubscriptionId")


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (f"/subscriptions/{ELSEWHERE[:-1]}3/x", True),
        (f"/subscriptions/{ELSEWHERE}/x", False),
        ("/x", False),
        ("", False),
    ],
)
def test_resources_of_one_tenant(cloud_store: Store, other: str, expected: bool) -> None:
    """Another subscription of the tenant will do; another tenant's, and what is in none, will not."""
    mine = f"/subscriptions/{ELSEWHERE[:-1]}2/resourceGroups/rg1"

    assert is_in_tenant_of(cloud_store, mine, other) is is_in_tenant_of(cloud_store, other, mine) is expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/subscriptions/S1/x", "S1"),
        ("/SUBSCRIPTIONS/s1", "s1"),
        ("/subscriptions", ""),
        ("/providers/s1", ""),
        ("", ""),
    ],
)
def test_the_subscription_of_a_path(path: str, expected: str) -> None:
    """Only what begins with a subscription has one."""
    assert subscription_in(path) == expected
