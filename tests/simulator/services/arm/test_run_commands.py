"""Run commands at Resource Manager: a script for the agent, and what the agent tells of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from simulator.due import Due
from simulator.resources.entities import Operation, RunCommand
from simulator.resources.operations import QUEUE_S
from simulator.store import Store

Arm = Callable[..., httpx.Response]
Make = Callable[..., dict[str, Any]]
PATH = "{M}/box-1/runCommands/hello"
BODY: dict[str, Any] = {
    "location": "eastus",
    "properties": {"source": {"script": "echo hello"}, "protectedParameters": [{"name": "a", "value": "hush"}]},
}
DONE = {"executionState": "Succeeded", "exitCode": 0, "output": "hello", "error": "",
        "executionMessage": "RunCommand script execution completed",
        "startTime": "2026-01-01T00:00:00.0000000+00:00", "endTime": "2026-01-01T00:00:01.0000000+00:00"}  # fmt: skip


def code(answer: httpx.Response) -> tuple[int, str]:
    """Give status and error code of an answer."""
    return answer.status_code, answer.json()["error"]["code"]


def test_a_script_from_put_to_result(arm: Arm, agent: Callable[..., Any]) -> None:
    """201 with the resource, polled until the agent has run it, then the instance view in every answer."""
    put = arm("PUT", PATH, json=BODY)
    queued = arm("GET", put.headers["azure-asyncoperation"]).json()["status"]
    operation = agent()[0]
    running = arm("GET", put.headers["azure-asyncoperation"]).json()["status"]
    agent(operation["operationId"], **DONE)
    status, result, got = (arm("GET", url) for url in (
        put.headers["azure-asyncoperation"], put.headers["location"], PATH))  # fmt: skip

    assert (put.status_code, put.json()["properties"]["provisioningState"]) == (201, "Creating")
    assert put.json()["id"].endswith("/machines/box-1/runcommands/hello")
    assert (operation["action"], operation["name"], operation["source"]) == (
        "runCommand", "hello", {"script": "echo hello"}
    )  # fmt: skip
    assert operation["protectedParameters"] == [{"name": "a", "value": "hush"}]
    assert (queued, running, status.json()["status"]) == ("Queued", "InProgress", "Succeeded")
    assert got.json()["properties"]["instanceView"] == DONE
    assert status.json()["properties"] == result.json() == got.json()
    assert arm("GET", "{M}/box-1/runCommands", params={"$expand": "instanceView"}).json()["value"] == [got.json()]
    assert "hush" not in put.text + status.text + got.text


def test_secrets_are_not_journaled(arm: Arm, agent: Callable[..., Any], cloud_store: Store) -> None:
    """Neither parameters nor output are in the journal."""
    arm("PUT", PATH, json=BODY)
    agent(agent()[0]["operationId"], **{**DONE, "output": "the password is hush"})

    assert not [event for event in cloud_store.events if "hush" in repr(event)]


def test_an_update_stops_the_run_before(arm: Arm, agent: Callable[..., Any], cloud_store: Store) -> None:
    """The operation of before is canceled; the agent is handed the new one only, and a late report is ignored."""
    first = arm("PUT", PATH, json=BODY)
    old = agent()[0]["operationId"]
    second = arm("PUT", PATH.upper().replace("{M}", "{M}"), json={"properties": {"source": {"script": "exit 1"}}})
    handed_out = agent()
    late = agent(old, **DONE)

    assert (second.status_code, second.json()["name"]) == (200, "hello")
    assert arm("GET", first.headers["azure-asyncoperation"]).json()["status"] == "Canceled"
    assert [item["source"] for item in handed_out] == [{"script": "exit 1"}]
    assert (late.status_code, cloud_store.all(RunCommand)[0].view) == (204, {})


def test_several_run_side_by_side(arm: Arm, agent: Callable[..., Any]) -> None:
    """Neither another script nor an extension is in the way."""
    arm("PUT", PATH, json=BODY)
    other = arm("PUT", "{M}/box-1/runCommands/other", json=BODY)
    kind = {"publisher": "Microsoft.Azure.Extensions", "type": "CustomScript"}
    extension = arm("PUT", "{M}/box-1/extensions/script", json={"properties": kind})

    assert (other.status_code, extension.status_code) == (201, 202)
    assert sorted(item["action"] for item in agent()) == ["install", "runCommand", "runCommand"]


def test_patching(arm: Arm, agent: Callable[..., Any], cloud_store: Store) -> None:
    """Tags change at once and run nothing; anything else runs it anew."""
    arm("PUT", PATH, json=BODY)
    agent(agent()[0]["operationId"], **DONE)
    tagged = arm("PATCH", PATH, json={"tags": {"a": "1"}})
    after_tags = agent()
    rerun = arm("PATCH", PATH, json={"properties": {"timeoutInSeconds": 5}})

    assert (tagged.status_code, tagged.json()["tags"], after_tags) == (200, {"a": "1"}, [])
    assert tagged.json()["properties"]["instanceView"] == DONE
    assert (rerun.status_code, agent()[0]["timeoutInSeconds"]) == (202, 5)
    assert agent()[0]["protectedParameters"] == [{"name": "a", "value": "hush"}]


def test_deleting(arm: Arm, agent: Callable[..., Any], cloud_store: Store) -> None:
    """The agent is told to stop it; then it is gone, and deleting again is 204."""
    arm("PUT", PATH, json=BODY)
    deleted = arm("DELETE", PATH)
    operations = agent()
    agent(operations[0]["operationId"])
    status = arm("GET", deleted.headers["azure-asyncoperation"])

    assert (deleted.status_code, deleted.content) == (202, b"")
    assert [(item["action"], "source" in item) for item in operations] == [("deleteCommand", False)]
    assert (status.json()["status"], "properties" in status.json()) == ("Succeeded", False)
    assert (arm("GET", deleted.headers["location"]).content, cloud_store.all(RunCommand)) == (b"", [])
    assert arm("DELETE", PATH).status_code == 204


def test_what_is_not_there(arm: Arm, agent: Callable[..., Any]) -> None:
    """Reading and patching is 404, on a missing machine too; a bad body is refused."""
    assert code(arm("GET", PATH)) == (404, "ResourceNotFound")
    assert code(arm("PATCH", PATH, json={})) == (404, "ResourceNotFound")
    assert code(arm("PUT", "{M}/box-9/runCommands/x", json=BODY)) == (404, "ParentResourceNotFound")
    assert code(arm("PUT", PATH, json={})) == (400, "InvalidRequestContent")


def test_nobody_fetches_it(arm: Arm, make_machine: Make, cloud_store: Store) -> None:
    """After six hours it has failed, and says why."""
    make_machine()
    put = arm("PUT", PATH, json=BODY)
    cloud_store.clock.advance(QUEUE_S)
    Due(cloud_store).settle()

    assert arm("GET", put.headers["azure-asyncoperation"]).json()["error"]["code"] == "Timeout"
    assert arm("GET", PATH).json()["properties"]["provisioningState"] == "Failed"


@pytest.mark.parametrize("path", ["{M}/box-1", "{G}"])
def test_it_goes_with_its_machine(arm: Arm, make_machine: Make, cloud_store: Store, path: str) -> None:
    """Deleting machine or group takes run commands along and ends what is pending."""
    make_machine()
    arm("PUT", PATH, json=BODY)
    arm("DELETE", path)

    assert cloud_store.all(RunCommand) == []
    assert "InProgress" not in {operation.status for operation in cloud_store.all(Operation)}


@pytest.mark.parametrize(
    ("who", "method", "expected"),
    [("reader", "GET", 404), ("reader", "PUT", 403), ("administrator", "PUT", 201), ("onboarding", "PUT", 403)],
)
def test_roles(arm: Arm, make_machine: Make, who: str, method: str, expected: int) -> None:
    """Readers look, resource administrators run. Source: the documentation's section on roles."""
    make_machine()

    assert arm(method, PATH, who=who, json=BODY).status_code == expected
