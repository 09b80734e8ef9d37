"""Regions, as subscriptions list them."""

from __future__ import annotations

from simulator.resources.locations import LOCATIONS
from simulator.resources.regions import REGIONS


def test_the_same_regions_everywhere() -> None:
    """A region that services have hosts in is one that a subscription can use, and the other way round."""
    assert set(LOCATIONS) == set(REGIONS)


def test_names_and_places() -> None:
    """A name is what people read without its blanks; places are degrees; no region is its own pair."""
    for location in LOCATIONS.values():
        assert location.name == location.display.replace(" ", "").lower()
        assert abs(float(location.latitude)) <= 90
        assert abs(float(location.longitude)) <= 180
        assert location.pair != location.name
