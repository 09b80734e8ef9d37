"""What a resource lies in or on, and how it is said that this is not there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from simulator.errors import ApiError
from simulator.services.arm.names import Parts
from simulator.services.arm.scopes import need_place, not_found
from simulator.store import Store

Make = Callable[..., dict[str, Any]]
SUBSCRIPTION = "0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00b2"
NONE = "0b2f2ac6-0000-4b1c-9a4e-3f6d1d7b00a1"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg1"
MACHINE = f"{GROUP}/providers/Microsoft.HybridCompute/machines/box-1"


def parts(scope: str, **named: str) -> Parts:
    """Give the parts of a path with a scope in capitals."""
    return {"scope": scope.upper(), **named}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (parts(f"/subscriptions/{SUBSCRIPTION}", subscription=SUBSCRIPTION.upper()), f"/subscriptions/{SUBSCRIPTION}"),
        (parts(GROUP, subscription=SUBSCRIPTION, group="RG1"), GROUP),
        ({"subscription": SUBSCRIPTION, "group": "RG1"}, GROUP),
        (parts(MACHINE, subscription=SUBSCRIPTION, group="RG1"), MACHINE),
    ],
    ids=["subscription", "group", "group without scope", "machine"],
)
def test_places_in_canonical_casing(cloud_store: Store, make_machine: Make, asked: Parts, expected: str) -> None:
    """Whatever letters a path has, the place has its own id and a location."""
    make_machine()

    assert need_place(cloud_store, asked) == (expected, "eastus")


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (parts(f"/subscriptions/{NONE}", subscription=NONE), "SubscriptionNotFound"),
        (parts("/x", subscription=SUBSCRIPTION, group="rg9"), "ResourceGroupNotFound"),
        (parts(f"{MACHINE}9", subscription=SUBSCRIPTION, group="rg1"), "ResourceNotFound"),
        (parts(""), "InvalidResourceType"),
    ],
    ids=["subscription", "group", "machine", "tenant"],
)
def test_places_that_are_not_there(cloud_store: Store, asked: Parts, expected: str) -> None:
    """The outermost that is missing is named."""
    with pytest.raises(ApiError) as refused:
        need_place(cloud_store, asked)

    assert (refused.value.status, refused.value.code) == (404, expected)


@pytest.mark.parametrize(
    ("resource_id", "type_and_name", "group"),
    [
        (MACHINE, "Microsoft.HybridCompute/machines/box-1", "rg1"),
        (f"{MACHINE}/extensions/e", "Microsoft.HybridCompute/machines/extensions/box-1/e", "rg1"),
        (f"/subscriptions/{SUBSCRIPTION}/providers/Ns/t/n", "Ns/t/n", "<null>"),
    ],
)
def test_the_text_names_types_then_names(resource_id: str, type_and_name: str, group: str) -> None:
    """A child is named as ARM names it: all types, then all names."""
    assert not_found(resource_id).message.startswith(f"The Resource '{type_and_name}' under resource group '{group}' ")
