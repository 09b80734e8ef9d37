"""Licence profiles of machines: what a machine is licensed for."""

from __future__ import annotations

from simulator.resources.entities import Resource

TYPE = "Microsoft.HybridCompute/machines/licenseProfiles"


def assigned_license(resource: Resource) -> str:
    """Give the ARM id, in lower case, of the licence that a profile assigns; an empty text for any other resource."""
    if resource.type != TYPE:
        return ""
    return str(resource.properties.get("esuProfile", {}).get("assignedLicense", "")).lower()
