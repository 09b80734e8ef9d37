"""Patch operations at Resource Manager: begun, polled at their own address, one at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from simulator.due import Due
from simulator.resources.operations import QUEUE_S
from simulator.store import Store

Arm = Callable[..., httpx.Response]
Make = Callable[..., dict[str, Any]]
ASSESS, INSTALL = "{M}/box-1/assessPatches", "{M}/box-1/installPatches"
BODY = {
    "maximumDuration": "PT4H",
    "rebootSetting": "Never",
    "linuxParameters": {"classificationsToInclude": ["Security"]},
}


def code(answer: httpx.Response) -> tuple[int, str]:
    """Give status and error code of an answer."""
    return answer.status_code, answer.json()["error"]["code"]


def test_an_assessment_from_post_to_result(arm: Arm, agent: Callable[..., Any]) -> None:
    """202 with `Location` alone, again while the agent works, then 200 with the body."""
    begun = arm("POST", ASSESS)
    [operation] = agent()
    waiting = arm("GET", begun.headers["location"])
    agent(operation["operationId"], patchServiceUsed="APT", availablePatchCountByClassification={"security": 2})
    done = arm("GET", begun.headers["location"])

    assert (begun.status_code, begun.content, "azure-asyncoperation" in begun.headers) == (202, b"", False)
    assert f"/updateCenterOperationResults/{begun.headers['x-ms-request-id']}?" in begun.headers["location"]
    assert (waiting.status_code, waiting.headers["location"]) == (202, begun.headers["location"])
    assert (operation["action"], operation["name"]) == ("assessPatches", "box-1")
    assert (done.status_code, done.json()["status"]) == (200, "Succeeded")
    assert done.json()["availablePatchCountByClassification"] == {"security": 2, "critical": 0, "other": 0}
    assert {answer.headers["api-supported-versions"] for answer in (begun, waiting, done)} == {"2020-08-15-preview"}


def test_an_installation(arm: Arm, agent: Callable[..., Any]) -> None:
    """The agent gets the parameters; its counts are the result."""
    begun = arm("POST", INSTALL, json=BODY)
    [operation] = agent()
    agent(operation["operationId"], installedPatchCount=1, rebootStatus="Required")
    body = arm("GET", begun.headers["location"]).json()

    assert {name: operation[name] for name in BODY} == BODY
    assert (body["installedPatchCount"], body["rebootStatus"]) == (1, "Required")


def test_a_failure_is_answered_200(arm: Arm, agent: Callable[..., Any]) -> None:
    """The body says so."""
    begun = arm("POST", ASSESS)
    agent(agent()[0]["operationId"], status="failed")
    done = arm("GET", begun.headers["location"])

    assert (done.status_code, done.json()["status"], done.json()["errorDetails"]["code"]) == (200, "Failed", "1")


def test_one_at_a_time(arm: Arm, agent: Callable[..., Any]) -> None:
    """While one runs both are refused; extensions and scripts are not in the way."""
    kind = {"publisher": "Microsoft.Azure.Extensions", "type": "CustomScript"}
    arm("PUT", "{M}/box-1/extensions/script", json={"properties": kind})
    arm("POST", ASSESS)

    assert code(arm("POST", ASSESS)) == (409, "OperationNotAllowed")
    assert code(arm("POST", INSTALL, json=BODY)) == (409, "OperationNotAllowed")
    for operation in agent():
        agent(operation["operationId"])
    assert arm("POST", INSTALL, json=BODY).status_code == 202


@pytest.mark.parametrize("end", ["lapsed", "deleted"])
def test_a_machine_that_does_not_come(arm: Arm, agent: Callable[..., Any], cloud_store: Store, end: str) -> None:
    """After six hours, or when the machine is deleted, it has failed."""
    begun = arm("POST", ASSESS)
    if end == "deleted":
        arm("DELETE", "{M}/box-1")
    cloud_store.clock.advance(QUEUE_S)
    Due(cloud_store).settle()
    body = arm("GET", begun.headers["location"]).json()

    assert (body["status"], body["errorDetails"]["code"]) == (
        "Failed", {"lapsed": "Timeout", "deleted": "OperationCanceled"}[end]
    )  # fmt: skip


def test_what_cannot_be(arm: Arm, make_machine: Make) -> None:
    """No machine, a bad body, an operation that never was, and one of another kind."""
    assert code(arm("POST", ASSESS)) == (404, "ResourceNotFound")
    make_machine()
    assert code(arm("POST", INSTALL, json={})) == (400, "InvalidRequestContent")
    deleted = arm("DELETE", "{M}/box-1").headers["location"]
    path = "{S}/providers/Microsoft.HybridCompute/locations/eastus/updateCenterOperationResults/none"
    assert code(arm("GET", path)) == (404, "NotFound")
    assert code(arm("GET", deleted.replace("operationresults", "updateCenterOperationResults"))) == (404, "NotFound")
