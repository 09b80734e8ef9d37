"""Guest configuration assignments of machines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

Arm = Callable[..., httpx.Response]
Make = Callable[..., dict[str, Any]]
LIST = "{M}/box-1/providers/Microsoft.GuestConfiguration/guestConfigurationAssignments"


def test_an_assignment_is_kept(arm: Arm, make_machine: Make) -> None:
    """It is made, listed, shown as pending, and deleted; a machine that goes takes it along."""
    make_machine()
    wanted = {"guestConfiguration": {"name": "Firewall", "version": "1.*"}, "context": "lab"}
    made = arm("PUT", LIST + "/Firewall", json={"location": "eastus", "properties": wanted})
    properties = made.json()["properties"]

    assert (made.status_code, properties["complianceStatus"], made.json()["location"]) == (201, "Pending", "eastus")
    assert properties["guestConfiguration"]["version"] == "1.*"
    assert arm("GET", LIST).json()["value"] == [arm("GET", LIST + "/firewall").json()]
    assert arm("DELETE", LIST + "/Firewall").status_code == 200
    assert arm("GET", LIST + "/Firewall").status_code == 404


def test_reports(arm: Arm, make_machine: Make) -> None:
    """There are none; of an assignment that is not there neither."""
    make_machine()
    arm("PUT", LIST + "/a", json={"properties": {}}).raise_for_status()

    assert arm("GET", LIST + "/a/reports").json() == {"value": []}
    assert arm("GET", LIST + "/a/reports/r").status_code == 404
    assert arm("GET", LIST + "/b/reports").status_code == 404


def test_only_machines_have_assignments(arm: Arm) -> None:
    """A group has none."""
    path = "{G}/providers/Microsoft.GuestConfiguration/guestConfigurationAssignments/a"

    assert arm("PUT", path, json={"properties": {}}).status_code == 400
