"""Guest configuration assignments of machines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Literal

import httpx
import pytest

from simulator.resources.entities import GuestReport, Machine, Resource
from simulator.resources.guest_reports import Audit, AuditedResource, Reason, hash_of, taken
from simulator.store import Store

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


def test_no_reports(arm: Arm, make_machine: Make) -> None:
    """There are none before an agent has told; of an assignment that is not there neither."""
    make_machine()
    arm("PUT", LIST + "/a", json={"properties": {}}).raise_for_status()

    assert arm("GET", LIST + "/a/reports").json() == {"value": []}
    assert arm("GET", LIST + "/a/reports/r").status_code == 404
    assert arm("GET", LIST + "/b/reports").status_code == 404


@pytest.fixture
def report(cloud_store: Store) -> Callable[..., str]:
    """Give what reports of an assignment as an agent does: which status at which second; it gives the report's name."""

    def tell(status: Literal["Compliant", "NonCompliant"], second: int) -> str:
        machine, assignment = cloud_store.all(Machine)[0], cloud_store.all(Resource)[0]
        at = datetime(2026, 1, 1, 0, 0, second, tzinfo=UTC)
        found = AuditedResource("[File]passwd", status, [Reason("File:Mode", "The mode is 0600.")])
        now = cloud_store.clock.now()
        audit = Audit(hash_of(assignment), at, at, [found])
        made = taken(assignment, cloud_store.below(GuestReport, assignment.key), audit, machine, now)
        cloud_store.apply(made)
        return made.put[0].key.rpartition("/")[2]

    return tell


def test_reports(arm: Arm, make_machine: Make, report: Callable[..., str]) -> None:
    """They are listed from the newest on and read by their names; the assignment shows the newest."""
    machine = make_machine()
    wanted = {"guestConfiguration": {"name": "passwd", "version": "1.*"}}
    arm("PUT", LIST + "/a", json={"properties": wanted}).raise_for_status()
    names = [report("NonCompliant", 2), report("Compliant", 9)]
    listed = arm("GET", LIST + "/a/reports").json()["value"]
    shown = arm("GET", LIST + "/A").json()["properties"]
    old = arm("GET", LIST + f"/a/reports/{names[0].upper()}").json()

    assert [each["name"] for each in listed] == names[::-1]
    assert [each["properties"]["details"]["operationType"] for each in listed] == ["Consistency", "Initial"]
    assert (shown["complianceStatus"], shown["latestReportId"]) == ("Compliant", listed[0]["id"])
    assert shown["lastComplianceStatusChecked"] == "2026-01-01T00:00:09.0000000Z"
    assert shown["latestAssignmentReport"]["operationType"] == "Consistency"
    assert old == listed[1]
    assert old["properties"]["complianceStatus"] == "NonCompliant"
    assert old["properties"]["assignment"] == {"name": "a", "configuration": {"name": "passwd", "version": "1.*"}}
    assert old["properties"]["vm"] == {"id": machine["id"], "uuid": machine["properties"]["vmId"]}
    assert old["properties"]["details"]["resources"][0]["reasons"] == [
        {"code": "File:Mode", "phrase": "The mode is 0600."}
    ]


def test_another_assignment_is_pending_again(arm: Arm, make_machine: Make, report: Callable[..., str]) -> None:
    """What was told of the one before stays in the list, and says nothing about the new one."""
    make_machine()

    def assign(version: str) -> str:
        wanted = {"guestConfiguration": {"name": "passwd", "version": version}}
        put = arm("PUT", LIST + "/a", json={"properties": wanted}).raise_for_status()
        return str(put.json()["properties"]["complianceStatus"])

    first = assign("1.0")
    report("Compliant", 1)

    assert [first, assign("1.0"), assign("2.0")] == ["Pending", "Compliant", "Pending"]
    assert len(arm("GET", LIST + "/a/reports").json()["value"]) == 1


def test_only_machines_have_assignments(arm: Arm) -> None:
    """A group has none."""
    path = "{G}/providers/Microsoft.GuestConfiguration/guestConfigurationAssignments/a"

    assert arm("PUT", path, json={"properties": {}}).status_code == 400
