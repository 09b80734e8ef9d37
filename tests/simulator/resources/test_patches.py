"""Patch operations take what the OpenAPI has, and give bodies as recorded."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import ApiError
from simulator.resources.entities import Machine, Operation
from simulator.resources.operations import LAPSED, Report
from simulator.resources.patches import reported, shown, told, wanted

NOW = 1_767_225_600.0
MACHINE = Machine(
    key="/m", name="box-1", subscription_id="s", resource_group="rg1", location="eastus", vm_id="v", public_key="",
    principal_id="p", client_id="c", created=NOW,
)  # fmt: skip
ASSESS = Operation(
    key="o", status="InProgress", started=NOW, resource="/m", action="patches.assessPatches", machine="/m"
)
INSTALL = msgspec.structs.replace(ASSESS, action="patches.installPatches")
BODY: dict[str, Any] = {
    "maximumDuration": "PT4H", "rebootSetting": "IfRequired",
    "linuxParameters": {"classificationsToInclude": ["Critical"], "packageNameMasksToExclude": ["*-doc"]},
}  # fmt: skip
FOUND = {"patchServiceUsed": "APT", "rebootPending": True,
         "availablePatchCountByClassification": {"security": 2, "critical": 0, "other": 7}}  # fmt: skip


def test_the_agent_is_told_what_is_wanted() -> None:
    """Members of the OpenAPI go through, others do not."""
    operation = msgspec.structs.replace(INSTALL, options=wanted({**BODY, "more": 1}))

    assert told(operation, MACHINE) == {"name": "box-1", **BODY}


@pytest.mark.parametrize(
    "change",
    [
        {"maximumDuration": None}, {"maximumDuration": "4 hours"}, {"maximumDuration": "P"}, {"maximumDuration": "PT"},
        {"rebootSetting": "Perhaps"}, {"rebootSetting": None}, {"linuxParameters": [1]},
        {"linuxParameters": {"classificationsToInclude": ["Tools"]}},
        {"linuxParameters": {"packageNameMasksToInclude": [1]}},
        {"windowsParameters": {"classificationsToInclude": "Security"}},
    ],
)  # fmt: skip
def test_bad_wishes_are_refused(change: dict[str, Any]) -> None:
    """What cannot be is answered 400."""
    with pytest.raises(ApiError) as caught:
        wanted({**BODY, **change})

    assert (caught.value.status, caught.value.code) == (400, "InvalidRequestContent")


def test_an_assessment_as_recorded() -> None:
    """The recorded members, with apt's numbers."""
    operation, _ = reported(ASSESS, MACHINE, Report("succeeded", result=FOUND), NOW + 60)

    assert shown(operation, MACHINE) == {
        "startDateTime": "2026-01-01T00:00:00.0000000Z", "lastModifiedDateTime": "2026-01-01T00:01:00.0000000Z",
        "startedBy": "User", "rebootPending": True, "patchServiceUsed": "APT", "status": "Succeeded",
        "availablePatchCountByClassification": {"security": 2, "critical": 0, "other": 7},
        "assessmentActivityId": "o", "osType": "Linux",
    }  # fmt: skip


@pytest.mark.parametrize(("failed", "expected"), [(0, "Succeeded"), (1, "CompletedWithWarnings")])
def test_an_installation_as_recorded(failed: int, expected: str) -> None:
    """Counts that were not told are 0; what could not be installed is a warning."""
    result = {"installedPatchCount": 3, "failedPatchCount": failed, "rebootStatus": "NotNeeded"}
    body = shown(reported(INSTALL, MACHINE, Report("succeeded", result=result), NOW)[0], MACHINE)

    assert (body["status"], body["installedPatchCount"], body["pendingPatchCount"]) == (expected, 3, 0)
    assert (body["installationActivityId"], body["rebootStatus"]) == ("o", "NotNeeded")


@pytest.mark.parametrize("operation", [ASSESS, INSTALL])
def test_a_failure_has_its_details(operation: Operation) -> None:
    """Code and text are the agent's, or those of a machine that never came."""
    body = shown(reported(operation, MACHINE, LAPSED, NOW)[0], None)

    assert (body["status"], body["errorDetails"]["code"]) == ("Failed", "Timeout")


def test_a_machine_of_windows() -> None:
    """The system is the machine's."""
    windows = msgspec.structs.replace(MACHINE, facts={"osType": "windows"})

    assert shown(reported(ASSESS, windows, Report("succeeded"), NOW)[0], windows)["osType"] == "Windows"


def test_a_report_in_between_ends_nothing() -> None:
    """While the agent works nothing changes."""
    assert reported(ASSESS, MACHINE, Report("transitioning"), NOW) == (ASSESS, MACHINE)


@given(st.dictionaries(
    st.sampled_from(["rebootPending", "failedPatchCount", "availablePatchCountByClassification", "rebootStatus"]),
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.dictionaries(st.just("other"), st.text()),
))  # fmt: skip
def test_results_are_kept_or_refused(result: dict[str, Any]) -> None:
    """A result of another type is refused, and never shown."""
    for operation in (ASSESS, INSTALL):
        try:
            after, _ = reported(operation, MACHINE, Report("succeeded", result=result), NOW)
        except ApiError:
            continue
        body = shown(after, MACHINE)
        assert isinstance(body.get("rebootPending", True), bool)
        assert isinstance(body.get("failedPatchCount", 0), int)
