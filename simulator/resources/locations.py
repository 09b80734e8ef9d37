"""Azure's regions as subscriptions list them.

Source: names, geographies, pairs and places are the public ones of each region; `REGIONS` has the same regions.
"""

from __future__ import annotations

from typing import NamedTuple


class Location(NamedTuple):
    """One region: its name, what people read, and where it is. `pair` is the name of its paired region, if any."""

    name: str
    display: str
    geography: str
    group: str
    place: str
    latitude: str
    longitude: str
    pair: str


_ROWS = (
    Location("eastus", "East US", "United States", "US", "Virginia", "37.3719", "-79.8164", "westus"),
    Location("eastus2", "East US 2", "United States", "US", "Virginia", "36.6681", "-78.3889", "centralus"),
    Location("westeurope", "West Europe", "Europe", "Europe", "Netherlands", "52.3667", "4.9", "northeurope"),
    Location("westus2", "West US 2", "United States", "US", "Washington", "47.233", "-119.852", "westcentralus"),
    Location("southcentralus", "South Central US", "United States", "US", "Texas", "29.4167", "-98.5",
             "northcentralus"),
    Location("northeurope", "North Europe", "Europe", "Europe", "Ireland", "53.3478", "-6.2597", "westeurope"),
    Location("uksouth", "UK South", "United Kingdom", "UK", "London", "50.941", "-0.799", "ukwest"),
    Location("westus3", "West US 3", "United States", "US", "Phoenix", "33.448376", "-112.074036", "eastus"),
)  # fmt: skip

#: Regions by name.
LOCATIONS = {row.name: row for row in _ROWS}
