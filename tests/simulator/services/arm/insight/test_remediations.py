"""Remediations deploy for machines that were there before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import msgspec
import pytest

from simulator.resources.entities import Extension
from simulator.resources.roles import ROLES
from simulator.resources.transition import Transition
from simulator.store import Store

Arm = Callable[..., httpx.Response]
Make = Callable[..., dict[str, Any]]
PLACE = "{S}/providers/Microsoft.PolicyInsights/remediations/fix"
DEFINITION = "/providers/Microsoft.Authorization/policyDefinitions/845857af-0333-4c5d-bbbc-6076697da122"

ROLE = "Azure Connected Machine Resource Administrator"
GRANT = "{G}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-4000-8000-000000000001"


@pytest.fixture
def assignment(arm: Arm, make_machine: Make) -> str:
    """Give an assignment over two machines with Linux that were there before."""
    for number in (1, 2):
        told = {"vmId": f"7e1c2d34-0000-4000-8000-{number:012}", "osName": "linux"}
        make_machine(f"box-{number}", number, properties=told)
    body = {"properties": {"policyDefinitionId": DEFINITION}, "identity": {"type": "SystemAssigned"}}
    path = "{G}/providers/Microsoft.Authorization/policyAssignments/ama"
    made = arm("PUT", path, json=body).raise_for_status().json()
    role = {"roleDefinitionId": ROLES[ROLE].id, "principalId": made["identity"]["principalId"]}
    arm("PUT", GRANT, json={"properties": role}).raise_for_status()
    return str(made["id"])


def begin(arm: Arm, assignment: str, **properties: Any) -> httpx.Response:
    """Begin a remediation which looks before."""
    wanted = {"policyAssignmentId": assignment, "resourceDiscoveryMode": "ReEvaluateCompliance", **properties}
    return arm("PUT", PLACE, json={"properties": wanted})


def test_it_deploys_for_each_machine(arm: Arm, assignment: str, cloud_store: Store) -> None:
    """It runs until the agents have installed the extensions; each deployment is listed."""
    made = begin(arm, assignment)
    extensions = cloud_store.all(Extension)
    done = [
        msgspec.structs.replace(one, state=state)
        for one, state in zip(extensions, ("Succeeded", "Failed"), strict=True)
    ]
    cloud_store.apply(Transition("test.end", tuple(done)))
    after = arm("GET", PLACE).json()["properties"]
    listed = arm("POST", PLACE + "/listDeployments").json()["value"]

    assert (made.status_code, made.json()["properties"]["provisioningState"]) == (201, "Running")
    assert after["deploymentStatus"] == {"totalDeployments": 2, "successfulDeployments": 1, "failedDeployments": 1}
    assert (after["provisioningState"], "deployments" in after) == ("Failed", False)
    assert [one["status"] for one in listed] == ["Succeeded", "Failed"]


def test_what_is_wanted_of_it(arm: Arm, assignment: str, cloud_store: Store) -> None:
    """A number and regions limit it; without a look before, nobody is known not to comply."""
    nobody = begin(arm, assignment, resourceDiscoveryMode="ExistingNonCompliant")
    elsewhere = begin(arm, assignment, filters={"locations": ["westus2"]})
    one = begin(arm, assignment, resourceCount=1)
    counts = [
        answer.json()["properties"]["deploymentStatus"]["totalDeployments"] for answer in (nobody, elsewhere, one)
    ]

    assert (counts, elsewhere.status_code, len(cloud_store.all(Extension))) == ([0, 0, 1], 200, 1)


def test_a_deployment_that_cannot_be_begun(arm: Arm, assignment: str) -> None:
    """A machine that is busy is a failed deployment, with the reason."""
    body = {"location": "eastus", "properties": {"publisher": "Microsoft.Azure.Extensions", "type": "CustomScript"}}
    arm("PUT", "{M}/box-1/extensions/script", json=body).raise_for_status()
    begin(arm, assignment)
    first, _ = arm("POST", PLACE + "/listDeployments").json()["value"]

    assert (first["status"], "in progress" in first["error"]["message"]) == ("Failed", True)


def test_an_identity_without_rights(arm: Arm, assignment: str, cloud_store: Store) -> None:
    """Each deployment has failed, with ARM's words for what the identity may not do."""
    arm("DELETE", GRANT).raise_for_status()
    made = begin(arm, assignment).json()["properties"]
    failed = arm("POST", PLACE + "/listDeployments").json()["value"]

    assert (made["provisioningState"], made["deploymentStatus"]["failedDeployments"]) == ("Failed", 2)
    assert ["does not have authorization" in one["error"]["message"] for one in failed] == [True, True]
    assert cloud_store.all(Extension) == []


def test_an_assignment_that_is_not_there(arm: Arm) -> None:
    """It is refused, and nothing is kept."""
    assert begin(arm, "/subscriptions/x/none").json()["error"]["code"] == "PolicyAssignmentNotFound"
    assert arm("GET", PLACE).status_code == 404


def test_what_is_deleted_is_told(arm: Arm, assignment: str) -> None:
    """A DELETE gives the remediation for the last time, then 204 without a body."""
    made = begin(arm, assignment).json()
    gone, again = arm("DELETE", PLACE), arm("DELETE", PLACE)

    assert (gone.status_code, gone.json()["id"], again.status_code, again.content) == (200, made["id"], 204, b"")


def test_policies_are_a_table_of_resource_graph(arm: Arm, assignment: str) -> None:
    """States, assignments and remediations can be queried."""
    begin(arm, assignment)
    body = {"query": "policyresources | summarize count() by type | order by type asc"}
    rows = arm("POST", "/providers/Microsoft.ResourceGraph/resources", version="2022-10-01", json=body).json()["data"]

    assert [(row["type"].rpartition("/")[2], row["count_"]) for row in rows] == [
        ("policyassignments", 1), ("policystates", 2), ("remediations", 1),
    ]  # fmt: skip
