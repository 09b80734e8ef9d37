"""Licence profiles of machines: what a machine is licensed for, and what follows for its security updates."""

from __future__ import annotations

from typing import Any

from simulator.clock import arm_time
from simulator.resources.entities import Machine, Resource

TYPE = "Microsoft.HybridCompute/machines/licenseProfiles"
_FREE_S = 7 * 86400  # Source: a recorded profile is billed seven days after its enrolment
_OLD = ("2012", "2016")  # Source: targets of licences in the OpenAPI


def assigned_license(resource: Resource) -> str:
    """Give the ARM id, in lower case, of the licence that a profile assigns; an empty text for any other resource."""
    if resource.type != TYPE:
        return ""
    return str(resource.properties.get("esuProfile", {}).get("assignedLicense", "")).lower()


def esu_profile(machine: Machine, license_held: Resource | None) -> dict[str, Any]:
    """Give what a machine's system and its licence, if any, mean for its Extended Security Updates.

    Source: recorded profiles for systems that need none. Assumed: the rest, from the editions and targets of licences.
    """
    system = str(machine.facts.get("osSku", ""))
    edition = next((name for name in ("Datacenter", "Standard") if name in system), "Unknown")
    is_eligible = any(f"Server {year}" in system for year in _OLD)
    known = "Eligible" if is_eligible else "Ineligible"
    profile = {"serverType": edition, "esuEligibility": known if machine.last_heartbeat else "Unknown",
               "esuKeyState": "Inactive"}  # fmt: skip
    if license_held is None:
        return profile
    details = license_held.properties["licenseDetails"]
    is_active = is_eligible and details["state"] == "Activated"
    return {**profile, "assignedLicense": license_held.key, "assignedLicenseImmutableId": details["immutableId"],
            "esuKeyState": "Active" if is_active else "Inactive"}  # fmt: skip


def subscribed(wanted: dict[str, Any], before: dict[str, Any], now: float) -> dict[str, Any]:
    """Give a product, or a feature of one, with the dates of its subscription; `before` is what it was.

    Source: recorded dates of enrolment and of the first bill. Assumed: what ends, ends at once.
    """
    was, will = before.get("subscriptionStatus"), wanted.get("subscriptionStatus")
    dates = {name: text for name, text in before.items() if name.endswith("Date")}
    if will == "Enabled" and was != "Enabled":
        dates = {"enrollmentDate": arm_time(now), "billingStartDate": arm_time(now + _FREE_S)}
    if will == "Disabled" and was == "Enabled":
        dates |= {"disenrollmentDate": arm_time(now), "billingEndDate": arm_time(now)}
    return {name: value for name, value in wanted.items() if not name.endswith("Date")} | dates
