"""Machines at Resource Manager: made, changed, listed and deleted, as the SDKs and the CLI do it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from simulator.resources.entities import Machine
from simulator.store import Store

Arm = Callable[..., httpx.Response]
Make = Callable[..., dict[str, Any]]
SUBSCRIPTION = "0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00b2"
GROUP_ID = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg1"
MACHINE_ID = f"{GROUP_ID}/providers/Microsoft.HybridCompute/machines/box-1"
SCRIPT = {"properties": {"publisher": "Microsoft.Azure.Extensions", "type": "CustomScript"}}


def code(answer: httpx.Response) -> tuple[int, str]:
    """Give status and error code of an answer."""
    return answer.status_code, answer.json()["error"]["code"]


def test_a_machine_is_created_with_200(arm: Arm, make_machine: Make) -> None:
    """PUT answers 200, never 201, with the machine; GET gives the same and what is in it."""
    body = make_machine(tags={"team": "a"})

    assert (body["id"], body["type"], body["location"]) == (MACHINE_ID, "Microsoft.HybridCompute/machines", "eastus")
    assert (body["properties"]["status"], body["tags"]) == ("AwaitingConnection", {"team": "a"})
    assert body["properties"].pop("provisioningState") == "Creating"
    found = arm("GET", "{M}/box-1").json()
    assert found["properties"].pop("provisioningState") == "Succeeded"
    assert (found.pop("resources"), found) == ([], body)


def test_a_second_put_is_an_update(make_machine: Make, cloud_store: Store) -> None:
    """A PUT of a name that exists changes it, keeps its identity, and is journaled as an update."""
    first = make_machine()
    second = make_machine(number=2, tags={"new": "yes"})
    operations = [event.operation for event in cloud_store.events if event.kind == "request"]

    assert operations == ["machines.create", "machines.update"]
    assert second["identity"] == first["identity"]
    assert second["properties"]["vmId"] == "7e1c2d34-0000-4000-8000-000000000002"
    assert len(cloud_store.all(Machine)) == 1


def test_patch_changes_tags(arm: Arm, make_machine: Make) -> None:
    """PATCH answers 200 with the changed machine; without a machine 404."""
    make_machine(tags={"a": "1"})
    answer = arm("PATCH", "{M}/box-1", json={"tags": {"b": "2"}})

    assert (answer.status_code, answer.json()["tags"]) == (200, {"b": "2"})
    assert code(arm("PATCH", "{M}/box-9", json={"tags": {}})) == (404, "ResourceNotFound")


def test_an_unknown_machine_is_not_found(arm: Arm) -> None:
    """The text names type, name and group, and the front end says that it was its own answer."""
    answer = arm("GET", "{M}/box-9")

    assert code(answer) == (404, "ResourceNotFound")
    assert answer.json()["error"]["message"] == (
        "The Resource 'Microsoft.HybridCompute/machines/box-9' under resource group 'rg1' was not found. "
        "For more details please go to https://aka.ms/ARMResourceNotFoundFix"
    )
    assert answer.headers["x-ms-failure-cause"] == "gateway"


def test_a_missing_group_is_named_first(arm: Arm) -> None:
    """Below a group that is not there everything is ResourceGroupNotFound."""
    path = "{S}/resourceGroups/rg9/providers/Microsoft.HybridCompute/machines"

    assert code(arm("GET", f"{path}/box-1")) == (404, "ResourceGroupNotFound")
    assert code(arm("PUT", f"{path}/box-1", json={"location": "eastus"})) == (404, "ResourceGroupNotFound")
    assert code(arm("GET", path)) == (404, "ResourceGroupNotFound")


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        ("box-1", b"{", (400, "InvalidRequestContent")),
        ("box-1", b"[]", (400, "InvalidRequestContent")),
        ("box-1", b"{}", (400, "LocationRequired")),
        ("box-1", b'{"location": "eastus", "kind": {}}', (400, "InvalidRequestContent")),
        ("box%20one", b'{"location": "eastus"}', (400, "InvalidResourceName")),
        ("b" * 55, b'{"location": "eastus"}', (400, "InvalidResourceName")),
    ],
    ids=["no JSON", "no object", "no location", "kind", "blank in the name", "55 characters"],
)
def test_bad_requests(arm: Arm, name: str, body: bytes, expected: tuple[int, str]) -> None:
    """A PUT that cannot be used is answered 400 with its own code."""
    headers = {"Content-Type": "application/json"}
    assert code(arm("PUT", f"{{M}}/{name}", content=body, headers=headers)) == expected


def test_a_machine_cannot_move(arm: Arm, make_machine: Make) -> None:
    """Another location for the same name is a conflict."""
    make_machine()

    assert code(arm("PUT", "{M}/box-1", json={"location": "westeurope"})) == (409, "InvalidResourceLocation")


def test_lists_come_in_pages(arm: Arm, make_machine: Make) -> None:
    """Seven machines are three pages of at most three; each link leads on, the last page has none."""
    for number in range(7):
        make_machine(f"box-{number}", number)
    first = arm("GET", "{M}").json()
    second = arm("GET", first["nextLink"]).json()
    third = arm("GET", second["nextLink"]).json()
    names = [item["name"] for page in (first, second, third) for item in page["value"]]

    assert names == [f"box-{number}" for number in range(7)]
    assert "nextLink" not in third


def test_a_full_last_page_has_no_link(arm: Arm, make_machine: Make) -> None:
    """Exactly one page is one page."""
    for number in range(3):
        make_machine(f"box-{number}", number)

    assert "nextLink" not in arm("GET", "{M}").json()


def test_lists_have_no_children(arm: Arm, make_machine: Make) -> None:
    """An item of a list and the answer to a PUT have no `resources`, a machine that was asked for has."""
    made = make_machine()

    assert "resources" not in made
    assert "resources" not in arm("GET", "{M}").json()["value"][0]
    assert arm("GET", "{M}/box-1").json()["resources"] == []


def test_a_group_lists_its_own(arm: Arm, make_machine: Make) -> None:
    """A group whose name begins like another one does not list the other's machines; the subscription lists all."""
    arm("PUT", "{S}/resourceGroups/rg10", json={"location": "eastus"})
    arm("PUT", "{S}/resourceGroups/rg10/providers/Microsoft.HybridCompute/machines/box-2", json={"location": "eastus"})
    make_machine()
    everywhere = arm("GET", "{S}/providers/Microsoft.HybridCompute/machines").json()["value"]

    assert [item["name"] for item in arm("GET", "{M}").json()["value"]] == ["box-1"]
    assert sorted(item["name"] for item in everywhere) == ["box-1", "box-2"]


@pytest.mark.parametrize(
    ("version", "expected"),
    [("2022-12-27", 200), ("2024-07-10", 200), ("2024-09-10-preview", 202), ("2026-07-15", 202)],
)
def test_old_versions_delete_at_once(arm: Arm, make_machine: Make, version: str, expected: int) -> None:
    """Their SDKs take nothing else."""
    make_machine()

    assert arm("DELETE", "{M}/box-1", version=version).status_code == expected
    assert arm("GET", "{M}/box-1").status_code == 404


def test_a_machine_is_reconnected(arm: Arm, make_machine: Make) -> None:
    """It has another vmId and key, and all else is as before; a machine that is not there is not made."""
    before = make_machine()
    given = {"vmId": "7e1c2d34-9999-4000-8000-000000000001", "clientPublicKey": "AAAA"}
    after = arm("POST", "{M}/box-1/reconnect", json={"properties": given}, version="2019-12-12")

    assert after.status_code == 200
    assert after.json()["properties"] == {**before["properties"], **given, "provisioningState": "Succeeded"}
    assert (after.json()["tags"], after.json()["identity"]) == (before["tags"], before["identity"])
    assert arm("POST", "{M}/box-9/reconnect", json={"properties": given}).status_code == 404


def test_delete_is_a_long_operation(arm: Arm, make_machine: Make) -> None:
    """DELETE answers an empty 202; both of its addresses say that it is done; then 204 for what is not there."""
    make_machine()
    deleted = arm("DELETE", "{M}/box-1")
    status = arm("GET", deleted.headers["azure-asyncoperation"])
    result = arm("GET", deleted.headers["location"])

    assert (deleted.status_code, deleted.content, deleted.headers["retry-after"]) == (202, b"", "1")
    assert (status.status_code, status.json()["status"]) == (200, "Succeeded")
    assert not {"azure-asyncoperation", "location"} & status.headers.keys()
    assert (result.status_code, result.content) == (200, b"")
    assert arm("DELETE", "{M}/box-1").status_code == 204


def test_an_identity_that_changes_is_updating(arm: Arm, make_machine: Make) -> None:
    """As recorded: the answer says Updating, the principal is gone; the next look says Succeeded."""
    body = make_machine()
    answer = arm("PUT", "{M}/box-1", json={**body, "identity": {"type": "None"}}).json()

    assert answer["identity"] == {"type": "None", "tenantId": body["identity"]["tenantId"]}
    assert answer["properties"]["provisioningState"] == "Updating"
    assert arm("GET", "{M}/box-1").json()["properties"]["provisioningState"] == "Succeeded"


def test_automatic_upgrades_are_switched_by_patch(arm: Arm, make_machine: Make) -> None:
    """The switch stays with the machine; other properties and tags are not touched."""
    make_machine(tags={"a": "1"})
    answer = arm("PATCH", "{M}/box-1", json={"properties": {"agentUpgrade": {"enableAutomaticUpgrade": True}}}).json()

    assert answer["properties"]["agentUpgrade"] == {"enableAutomaticUpgrade": True}
    assert (arm("GET", "{M}/box-1").json()["properties"]["agentUpgrade"], answer["tags"]) == (
        {"enableAutomaticUpgrade": True},
        {"a": "1"},
    )


@pytest.mark.parametrize("path", ["{M}/box-1", "{M}"])
def test_expanding_the_instance_view(arm: Arm, make_machine: Make, path: str) -> None:
    """`$expand=instanceView` adds the extensions' views to a machine and to a group's list."""
    make_machine()
    arm("PUT", "{M}/box-1/extensions/script", json=SCRIPT).raise_for_status()
    plain, expanded = arm("GET", path).json(), arm("GET", path, params={"$expand": "InstanceView"}).json()
    plain, expanded = (body["value"][0] if "value" in body else body for body in (plain, expanded))

    assert "extensions" not in plain["properties"]
    assert [view["name"] for view in expanded["properties"]["extensions"]] == ["script"]


def test_expansion_lasts_over_pages(arm: Arm, make_machine: Make) -> None:
    """The link to the next page asks for the same."""
    for number in range(4):
        make_machine(f"box-{number}", number)
    first = arm("GET", "{M}", params={"$expand": "instanceView"}).json()

    assert arm("GET", first["nextLink"]).json()["value"][0]["properties"]["extensions"] == []


def test_an_unknown_expansion_is_refused(arm: Arm, make_machine: Make) -> None:
    """There is one thing to expand."""
    make_machine()

    assert code(arm("GET", "{M}/box-1", params={"$expand": "all"})) == (400, "InvalidQueryParameterValue")
    assert code(arm("GET", "{M}", params={"$expand": "all"})) == (400, "InvalidQueryParameterValue")


@pytest.mark.parametrize("location", ["日本", "a/b?c", "a\r\nb", "x", ["eastus"], {"a": 1}, 5], ids=str)
@pytest.mark.parametrize("place", ["machines/new", "licenses/new"])
def test_what_is_no_location(arm: Arm, location: Any, place: str) -> None:
    """It is refused, and nothing is made."""
    path = f"{{G}}/providers/Microsoft.HybridCompute/{place}"

    assert code(arm("PUT", path, json={"location": location})) == (400, "LocationNotAvailableForResourceType")
    assert arm("GET", path).status_code == 404
