"""Run commands take what a request says, never show secrets, and become what the agent tells."""

from __future__ import annotations

import contextlib
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import ApiError
from simulator.resources.entities import Machine, Operation, RunCommand
from simulator.resources.operations import Report
from simulator.resources.run_commands import OUTPUT_CHARACTERS, is_open, reported, shown, told, wanted

NOW = 1_767_225_600.0
MACHINE = Machine(
    key="/m", name="box-1", subscription_id="s", resource_group="rg1", location="eastus", vm_id="v", public_key="",
    principal_id="p", client_id="c", created=NOW,
)  # fmt: skip
PROPERTIES: dict[str, Any] = {
    "source": {"script": "true"}, "parameters": [{"name": "port", "value": 433}], "runAsUser": "me",
    "protectedParameters": [{"name": "key", "value": "hush"}], "runAsPassword": "hush", "provisioningState": "Failed",
}  # fmt: skip
COMMAND = wanted(MACHINE, "r", {"properties": PROPERTIES}, None, "run-1")
BACKGROUND = wanted(MACHINE, "r", {"properties": {"source": {"script": "true"}, "asyncExecution": True}}, None, "run-1")
RUN = Operation(
    key="run-1", status="InProgress", started=NOW, resource=COMMAND.key, action="runCommands.runCommand", machine="/m"
)
DELETE = msgspec.structs.replace(RUN, key="delete-1", action="runCommands.deleteCommand")
STARTED = Report("transitioning", result={"executionState": "Running", "startTime": "t"})
ENDED = Report("succeeded", result={"executionState": "Failed", "exitCode": 3, "output": "out", "error": "err"})
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["name", "value", "script", "scriptUri"]), inner, max_size=2)
    ),
    max_leaves=5,
)
NAMES = ["source", "parameters", "protectedParameters", "runAsUser", "asyncExecution", "timeoutInSeconds"]


def test_it_is_shown_as_recorded_without_secrets() -> None:
    """Type and id are in lower case, defaults are there, what protects stays in."""
    body = shown(COMMAND)

    assert body == {
        "id": "/m/runcommands/r", "name": "r", "type": "Microsoft.HybridCompute/machines/runcommands",
        "location": "eastus",
        "properties": {"source": {"script": "true"}, "parameters": [{"name": "port", "value": "433"}],
                       "runAsUser": "me", "asyncExecution": False, "timeoutInSeconds": 0,
                       "provisioningState": "Creating"},
    }  # fmt: skip
    assert "hush" not in msgspec.json.encode(body).decode()


def test_the_agent_is_told_all() -> None:
    """Secrets too; of one that goes only its name."""
    assert told(RUN, COMMAND)["protectedParameters"] == [{"name": "key", "value": "hush"}]
    assert told(RUN, COMMAND)["runAsPassword"] == "hush"
    assert told(DELETE, COMMAND) == {"name": "r"}


@pytest.mark.parametrize(
    "properties",
    [
        {}, {"source": {}}, {"source": "true"}, {"source": {"script": 1}},
        {"source": {"script": "a", "scriptUri": "b"}},
        {"source": {"script": "a"}, "parameters": {"a": 1}}, {"source": {"script": "a"}, "parameters": ["a"]},
        {"source": {"script": "a"}, "parameters": [{"name": "a"}]},
        {"source": {"script": "a"}, "asyncExecution": "yes"},
        {"source": {"script": "a"}, "timeoutInSeconds": "1"}, {"source": {"script": "a"}, "timeoutInSeconds": True},
        {"source": {"script": "a"}, "timeoutInSeconds": -1}, {"source": {"script": "a"}, "runAsUser": 1},
        {"source": {"script": "a"}, "parameters": [{"name": 1, "value": "x"}]},
        {"source": {"script": "a"}, "protectedParameters": [{"name": "a", "value": []}]},
    ],
)  # fmt: skip
def test_bad_bodies_are_refused(properties: dict[str, Any]) -> None:
    """What cannot be run is answered 400."""
    with pytest.raises(ApiError) as caught:
        wanted(MACHINE, "r", {"properties": properties}, None, "run-1")

    assert (caught.value.status, caught.value.code) == (400, "InvalidRequestContent")


@pytest.mark.parametrize("name", ["", "a b", "a" * 81, "a\n"])
def test_bad_names_are_refused(name: str) -> None:
    """A name has 1 to 80 letters, digits, hyphens, dots and underscores."""
    with pytest.raises(ApiError) as caught:
        wanted(MACHINE, name, {"properties": PROPERTIES}, None, "run-1")

    assert caught.value.code == "InvalidResourceName"


@given(properties=st.dictionaries(st.sampled_from(NAMES), JSON), change=st.dictionaries(st.sampled_from(NAMES), JSON))
def test_any_json_is_kept_or_refused(properties: dict[str, Any], change: dict[str, Any]) -> None:
    """Whatever a body holds: a refusal, or something that can be shown and patched."""
    body = {**properties, "source": {"script": "true"}}
    command = COMMAND
    with contextlib.suppress(ApiError):
        command = wanted(MACHINE, "r", {"properties": body}, None, "run-1")
        command = wanted(MACHINE, "r", {"properties": change}, command, "run-2")

    assert shown(command)["properties"]["source"]


def test_a_patch_merges() -> None:
    """What it does not say stays, secrets too; the run is a new one."""
    after = wanted(MACHINE, "R", {"properties": {"timeoutInSeconds": 5}, "tags": {"a": "1"}}, COMMAND, "run-2")

    assert (after.name, after.run, after.state, after.tags) == ("r", "run-2", "Updating", {"a": "1"})
    assert after.properties == {**COMMAND.properties, "timeoutInSeconds": 5}


def test_a_script_that_fails_was_provisioned() -> None:
    """The exit status is for the instance view; provisioning has succeeded."""
    running = reported(RUN, COMMAND, STARTED, NOW)[1]
    assert running is not None
    operation, command = reported(RUN, running, ENDED, NOW)

    assert (running.state, running.view["executionState"]) == ("Creating", "Running")
    assert command is not None
    assert (operation.status, command.state) == ("Succeeded", "Succeeded")
    assert command.view == ENDED.result


def test_asynchronous_execution_ends_the_operation_at_its_start() -> None:
    """The operation ends when the script runs; what the script becomes still counts, once."""
    operation, running = reported(RUN, BACKGROUND, STARTED, NOW)
    assert running is not None
    was_open = is_open(operation, running)
    after, command = reported(operation, running, ENDED, NOW + 60)

    assert (operation.status, running.state, was_open) == ("Succeeded", "Succeeded", True)
    assert command is not None
    assert (after, command.view, is_open(after, command)) == (operation, ENDED.result, False)


def test_only_the_newest_run_counts() -> None:
    """A script of an earlier run has nothing to tell any more."""
    operation, running = reported(RUN, BACKGROUND, STARTED, NOW)
    assert running is not None

    assert not is_open(operation, msgspec.structs.replace(running, run="run-2"))
    assert not is_open(msgspec.structs.replace(RUN, status="Canceled"), running)


def test_what_could_not_be_run_has_failed() -> None:
    """Without a result the agent's text is the execution's message."""
    operation, command = reported(RUN, COMMAND, Report("failed", "1", "not allowed"), NOW)

    assert command is not None
    assert (operation.status, operation.message, command.state) == ("Failed", "not allowed", "Failed")
    assert command.view == {"executionState": "Failed", "executionMessage": "not allowed"}


@pytest.mark.parametrize(
    ("report", "expected"),
    [(Report("succeeded"), None), (Report("failed"), "Failed"), (Report("transitioning"), "Deleting")],
    ids=["gone", "not gone", "not yet"],
)
def test_removal(report: Report, expected: str | None) -> None:
    """A deleted one is gone; one whose removal failed stays."""
    command = reported(DELETE, msgspec.structs.replace(COMMAND, state="Deleting"), report, NOW)[1]

    assert (command.state if command else None) == expected


def test_output_is_its_end() -> None:
    """Only the last 4 KB are kept."""
    result = {"executionState": "Succeeded", "output": "a" + "b" * OUTPUT_CHARACTERS, "error": ""}
    command = reported(RUN, COMMAND, Report("succeeded", result=result), NOW)[1]

    assert isinstance(command, RunCommand)
    assert command.view["output"] == "b" * OUTPUT_CHARACTERS


@pytest.mark.parametrize(
    "result", [{"exitCode": 0}, {"executionState": "Odd"}, {"executionState": "Failed", "exitCode": "1"},
               {"executionState": "Failed", "exitCode": True}, {"executionState": [1]}]
)  # fmt: skip
def test_results_that_cannot_be(result: dict[str, Any]) -> None:
    """A result of another shape is refused."""
    with pytest.raises(ApiError) as caught:
        reported(RUN, COMMAND, Report("succeeded", result=result), NOW)

    assert caught.value.status == 400
