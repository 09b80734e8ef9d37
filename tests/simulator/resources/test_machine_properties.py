"""Properties are kept as clients write them, and shown with what the agent tells."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import ApiError
from simulator.resources.machine_properties import shown, told, wanted

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["name", "patchSettings", "x"]), inner),
    max_leaves=4,
)
NAMES = st.sampled_from(["osProfile", "locationData", "agentUpgrade", "tpmEkCertificate", "status", "vmId"])


def test_read_only_members_are_ignored() -> None:
    """What only the service writes is not kept, at the top and inside."""
    kept = wanted({
        "status": "Expired", "osProfile": {"computerName": "x", "linuxConfiguration": {}},
        "agentUpgrade": {"enableAutomaticUpgrade": True, "lastAttemptStatus": "Success"},
    })  # fmt: skip

    assert kept == {"osProfile": {"linuxConfiguration": {}}, "agentUpgrade": {"enableAutomaticUpgrade": True}}


@pytest.mark.parametrize(
    "properties",
    [
        {"osProfile": "x"}, {"osProfile": []}, {"agentUpgrade": [1]}, {"locationData": {"city": "Ulm"}},
        {"agentUpgrade": {"enableAutomaticUpgrade": "yes"}}, {"privateLinkScopeResourceId": 1},
        {"osProfile": {"linuxConfiguration": {"patchSettings": "Manual"}}}, {"osProfile": {"windowsConfiguration": 1}},
    ],
)  # fmt: skip
def test_bad_values_are_refused(properties: dict[str, Any]) -> None:
    """A value of another type is answered 400."""
    with pytest.raises(ApiError) as caught:
        wanted(properties)

    assert (caught.value.status, caught.value.code) == (400, "InvalidRequestContent")


@given(properties=st.dictionaries(NAMES, JSON, max_size=3), change=st.dictionaries(NAMES, JSON, max_size=3))
def test_any_json_is_kept_or_refused(properties: dict[str, Any], change: dict[str, Any]) -> None:
    """Whatever a body holds: a refusal, or something that can be shown."""
    kept: dict[str, Any] = {}
    with contextlib.suppress(ApiError):
        kept = wanted(change, wanted(properties))

    assert shown(kept, {}, 1.0, "box-1")["osProfile"]["computerName"]


def test_the_agent_tells_only_what_agents_tell() -> None:
    """Other members of a heartbeat are not shown."""
    assert told({"osName": "linux", "timestamp": "now"}) == {"osName": "linux"}


def test_the_agent_tells_a_part_of_the_licence() -> None:
    """How Windows is licensed is told; what follows from a licence of Arc is not."""
    facts = told({"licenseProfile": {"licenseStatus": "Licensed", "esuProfile": {"esuKeyState": "Active"}}})
    profile = shown({}, facts, 0.0, "box-1")["licenseProfile"]

    assert (profile["licenseStatus"], profile["esuProfile"]["esuKeyState"]) == ("Licensed", "Inactive")
    assert told({"licenseProfile": "x"}) == {}


def test_a_machine_that_was_never_heard_says_little() -> None:
    """As recorded: no version, no services, no cloud; eligibility is not known."""
    body = shown({}, {"agentVersion": "1.67", "osName": "linux"}, 0.0, "box-1")

    assert body == {
        "agentConfiguration": {}, "osProfile": {}, "osName": "linux", "agentUpgrade": {"enableAutomaticUpgrade": False},
        "licenseProfile": {"esuProfile": {"licenseAssignmentState": "NotAssigned", "serverType": "Unknown",
                                          "esuEligibility": "Unknown", "esuKeyState": "Inactive"}},
    }  # fmt: skip


def test_a_connected_machine_shows_what_it_told() -> None:
    """The agent's words win over defaults; what a client wrote is beside them."""
    kept = wanted({"osProfile": {"linuxConfiguration": {}}, "privateLinkScopeResourceId": "/scope"})
    body = shown(kept, {"agentVersion": "1.67", "cloudMetadata": {"provider": "AWS"}}, 1.0, "box-1")

    assert body["osProfile"] == {"computerName": "box-1", "linuxConfiguration": {}}
    assert (body["agentVersion"], body["cloudMetadata"]) == ("1.67", {"provider": "AWS"})
    assert (body["privateLinkScopeResourceId"], body["displayName"]) == ("/scope", "box-1")
