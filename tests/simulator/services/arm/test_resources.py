"""Resources of all types in one list, and by id."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

Arm = Callable[..., httpx.Response]
Make = Callable[..., dict[str, Any]]
AGENT = {"publisher": "Microsoft.Azure.Monitor", "type": "AzureMonitorLinuxAgent"}
LICENSE = "{G}/providers/Microsoft.HybridCompute/licenses/l1"


def code(answer: httpx.Response) -> tuple[int, str]:
    """Give status and error code of an answer."""
    return answer.status_code, answer.json()["error"]["code"]


@pytest.fixture
def some(arm: Arm, make_machine: Make) -> None:
    """Make two machines, one in the west, an extension and a licence."""
    make_machine("box-1", 1, tags={"env": "prod"})
    make_machine("box-2", 2, location="westeurope", tags={"env": "test", "team": "prod"})
    extension = {"location": "eastus", "properties": AGENT}
    arm("PUT", "{M}/box-1/extensions/e1", json=extension).raise_for_status()
    properties = {"licenseDetails": {"target": "Windows Server 2012", "edition": "Standard", "type": "pCore",
                                     "state": "Deactivated", "processors": 16}}  # fmt: skip
    arm("PUT", LICENSE, json={"location": "eastus", "properties": properties}).raise_for_status()


def names(arm: Arm, path: str = "{S}", **params: str) -> list[str]:
    """Give the names that a list has, over all pages."""
    answer = arm("GET", f"{path}/resources", params={f"${name}": text for name, text in params.items()}).json()
    found = [item["name"] for item in answer["value"]]
    while "nextLink" in answer:
        answer = arm("GET", answer["nextLink"]).json()
        found += [item["name"] for item in answer["value"]]
    return found


@pytest.mark.usefixtures("some")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["l1", "box-1", "e1", "box-2"]),
        ("resourceType eq 'microsoft.hybridcompute/machines'", ["box-1", "box-2"]),
        ("resourceType eq 'Microsoft.HybridCompute/machines' and location eq 'westeurope'", ["box-2"]),
        ("name eq 'box-1' or name eq 'l1'", ["l1", "box-1"]),
        ("substringof('box', name)", ["box-1", "box-2"]),
        ("tagName eq 'env' and tagValue eq 'prod'", ["box-1"]),
        ("tagName eq 'env'", ["box-1", "box-2"]),
        ("resourceGroup eq 'RG1' and resourceType ne 'Microsoft.HybridCompute/machines'", ["l1", "e1"]),
        ("resourceGroup eq 'rg9'", []),
    ],
)
def test_filters(arm: Arm, text: str, expected: list[str]) -> None:
    """What CLI and SDK ask for is found, page after page."""
    assert names(arm, filter=text) == expected


@pytest.mark.usefixtures("some")
def test_an_item(arm: Arm) -> None:
    """An item has no properties; what `$expand` names comes in addition."""
    plain = arm("GET", "{G}/resources", params={"$filter": "name eq 'box-1'"}).json()["value"]
    params = {"$filter": "name eq 'box-1'", "$expand": "createdTime,changedTime,provisioningState"}
    more = arm("GET", "{S}/resources", params=params).json()["value"]

    assert plain == [{"id": arm("GET", "{M}/box-1").json()["id"], "name": "box-1", "location": "eastus",
                      "type": "Microsoft.HybridCompute/machines", "tags": {"env": "prod"}}]  # fmt: skip
    assert more == [plain[0] | {"createdTime": "2026-01-01T00:00:00.0000000Z", "provisioningState": "Succeeded",
                                "changedTime": "2026-01-01T00:00:00.0000000Z"}]  # fmt: skip


@pytest.mark.usefixtures("some")
def test_top(arm: Arm) -> None:
    """No more than asked for is given."""
    assert names(arm, top="1") == ["l1"]


@pytest.mark.usefixtures("some")
@pytest.mark.parametrize(
    ("who", "expected"), [("reader", 4), ("onboarding", 2), ("administrator", 4), ("stranger", 403)]
)
def test_everybody_sees_what_they_may_read(arm: Arm, who: str, expected: int) -> None:
    """The list has the resources whose type the caller may read; without any role it is refused."""
    answer = arm("GET", "{G}/resources", who=who)
    body = answer.json()
    found = len(body["value"]) + (1 if "nextLink" in body else 0) if answer.status_code == 200 else answer.status_code

    assert found == expected


@pytest.mark.parametrize("params", [{"$filter": "colour eq 'x'"}, {"$expand": "everything"}, {"$top": "0"}])
def test_a_list_that_cannot_be(arm: Arm, make_machine: Make, params: dict[str, str]) -> None:
    """A mistake in the query is refused."""
    make_machine()

    assert arm("GET", "{S}/resources", params=params).status_code == 400


def test_a_group_that_is_not_there(arm: Arm) -> None:
    """Its resources are not an empty list."""
    assert code(arm("GET", "{S}/resourceGroups/rg9/resources")) == (404, "ResourceGroupNotFound")


@pytest.mark.usefixtures("some")
@pytest.mark.parametrize("path", ["{M}/box-1", "{M}/box-1/extensions/e1", LICENSE])
def test_by_id(arm: Arm, path: str) -> None:
    """Any resource is looked for by HEAD and given by GET with its id."""
    there, absent = arm("HEAD", path), arm("HEAD", f"{path}9")

    assert (there.status_code, there.content, absent.status_code) == (204, b"", 404)
    assert arm("GET", path).json()["name"] == path.rpartition("/")[2]
