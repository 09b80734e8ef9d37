"""Azure's regions, as far as services have hosts of their own there."""

from __future__ import annotations

from simulator.contract import HIS_SUFFIX
from simulator.resources.entities import RegionMove

#: region -> code in host names. Source: `azcmagent check` output for the first four; Assumed: the others, alike.
REGIONS = {"eastus": "eus", "eastus2": "eus2", "westeurope": "weu", "westus2": "wus2", "southcentralus": "scus",
           "northeurope": "neu", "uksouth": "uks", "westus3": "wus3"}  # fmt: skip


def his_host(location: str, move: RegionMove | None) -> str:
    """Give the host of a region's identity service, where it is now; another region uses that of `eastus`."""
    return f"{move.code if move else REGIONS.get(location, 'eus')}{HIS_SUFFIX}"
