"""What a machine is licensed for: dates of subscriptions, and what its system means for security updates."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.resources.entities import Machine, Resource
from simulator.resources.license_profiles import TYPE, assigned_license, esu_profile, subscribed

NOW = 1_767_225_600.0  # 2026-01-01
ENROLLED = {"enrollmentDate": "2026-01-01T00:00:00.0000000Z", "billingStartDate": "2026-01-08T00:00:00.0000000Z"}
ENDED = {"disenrollmentDate": "2026-01-01T00:00:00.0000000Z", "billingEndDate": "2026-01-01T00:00:00.0000000Z"}


def machine(system: str, heard: float = NOW) -> Machine:
    """Give a machine with an operating system."""
    return Machine(
        key="/m", name="m", subscription_id="s", resource_group="g", location="eastus", vm_id="v", public_key="",
        principal_id="p", client_id="c", created=NOW, facts={"osSku": system}, last_heartbeat=heard,
    )  # fmt: skip


def held(state: str) -> Resource:
    """Give a licence in a state."""
    details = {"state": state, "immutableId": "number"}
    return Resource(key="/L", type="t", name="L", properties={"licenseDetails": details})


@pytest.mark.parametrize(
    ("was", "will", "expected"),
    [
        ({}, "Enabled", ENROLLED),
        ({}, "Disabled", {}),
        ({"subscriptionStatus": "Enabled", "enrollmentDate": "then"}, "Enabled", {"enrollmentDate": "then"}),
        ({"subscriptionStatus": "Enabled", "enrollmentDate": "then"}, "Disabled", {"enrollmentDate": "then", **ENDED}),
        ({"subscriptionStatus": "Disabled", "enrollmentDate": "then", **ENDED}, "Enabled", ENROLLED),
    ],
    ids=["begins", "never was", "goes on", "ends", "begins again"],
)
def test_dates_of_a_subscription(was: dict[str, Any], will: str, expected: dict[str, Any]) -> None:
    """Billing begins seven days after the enrolment; both stay until the subscription begins again."""
    found = subscribed({"name": "f", "subscriptionStatus": will, "billingEndDate": "stale"}, was, NOW)

    assert found == {"name": "f", "subscriptionStatus": will, **expected}


@pytest.mark.parametrize(
    ("system", "heard", "server", "eligible"),
    [
        ("Windows Server 2012 R2 Datacenter", NOW, "Datacenter", "Eligible"),
        ("Windows Server 2016 Standard", NOW, "Standard", "Eligible"),
        ("Windows Server 2025 Datacenter", NOW, "Datacenter", "Ineligible"),
        ("Ubuntu 24.04.2 LTS", NOW, "Unknown", "Ineligible"),
        ("", 0.0, "Unknown", "Unknown"),
    ],
)
def test_what_a_system_means(system: str, heard: float, server: str, eligible: str) -> None:
    """Old Windows Servers are eligible; nothing is known of a machine that was never heard."""
    found = esu_profile(machine(system, heard), None)

    assert found == {"serverType": server, "esuEligibility": eligible, "esuKeyState": "Inactive"}


@pytest.mark.parametrize(
    ("system", "state", "expected"),
    [
        ("Windows Server 2012 Standard", "Activated", "Active"),
        ("Windows Server 2012 Standard", "Deactivated", "Inactive"),
        ("Windows Server 2025 Standard", "Activated", "Inactive"),
    ],
)
def test_a_key_is_active_where_it_is_needed_and_paid(system: str, state: str, expected: str) -> None:
    """The licence is named, and its key is active on an eligible machine while the licence is."""
    found = esu_profile(machine(system), held(state))

    assert (found["assignedLicense"], found["assignedLicenseImmutableId"]) == ("/L", "number")
    assert found["esuKeyState"] == expected


def test_only_profiles_assign_licences() -> None:
    """The index has the licence of a profile in lower case, and nothing for other types."""
    properties = {"esuProfile": {"assignedLicense": "/Subscriptions/X"}}
    types = (TYPE, "Microsoft.HybridCompute/licenses")

    assert [assigned_license(Resource(key="/p", type=kind, name="p", properties=properties)) for kind in types] == [
        "/subscriptions/x", "",
    ]  # fmt: skip
    assert assigned_license(Resource(key="/p", type=TYPE, name="p")) == ""
