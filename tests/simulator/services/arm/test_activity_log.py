"""The activity log: what was done, by whom, how it ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from simulator.resources.entities import Extension, Operation
from simulator.store import Store

Arm = Callable[..., httpx.Response]
Control = Callable[..., httpx.Response]
Make = Callable[..., dict[str, Any]]
LOG = "{S}/providers/Microsoft.Insights/eventtypes/management/values"
ALWAYS = "eventTimestamp ge '2026-01-01T00:00:00Z'"


def code(answer: httpx.Response) -> tuple[int, str]:
    """Give status and error code of an answer."""
    return answer.status_code, answer.json()["error"]["code"]


def log(arm: Arm, text: str = "", **more: str) -> list[dict[str, Any]]:
    """Give the log over all pages, oldest first."""
    answer = arm("GET", LOG, params={"$filter": f"{ALWAYS} and {text}" if text else ALWAYS, **more}).json()
    found: list[dict[str, Any]] = answer["value"]
    while "nextLink" in answer:
        answer = arm("GET", answer["nextLink"]).json()
        found += answer["value"]
    return found[::-1]


def told(events: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Give action and status of each event."""
    return [(event["operationName"]["value"], event["status"]["value"]) for event in events]


def test_a_write_is_told_with_its_end(arm: Arm, make_machine: Make) -> None:
    """It began and it ended; both say who, what and where, and have one correlation id."""
    machine = make_machine()
    began, ended = log(arm)

    assert told([began, ended]) == [
        ("Microsoft.HybridCompute/machines/write", "Started"),
        ("Microsoft.HybridCompute/machines/write", "Succeeded"),
    ]
    assert (ended["resourceId"], ended["caller"], ended["resourceGroupName"]) == (machine["id"], "app-owner", "rg1")
    assert ended["resourceProviderName"]["value"] == "Microsoft.HybridCompute"
    assert ended["resourceType"]["value"] == "Microsoft.HybridCompute/machines"
    assert ended["subStatus"] == {"value": "OK", "localizedValue": "OK (HTTP Status Code: 200)"}
    assert (began["eventName"]["value"], ended["eventName"]["value"]) == ("BeginRequest", "EndRequest")
    assert began["correlationId"] == ended["correlationId"] != ""
    assert began["eventDataId"] != ended["eventDataId"]
    assert ended["eventTimestamp"] == "2026-01-01T00:00:00.0000000Z"
    assert ended["httpRequest"]["method"] == "PUT"


def test_the_correlation_id_is_that_of_the_answer(arm: Arm, make_machine: Make) -> None:
    """Who has an answer finds its events, and nothing else, by the id."""
    make_machine()
    answer = arm("DELETE", "{M}/none")
    found = log(arm, f"correlationId eq '{answer.headers['x-ms-correlation-request-id']}'")

    assert [event["operationName"]["value"] for event in found] == ["Microsoft.HybridCompute/machines/delete"] * 2


def test_a_refusal_is_told(arm: Arm) -> None:
    """Who was not allowed is in the log with the reason; reading is not."""
    arm("GET", "{M}", who="stranger")
    arm("DELETE", "{M}/box-1", who="onboarding")
    found = log(arm)

    assert told(found) == [
        ("Microsoft.HybridCompute/machines/delete", "Started"),
        ("Microsoft.HybridCompute/machines/delete", "Failed"),
    ]
    assert (found[1]["caller"], found[1]["level"], found[1]["subStatus"]["value"]) == ("app-onb", "Error", "Forbidden")


def test_a_long_operation_is_told_with_its_end(arm: Arm, make_machine: Make, cloud_store: Store) -> None:
    """An operation was accepted, and what becomes of it is told when it has ended."""
    make_machine()
    properties = {"publisher": "Microsoft.Azure.Monitor", "type": "AzureMonitorLinuxAgent"}
    arm("PUT", "{M}/box-1/extensions/e1", json={"location": "eastus", "properties": properties}).raise_for_status()
    text = "resourceType eq 'Microsoft.HybridCompute/machines/extensions'"
    pending = [status for _, status in told(log(arm, text))]
    arm("DELETE", "{M}/box-1")
    ended = [status for _, status in told(log(arm, text))]

    assert (cloud_store.all(Extension), len(cloud_store.all(Operation))) == ([], 2)
    assert (pending, ended) == (["Started", "Accepted"], ["Started", "Accepted", "Failed"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("resourceGroupName eq 'RG1'", 4), ("resourceGroupName eq 'rg2'", 2),
        ("resourceProvider eq 'Microsoft.HybridCompute'", 4), ("resourceProvider eq 'Microsoft.Resources'", 2),
        ("resourceProvider eq 'Microsoft.Advisor'", 2), ("status eq 'Succeeded'", 4), ("caller eq 'nobody'", 0),
        ("eventTimestamp ge '2026-01-01T01:00:00Z'", 0), ("eventTimestamp le 2026-01-01T00:00:00Z", 8),
    ],
)  # fmt: skip
def test_filters(arm: Arm, make_machine: Make, text: str, expected: int) -> None:
    """Group, provider, status, caller and time choose."""
    make_machine("box-1", 1)
    make_machine("box-2", 2)
    arm("PUT", "{S}/resourcegroups/rg2", json={"location": "eastus"}).raise_for_status()
    arm("POST", "{S}/providers/Microsoft.Advisor/register").raise_for_status()

    assert len(log(arm, text)) == expected


def test_one_resource(arm: Arm, make_machine: Make) -> None:
    """A resource's events are found by its id; `$select` leaves out the rest of each."""
    uri = make_machine("box-1", 1)["id"]
    make_machine("box-2", 2)
    found = log(arm, f"resourceUri eq '{uri}'", **{"$select": "status, resourceId"})

    assert found == [
        {"resourceId": uri, "status": {"value": status, "localizedValue": status}}
        for status in ("Started", "Succeeded")
    ]


@pytest.mark.parametrize(
    ("params", "expected"),
    [({}, "BadRequest"), ({"$filter": "colour eq 'x'"}, "InvalidFilterInQueryString"),
     ({"$filter": "eventTimestamp ge 'soon'"}, "InvalidFilterInQueryString")],
)  # fmt: skip
def test_a_log_that_cannot_be(arm: Arm, make_machine: Make, params: dict[str, str], expected: str) -> None:
    """A filter is needed, and has to be one."""
    make_machine()

    assert code(arm("GET", LOG, params=params)) == (400, expected)


def test_who_may_read_it(arm: Arm) -> None:
    """A reader may, the roles of machines may not."""
    seen = [arm("GET", LOG, who=who, params={"$filter": ALWAYS}).status_code for who in ("reader", "administrator")]

    assert seen == [200, 403]


def test_what_happens_while_pages_are_read(arm: Arm, make_machine: Make) -> None:
    """Something new is at the beginning of the next look; the pages behind a link go on where the last one ended."""
    for number in range(1, 4):
        make_machine(f"box-{number}", number)
    every = [event["eventDataId"] for event in reversed(log(arm))]
    page = arm("GET", LOG, params={"$filter": "status ne 'x'"}).json()
    seen = page["value"]
    while "nextLink" in page:
        make_machine("box-9", 9)
        page = arm("GET", page["nextLink"]).json()
        seen = [*seen, *page["value"]]

    assert [event["eventDataId"] for event in seen] == every


def test_the_categories(arm: Arm) -> None:
    """Each has its name and a text for people."""
    listed = arm("GET", "/providers/Microsoft.Insights/eventcategories?api-version=2015-04-01").json()["value"]

    assert {"value": "Administrative", "localizedValue": "Administrative"} in listed
