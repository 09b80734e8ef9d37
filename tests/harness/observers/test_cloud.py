"""cloud.run-command and cloud.patches: what ARM tells, in the words of a scenario."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from harness.context import Context
from harness.model.expectation import ExpectRunCommand, Text
from harness.observers import OBSERVERS
from simulator.contract import Event, MachineState

_ENDED = {"executionState": "Failed", "exitCode": 3, "output": "out\n", "error": "", "startTime": "t"}


@pytest.fixture
def context(make_context: Callable[..., Context]) -> Context:
    """Give a context with a connected machine, which asked for patches once."""
    context = make_context(machines=[MachineState("/m/box-1", "box-1", "vm", "Connected", "Succeeded")])
    context.patches = "https://arm/results/1?p=x&api-version=2020-08-15-preview"
    return context


@pytest.fixture
def answer(context: Context, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Let ARM answer so; gives what it is asked."""

    def make(status: int, body: Any = None) -> list[str]:
        asked: list[str] = []

        def in_azure(method: str, path: str, *, api_version: str = "") -> httpx.Response:
            asked.append(f"{method} {path} {api_version}".strip())
            return httpx.Response(status, json=body)

        monkeypatch.setattr(context, "in_azure", in_azure)
        return asked

    return make


@pytest.mark.parametrize(
    ("status", "body", "state", "value"),
    [
        (404, {}, "absent", {"name": "r", "state": "absent"}),
        (200, {"properties": {"provisioningState": "Creating"}}, "seen", {"name": "r", "state": "Creating"}),
        (200, {"properties": {"provisioningState": "Succeeded", "instanceView": _ENDED}}, "seen",
         {"name": "r", "state": "Succeeded", "execution": "Failed", "exit-code": 3, "output": "out\n", "error": ""}),
        (200, {"value": []}, "unreadable", None), (500, None, "unreadable", None),
    ],
)  # fmt: skip
def test_reads_a_run_command(
    context: Context, answer: Callable[..., list[str]], *, status: int, body: Any, state: str, value: Any
) -> None:
    """State and instance view, under the names of a scenario; what ARM does not tell is unreadable."""
    asked = answer(status, body)
    seen = OBSERVERS["cloud.run-command"].read(context, ExpectRunCommand(name="r"), "")

    assert (seen.state, seen.value, asked) == (state, value, ["GET /m/box-1/runCommands/r"])


def test_without_a_machine_there_is_no_run_command(make_context: Callable[..., Context]) -> None:
    """It is absent, and ARM is not asked."""
    seen = OBSERVERS["cloud.run-command"].read(make_context(), ExpectRunCommand(name="r"), "")

    assert seen.value == {"name": "r", "state": "absent"}


@pytest.mark.parametrize(
    ("expected", "problem"),
    [
        (ExpectRunCommand(name="r", state="Succeeded", exit_code=3, output=Text(contains="ou")), ""),
        (ExpectRunCommand(name="r", exit_code=0), "'exit-code' is '3', not '0'"),
        (ExpectRunCommand(name="r", execution="Running"), "'execution' is 'Failed', not 'Running'"),
        (ExpectRunCommand(name="r", output=Text(lacks="ou")), "'output' has 'ou'"),
        (ExpectRunCommand(name="r", error=Text(equals="")), "'error' is missing"),
    ],
)
def test_compares_a_run_command(context: Context, expected: ExpectRunCommand, problem: str) -> None:
    """What a scenario does not name is not compared; an exit status is a number."""
    seen = {"name": "r", "state": "Succeeded", "execution": "Failed", "exit-code": 3, "output": "out\n"}

    assert OBSERVERS["cloud.run-command"].mismatch(context, expected, seen) == problem


@pytest.mark.parametrize(
    ("status", "body", "state", "value"),
    [
        (202, None, "absent", {"status": "InProgress"}),
        (200, {"status": "Succeeded", "availablePatchCountByClassification": {"other": 2}}, "seen",
         {"status": "Succeeded", "other": 2}),
        (200, {"status": "Failed"}, "seen", {"status": "Failed"}), (404, {"error": {}}, "unreadable", None),
    ],
)  # fmt: skip
def test_reads_patches(
    context: Context, answer: Callable[..., list[str]], *, status: int, body: Any, state: str, value: Any
) -> None:
    """The result is where ARM said, in the version that it named; counts stand beside the rest."""
    asked = answer(status, body)
    seen = OBSERVERS["cloud.patches"].read(context, {}, "")

    assert (seen.state, seen.value, asked) == (state, value, ["GET /results/1 2020-08-15-preview"])


def test_nobody_has_asked_for_patches(make_context: Callable[..., Context]) -> None:
    """There is nothing to look at."""
    seen = OBSERVERS["cloud.patches"].read(make_context(), {}, "")

    assert (seen.state, seen.value) == ("absent", None)


@pytest.mark.parametrize(
    ("status", "body", "state", "value"),
    [
        (200, {"properties": {"statusReason": "Cloned"}}, "seen", "Cloned"), (200, {"properties": {}}, "seen", "none"),
        (500, None, "unreadable", None),
    ],
)  # fmt: skip
def test_reads_the_status_reason(
    context: Context, answer: Callable[..., list[str]], *, status: int, body: Any, state: str, value: Any
) -> None:
    """ARM leaves it out where there is none; a machine that is gone has none either."""
    asked = answer(status, body)
    observer = OBSERVERS["cloud.status-reason"]
    seen, gone = observer.read(context, "Cloned", "box-1"), observer.read(context, "Cloned", "box-2")

    assert (asked, seen.state, seen.value) == (["GET /m/box-1"], state, value)
    assert (gone.state, gone.value) == ("absent", "absent")


def test_counts_the_machines_of_each_status(make_context: Callable[..., Context]) -> None:
    """Two resources of one identity are one machine, so that a fleet of fifty has fifty identities."""
    names = [("a", "1", "Connected"), ("b", "2", "Connected"), ("c", "2", "Connected"), ("d", "3", "Expired")]
    machines = [MachineState(f"/m/{name}", name, vm_id, status, "Succeeded") for name, vm_id, status in names]  # type: ignore[arg-type]
    observer = OBSERVERS["cloud.statuses"]
    seen = observer.read(make_context(machines=machines), {}, "")

    assert seen.value == {"Connected": 2, "Expired": 1}
    assert observer.mismatch(make_context(), {"Connected": 3}, seen.value).startswith("is '{'Connected': 2")


def test_reads_automatic_upgrades(context: Context, answer: Callable[..., list[str]]) -> None:
    """The switch and the last attempt, as texts; nothing is told of a machine that is gone."""
    answer(200, {"properties": {"agentUpgrade": {"enableAutomaticUpgrade": True, "lastAttemptStatus": "Failed"}}})
    observer = OBSERVERS["cloud.agent-upgrade"]
    seen, gone = observer.read(context, {}, "box-1"), observer.read(context, {}, "box-2")
    answer(500)
    broken = observer.read(context, {}, "box-1")

    assert seen.value == {"enableAutomaticUpgrade": "true", "lastAttemptStatus": "Failed"}
    assert (gone.state, broken.state) == ("absent", "unreadable")


@pytest.mark.parametrize(
    ("numbers", "told"),
    [([], "none"), (["147"], "looked"), (["147", "162", "181", "183"], "installed"), (["183", "147"], "looked"),
     (["147", "162", "181"], "downloaded"), (["147", "161"], "not-downloaded"), (["148"], "not-looked"),
     (["181", "195"], "not-installed"), (["190"], "installed"), (["182"], "not-installed")],
)  # fmt: skip
def test_reads_what_was_reported_last(make_context: Callable[..., Context], numbers: list[str], told: str) -> None:
    """Of events that say how something ended; that it has begun is no news."""
    events = [Event(1, "t", "t", "transition", operation="updates.report", data={"event": each}) for each in numbers]
    context = make_context(events=events)

    assert OBSERVERS["cloud.update-report"].read(context, "none", "").value == told
