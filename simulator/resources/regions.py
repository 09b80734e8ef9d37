"""Azure's regions, as far as services have hosts of their own there."""

from __future__ import annotations

#: region -> code in host names. Source: `azcmagent check` output for the first four; Assumed: the others, alike.
REGIONS = {"eastus": "eus", "eastus2": "eus2", "westeurope": "weu", "westus2": "wus2", "southcentralus": "scus",
           "northeurope": "neu", "uksouth": "uks", "westus3": "wus3"}  # fmt: skip
