"""The extension service hands out operations until their end is reported, as docs/wire/extension-service.md tells."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from simulator.clock import Clock
from simulator.resources.entities import Extension, GuestReport, Machine, Operation
from simulator.resources.operations import lapses_at
from simulator.services.entra.issuer import Issuer
from simulator.store import Store

Send = Callable[..., httpx.Response]
Make = Callable[..., dict[str, Any]]
VM_ID = "7e1c2d34-0000-4000-8000-000000000001"
GAS = f"https://eastus-gas.guestconfiguration.azure.com/virtualMachines/{VM_ID}"
STEM = "microsoft.azure.extensions__customscript"
SCRIPT: dict[str, Any] = {
    "location": "eastus",
    "properties": {
        "publisher": "Microsoft.Azure.Extensions", "type": "CustomScript", "typeHandlerVersion": "2.1.10",
        "settings": {"commandToExecute": "true"}, "protectedSettings": {"a": "hush"},
    },
}  # fmt: skip


@pytest.fixture
def gas(send: Send, cloud_store: Store, signing_key: Any) -> Send:
    """Give a sender to the extension service with the token of the first machine."""
    issuer = Issuer(cloud_store, signing_key)

    def call(method: str, path: str, **options: Any) -> httpx.Response:
        owner = cloud_store.all(Machine)[0].principal_id
        audience = "eec53b1f-b9a4-4479-acf5-6b247c6a49f2"
        claims = issuer.claims(issuer.tenant_id, audience, owner, cloud_store.clock.now(), 86400)
        headers = {"Authorization": f"Bearer {signing_key.sign(claims)}"}
        return send(method, f"{GAS}/{path}", headers=headers, **options)

    return call


@pytest.fixture
def pending(make_machine: Make, arm: Send) -> dict[str, Any]:
    """Give a machine for which an extension waits."""
    machine = make_machine()
    arm("PUT", "{M}/box-1/extensions/script", json=SCRIPT).raise_for_status()
    return machine


def report(gas: Send, **change: Any) -> httpx.Response:
    """Report the end of the pending operation."""
    operation = gas("GET", "extensions").json()["operations"][0]["operationId"]
    body = {
        "operationId": operation,
        "status": "succeeded",
        "code": "0",
        "message": "done",
        "version": "2.1.10",
        **change,
    }
    return gas("PUT", "extensions/script/status", json=body)


@pytest.mark.usefixtures("pending")
def test_an_operation_says_all_that_the_agent_needs(gas: Send, extension_packages: Path) -> None:
    """The operation has settings, the protected ones too, and the package with its checksum."""
    found = gas("GET", "extensions").json()["operations"]
    content = (extension_packages / STEM / f"{STEM}__2.1.10.zip").read_bytes()

    assert len(found) == 1
    assert (found[0]["action"], found[0]["name"], found[0]["version"]) == ("install", "script", "2.1.10")
    assert (found[0]["settings"], found[0]["protectedSettings"]) == ({"commandToExecute": "true"}, {"a": "hush"})
    assert found[0]["package"] == {
        "uri": f"https://eus.his.arc.azure.com/extensions/extensionpackages/{STEM}/{STEM}__2.1.10.zip",
        "sha256": hashlib.sha256(content).hexdigest(),
    }


@pytest.mark.usefixtures("pending")
def test_an_operation_is_handed_out_until_it_ends(gas: Send) -> None:
    """Asking again gives it again; after the report there is nothing."""
    first, second = gas("GET", "extensions").json(), gas("GET", "extensions").json()
    ended = report(gas)

    assert (first == second, ended.status_code) == (True, 204)
    assert gas("GET", "extensions").json() == {"operations": []}


@pytest.mark.usefixtures("pending")
def test_a_fetched_operation_does_not_lapse(gas: Send, cloud_store: Store) -> None:
    """Once the agent has it, the six hours of the queue do not matter."""
    gas("GET", "extensions")

    assert lapses_at(cloud_store.all(Operation)[0]) is None


@pytest.mark.usefixtures("pending")
@pytest.mark.parametrize(
    ("change", "operation", "extension"),
    [
        ({}, "Succeeded", "Succeeded"),
        ({"status": "failed", "code": "51"}, "Failed", "Failed"),
        ({"status": "transitioning"}, "InProgress", "Creating"),
    ],
    ids=["good", "bad", "not yet"],
)
def test_reports(gas: Send, cloud_store: Store, change: dict[str, str], operation: str, extension: str) -> None:
    """A report ends operation and extension; one in between ends nothing."""
    report(gas, **change)

    assert [item.status for item in cloud_store.all(Operation)] == [operation]
    assert [item.state for item in cloud_store.all(Extension)] == [extension]


@pytest.mark.usefixtures("pending")
def test_only_the_first_report_counts(gas: Send, cloud_store: Store) -> None:
    """A repeated or late report changes nothing."""
    operation = gas("GET", "extensions").json()["operations"][0]["operationId"]
    report(gas)
    again = gas("PUT", "extensions/script/status", json={"operationId": operation, "status": "failed", "code": "1"})

    assert (again.status_code, cloud_store.all(Operation)[0].status) == (204, "Succeeded")


@pytest.mark.usefixtures("pending")
def test_removal(gas: Send, arm: Send, cloud_store: Store) -> None:
    """An uninstall has no package; after its report the extension is gone."""
    report(gas)
    arm("DELETE", "{M}/box-1/extensions/script").raise_for_status()
    operation = gas("GET", "extensions").json()["operations"][0]
    report(gas)

    assert (operation["action"], "package" in operation) == ("uninstall", False)
    assert cloud_store.all(Extension) == []


@pytest.mark.parametrize(("version", "expected"), [("2.1.10", "2.1.10"), (None, "2.1.13"), ("2.1", "2.1.13")])
def test_the_chosen_version_is_handed_out(
    gas: Send, make_machine: Make, arm: Send, version: str | None, expected: str
) -> None:
    """Whether or not one was asked for, the operation names the version of its package."""
    make_machine()
    properties = {**SCRIPT["properties"], "typeHandlerVersion": version}
    arm("PUT", "{M}/box-1/extensions/script", json={"properties": properties}).raise_for_status()

    assert gas("GET", "extensions").json()["operations"][0]["version"] == expected


@pytest.fixture
def assigned(make_machine: Make, arm: Send) -> str:
    """Give the path of what is assigned to a machine."""
    make_machine()
    path = "{M}/box-1/providers/Microsoft.GuestConfiguration/guestConfigurationAssignments/Clock"
    wanted = {"guestConfiguration": {"name": "chrony", "version": "1.0"}}
    arm("PUT", path, json={"properties": wanted}).raise_for_status()
    return path


def audit(gas: Send, *, given: str = "", name: str = "clock", **change: Any) -> httpx.Response:
    """Report of an assignment what was found in a second; `given` is the hash of what was assigned."""
    told = gas("GET", "assignments").json()["assignments"]
    body = {"assignmentHash": given or told[0]["assignmentHash"], "startTime": "2026-01-01T00:00:00Z",
            "endTime": "2026-01-01T00:00:01Z",
            "resources": [{"resourceId": "[File]conf", "complianceStatus": "Compliant"}], **change}  # fmt: skip
    return gas("PUT", f"assignments/{name}/report", json=body)


@pytest.mark.usefixtures("assigned")
def test_what_is_assigned_is_handed_out(gas: Send) -> None:
    """With its configuration, and a hash that is the same each time."""
    told = gas("GET", "assignments").json()["assignments"]

    assert [(each["name"], each["configuration"]["name"], each["configuration"]["version"]) for each in told] == [
        ("Clock", "chrony", "1.0")
    ]
    assert gas("GET", "assignments").json()["assignments"] == told


def test_nothing_is_assigned(gas: Send, make_machine: Make) -> None:
    """A machine without assignments gets none."""
    make_machine()

    assert gas("GET", "assignments").json() == {"assignments": []}


@pytest.mark.parametrize(
    ("change", "expected"),
    [({}, 204), ({"name": "other"}, 404), ({"startTime": "2026-01-01T00:00:00"}, 400), ({"endTime": 5}, 400),
     ({"endTime": "9999-12-31T23:59:59-12:00"}, 400), ({"startTime": "0001-01-01T00:00:00+12:00"}, 400),
     ({"endTime": "2050-01-01T00:00:01Z"}, 400), ({"startTime": "1970-01-01T00:00:00Z"}, 204),
     ({"resources": [{"resourceId": "a", "complianceStatus": "Perhaps"}]}, 400), ({"assignmentHash": None}, 400)],
    ids=["good", "unknown", "no zone", "no time", "last", "first", "too late", "1970", "no status", "no hash"],
)  # fmt: skip
def test_reports_of_assignments(gas: Send, assigned: str, arm: Send, change: dict[str, Any], expected: int) -> None:
    """What cannot be read is refused, and nothing is kept of it; what is kept can be shown."""
    assert audit(gas, **change).status_code == expected
    assert len(arm("GET", f"{assigned}/reports").raise_for_status().json()["value"]) == (expected == 204)
    assert arm("GET", assigned).status_code == 200


def test_only_the_newest_reports_are_kept(gas: Send, assigned: str, arm: Send, cloud_store: Store) -> None:
    """Twenty of each assignment; all go with it."""
    for second in range(10, 32):
        audit(gas, endTime=f"2026-01-01T00:00:{second}Z").raise_for_status()
    kept = sorted(report.ended for report in cloud_store.all(GuestReport))
    arm("DELETE", assigned).raise_for_status()

    assert [kept[0] % 60, kept[-1] % 60, len(kept)] == [12, 31, 20]
    assert cloud_store.all(GuestReport) == []


def test_the_newest_report_is_the_last_that_came(gas: Send, assigned: str, arm: Send, clock: Clock) -> None:
    """A machine whose clock was ahead tells the truth again as soon as it reports again."""
    for second, status in enumerate(["NonCompliant"] * 20 + ["Compliant"], 10):
        clock.advance(900)
        day = "2026-01-01" if status == "Compliant" else "2031-01-01"
        resources = [{"resourceId": "[File]conf", "complianceStatus": status}]
        audit(gas, endTime=f"{day}T00:00:{second}Z", resources=resources).raise_for_status()
    listed = arm("GET", f"{assigned}/reports").json()["value"]
    shown = arm("GET", assigned).json()["properties"]

    assert [len(listed), listed[0]["properties"]["complianceStatus"]] == [20, "Compliant"]
    assert [each["properties"]["endTime"][17:19] for each in listed] == [str(second) for second in range(30, 10, -1)]
    assert (shown["complianceStatus"], shown["latestReportId"]) == ("Compliant", listed[0]["id"])
    assert shown["lastComplianceStatusChecked"] == "2026-01-01T00:00:30.0000000Z"


def test_other_addresses_are_not_known(gas: Send, make_machine: Make) -> None:
    """An extension has a status and no report, an assignment the other way round."""
    make_machine()

    assert [gas("PUT", path).status_code for path in ("extensions/a/report", "assignments/a/status")] == [501, 501]


def test_a_periodic_report_is_journaled(gas: Send, make_machine: Make, cloud_store: Store) -> None:
    """What an agent reports of its extensions is in the journal."""
    machine = make_machine()
    answer = gas("PUT", "extensionReport", json={"extensions": [{"name": "script", "state": "ENABLED"}]})
    event = next(
        event for event in cloud_store.events if event.operation == "gas.report" and event.kind == "transition"
    )

    assert (answer.status_code, event.machine) == (204, machine["id"])
    assert event.data == {"extensions": [{"name": "script", "state": "ENABLED"}]}


@pytest.mark.usefixtures("pending")
def test_what_was_removed_on_the_machine_is_installed_again(gas: Send, cloud_store: Store) -> None:
    """The next report lacks it; a report that has it, in any case, begins nothing."""
    report(gas)
    gas("PUT", "extensionReport", json={"extensions": [{"name": "SCRIPT"}]})
    before = gas("GET", "extensions").json()["operations"]
    gas("PUT", "extensionReport", json={"extensions": []})
    gas("PUT", "extensionReport", json={"extensions": []})
    operations = gas("GET", "extensions").json()["operations"]

    assert before == []
    assert [(it["action"], it["name"], it["version"]) for it in operations] == [("install", "script", "2.1.10")]
    again = cloud_store.all(Extension)[0]
    assert (again.state, again.code, again.message) == ("Creating", "", "")


@pytest.mark.usefixtures("pending")
@pytest.mark.parametrize(
    "extensions", [None, 5, ["script"], [{"name": 1}]], ids=["null", "number", "words", "a number"]
)
def test_a_report_that_cannot_be_read_changes_nothing(gas: Send, cloud_store: Store, extensions: object) -> None:
    """It is refused before anything is noted."""
    before = len(cloud_store.events)
    answer = gas("PUT", "extensionReport", json={"extensions": extensions})

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "InvalidRequestContent")
    assert not [event for event in cloud_store.events[before:] if event.kind == "transition"]


@pytest.mark.usefixtures("pending")
def test_what_was_never_installed_is_not_installed_again(gas: Send, cloud_store: Store) -> None:
    """Neither while it is on its way nor after it has failed."""
    gas("PUT", "extensionReport", json={"extensions": []})
    report(gas, status="failed", code="9")
    gas("PUT", "extensionReport", json={"extensions": []})

    assert len(cloud_store.all(Operation)) == 1
    assert cloud_store.all(Extension)[0].state == "Failed"


@pytest.mark.usefixtures("pending")
def test_a_foreign_operation_cannot_be_ended(gas: Send) -> None:
    """An operation of another machine, or none, is not found."""
    answer = gas("PUT", "extensions/script/status", json={"operationId": "none", "status": "succeeded"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "OperationNotFound")


@pytest.mark.usefixtures("pending")
@pytest.mark.parametrize("body", [{}, {"status": 5}, {"operationId": [1], "status": "failed"}, {"result": 1}])
def test_an_unreadable_report_is_refused(gas: Send, body: dict[str, Any]) -> None:
    """A report of another shape changes nothing."""
    answer = gas("PUT", "extensions/script/status", json=body)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "InvalidRequestContent")


def test_an_extension_without_a_package(gas: Send, make_machine: Make, arm: Send) -> None:
    """One for another system is known; its address leads nowhere, and it has no checksum."""
    make_machine()
    kind = {"publisher": "Microsoft.Azure.NetworkWatcher", "type": "NetworkWatcherAgentWindows"}
    arm("PUT", "{M}/box-1/extensions/watcher", json={"properties": kind}).raise_for_status()
    operation = gas("GET", "extensions").json()["operations"][0]

    assert (operation["package"]["sha256"], operation["version"]) == ("", "1.4.3135.1")


def test_no_token_no_operations(send: Send, make_machine: Make) -> None:
    """Protected settings are for the machine alone."""
    make_machine()
    answer = send("GET", f"{GAS}/extensions")

    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "InvalidToken")


def test_an_unknown_address_is_noticed(gas: Send, make_machine: Make) -> None:
    """What is not known is answered 501."""
    make_machine()

    assert gas("GET", "nothing").status_code == 501
