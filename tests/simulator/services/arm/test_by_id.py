"""Resources of all kinds by their ARM ids."""

from __future__ import annotations

from simulator.resources.entities import Entity, Resource, ResourceGroup
from simulator.resources.transition import Transition
from simulator.services.arm.by_id import find_by_id, gone_with
from simulator.store import Store

GROUP = ResourceGroup(key="/subscriptions/s/resourceGroups/rg1", name="rg1", subscription_id="s", location="eastus")


def put(store: Store, *keys: str) -> None:
    """Put resources with these ids."""
    store.apply(Transition("put", tuple(Resource(key=key, type="ns/t", name="r") for key in keys)))


def test_any_case_finds_it(store: Store) -> None:
    """An id in other letters is the same; what is not there is None."""
    put(store, f"{GROUP.key}/providers/ns/t/r")
    found = find_by_id(store, f"{GROUP.key}/providers/NS/T/R".upper())

    assert found is not None
    assert found.key == f"{GROUP.key}/providers/ns/t/r"
    assert find_by_id(store, f"{GROUP.key}/providers/ns/t/r2") is None


def test_what_is_inside_and_on_it_goes_with_it(store: Store) -> None:
    """Children and extension resources go, what only begins alike stays."""
    inside = [f"{GROUP.key}/providers/ns/t/r", f"{GROUP.key}/providers/ns/t/r/c/1", f"{GROUP.key}/providers/ns/lock/l"]
    put(store, *inside, "/subscriptions/s/resourceGroups/rg10/providers/ns/t/r")
    expected: set[tuple[type[Entity], str]] = {(ResourceGroup, GROUP.key), *((Resource, key) for key in inside)}

    assert set(gone_with(store, GROUP)) == expected
