"""Extensions at Resource Manager: one operation at a time, one extension of a kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import msgspec
import pytest

from simulator.resources.entities import Extension, Operation
from simulator.resources.transition import Transition
from simulator.store import Store

Arm = Callable[..., httpx.Response]
Make = Callable[..., dict[str, Any]]
SCRIPT_KIND = {"publisher": "Microsoft.Azure.Extensions", "type": "CustomScript"}
SCRIPT: dict[str, Any] = {
    "location": "eastus",
    "properties": {
        "publisher": "Microsoft.Azure.Extensions",
        "type": "CustomScript",
        "protectedSettings": {"a": "hush"},
    },
}


def code(answer: httpx.Response) -> tuple[int, str]:
    """Give status and error code of an answer."""
    return answer.status_code, answer.json()["error"]["code"]


def finish(store: Store, status: str) -> None:
    """End the pending operation as an agent's report would."""
    pending = next(item for item in store.all(Operation) if item.status == "InProgress" and item.machine)
    fields = {"status": status, "code": "51", "message": "no such distro"}
    ended = Operation(**{**{name: getattr(pending, name) for name in pending.__struct_fields__}, **fields})
    store.apply(Transition("test.end", (ended,)))


def test_one_operation_at_a_time(arm: Arm, make_machine: Make) -> None:
    """While an operation runs on a machine every other one is a conflict."""
    make_machine()
    arm("PUT", "{M}/box-1/extensions/script", json=SCRIPT)

    assert code(arm("PUT", "{M}/box-1/extensions/other", json=SCRIPT)) == (409, "HCRP409")
    assert code(arm("DELETE", "{M}/box-1/extensions/script")) == (409, "HCRP409")


def test_one_extension_of_a_kind(arm: Arm, make_machine: Make, cloud_store: Store) -> None:
    """A second name for the same publisher and type is a conflict."""
    make_machine()
    arm("PUT", "{M}/box-1/extensions/script", json=SCRIPT)
    finish(cloud_store, "Succeeded")

    assert code(arm("PUT", "{M}/box-1/extensions/other", json=SCRIPT)) == (409, "HCRP409")


def test_missing_extensions(arm: Arm, make_machine: Make) -> None:
    """Reading or patching what is not there is HCRP404; deleting it is 204."""
    make_machine()

    assert code(arm("GET", "{M}/box-1/extensions/none")) == (404, "HCRP404")
    assert code(arm("PATCH", "{M}/box-1/extensions/none", json={})) == (404, "HCRP404")
    assert arm("DELETE", "{M}/box-1/extensions/none").status_code == 204
    assert code(arm("PUT", "{M}/box-9/extensions/none", json=SCRIPT)) == (404, "ParentResourceNotFound")


@pytest.mark.parametrize(
    "change", [{"publisher": "Nobody"}, {"type": "Nothing"}, {"typeHandlerVersion": "9.9"}, {"typeHandlerVersion": "x"}]
)
def test_only_what_the_catalogue_has(arm: Arm, make_machine: Make, cloud_store: Store, change: dict[str, str]) -> None:
    """An unknown publisher, type or version is refused as seen in public: HCRP400, ExtensionNotFound."""
    make_machine()
    answer = arm("PUT", "{M}/box-1/extensions/e", json={"properties": {**SCRIPT["properties"], **change}})

    assert code(answer) == (400, "HCRP400")
    assert answer.json()["error"]["message"] == "ExtensionNotFound"
    assert (cloud_store.all(Extension), cloud_store.all(Operation)) == ([], [])


def test_a_version_is_made_whole(arm: Arm, make_machine: Make) -> None:
    """What was asked for in part is shown whole."""
    make_machine()
    arm("PUT", "{M}/box-1/extensions/e", json={"properties": {**SCRIPT["properties"], "typeHandlerVersion": "2.1"}})

    assert arm("GET", "{M}/box-1/extensions/e").json()["properties"]["typeHandlerVersion"] == "2.1.13"


@pytest.mark.parametrize("query", [{}, {"$expand": "instanceView"}])
def test_lists_have_the_instance_view(arm: Arm, make_machine: Make, cloud_store: Store, query: dict[str, str]) -> None:
    """With `$expand` and without; another value is refused."""
    make_machine()
    arm("PUT", "{M}/box-1/extensions/e", json=SCRIPT)
    extension = cloud_store.all(Extension)[0]
    cloud_store.apply(Transition("test", (msgspec.structs.replace(extension, state="Failed", code="51"),)))
    found = arm("GET", "{M}/box-1/extensions", params=query).json()["value"]

    assert found[0]["properties"]["instanceView"]["status"]["code"] == "51"
    assert code(arm("GET", "{M}/box-1/extensions", params={"$expand": "x"})) == (400, "InvalidQueryParameterValue")


def installed(arm: Arm, store: Store, name: str, **properties: str) -> None:
    """Install an extension as if the agent had done it."""
    arm("PUT", f"{{M}}/box-1/extensions/{name}", json={"properties": properties}).raise_for_status()
    finish(store, "Succeeded")


WATCHER = {"publisher": "Microsoft.Azure.NetworkWatcher", "type": "NetworkWatcherAgentLinux"}


def test_upgrades_are_one_operation(arm: Arm, make_machine: Make, cloud_store: Store) -> None:
    """Each extension named gets its version and an operation of its own; the whole ends with the last, as `[]`."""
    make_machine()
    installed(arm, cloud_store, "script", **SCRIPT_KIND, typeHandlerVersion="2.1.10")
    installed(arm, cloud_store, "watcher", **WATCHER, typeHandlerVersion="1.4.2798.3")
    targets = {"microsoft.azure.extensions.CUSTOMSCRIPT": {"targetVersion": "2.1.13"},
               "Microsoft.Azure.NetworkWatcher.NetworkWatcherAgentLinux": {}, "Microsoft.Azure": None}  # fmt: skip
    answer = arm("POST", "{M}/box-1/upgradeExtensions", json={"extensionTargets": targets})
    versions = {item.name: (item.version, item.state) for item in cloud_store.all(Extension)}
    finish(cloud_store, "Succeeded")
    halfway = arm("GET", answer.headers["azure-asyncoperation"]).json()["status"]
    finish(cloud_store, "Succeeded")
    status, result = (arm("GET", answer.headers[name]) for name in ("azure-asyncoperation", "location"))

    assert (answer.status_code, answer.content) == (202, b"")
    assert versions == {"script": ("2.1.13", "Updating"), "watcher": ("1.4.3135.1", "Updating")}
    assert (halfway, status.json()["status"], status.json()["properties"]) == ("Queued", "Succeeded", [])
    assert (result.status_code, result.json()) == (200, [])


def test_an_upgrade_fails_with_its_first_bad_part(arm: Arm, make_machine: Make, cloud_store: Store) -> None:
    """The error of the whole is the error of the part."""
    make_machine()
    installed(arm, cloud_store, "script", **SCRIPT_KIND, typeHandlerVersion="2.1.10")
    targets = {"Microsoft.Azure.Extensions.CustomScript": {"targetVersion": "2.1.13"}}
    answer = arm("POST", "{M}/box-1/upgradeExtensions", json={"extensionTargets": targets})
    finish(cloud_store, "Failed")
    status = arm("GET", answer.headers["azure-asyncoperation"]).json()

    assert (status["status"], status["error"]["code"]) == ("Failed", "51")


def test_an_upgrade_of_nothing_is_done(arm: Arm, make_machine: Make) -> None:
    """As recorded: a name that no extension has is passed over."""
    make_machine()
    body: dict[str, Any] = {"extensionTargets": {"Microsoft.Azure.NetworkWatcher": {"targetVersion": "1.4.3135.1"}}}
    answer = arm("POST", "{M}/box-1/upgradeExtensions", json=body)

    assert arm("GET", answer.headers["azure-asyncoperation"]).json()["status"] == "Succeeded"


def test_upgrades_that_cannot_be(arm: Arm, make_machine: Make, cloud_store: Store) -> None:
    """An unknown version, a body of another shape, and a machine at work are refused; nothing changes."""
    make_machine()
    installed(arm, cloud_store, "script", **SCRIPT_KIND, typeHandlerVersion="2.1.10")
    before = cloud_store.all(Extension)
    name = "Microsoft.Azure.Extensions.CustomScript"
    path = "{M}/box-1/upgradeExtensions"

    assert code(arm("POST", path, json={"extensionTargets": {name: {"targetVersion": "9"}}})) == (400, "HCRP400")
    assert code(arm("POST", path, json={"extensionTargets": {name: "9"}})) == (400, "InvalidRequestContent")
    assert code(arm("POST", path, json={"extensionTargets": [1]})) == (400, "InvalidRequestContent")
    assert cloud_store.all(Extension) == before
    arm("DELETE", "{M}/box-1/extensions/script")
    assert code(arm("POST", path, json={"extensionTargets": {}})) == (409, "HCRP409")


def test_additions_are_one_operation(arm: Arm, make_machine: Make, cloud_store: Store) -> None:
    """New ones are named by their types, one that is there is updated; the result is all of them."""
    make_machine()
    installed(arm, cloud_store, "mine", **SCRIPT_KIND, typeHandlerVersion="2.1.10")
    body: dict[str, Any] = {
        "extensions": [{**SCRIPT_KIND, "settings": {"a": 1}, "protectedSettings": {"b": "hush"}}, WATCHER]
    }
    answer = arm("POST", "{M}/box-1/addExtensions", json=body)
    finish(cloud_store, "Succeeded")
    finish(cloud_store, "Succeeded")
    result = arm("GET", answer.headers["location"])

    assert {item.name for item in cloud_store.all(Extension)} == {"mine", "NetworkWatcherAgentLinux"}
    assert [item["type"] for item in result.json()["extensions"]] == ["CustomScript", "NetworkWatcherAgentLinux"]
    assert result.json()["extensions"][0]["settings"] == {"a": 1}
    assert "hush" not in result.text


@pytest.mark.parametrize("extensions", ["x", [1], [{}], [{"publisher": "Nobody", "type": "X"}], [WATCHER, WATCHER]])
def test_additions_that_cannot_be(arm: Arm, make_machine: Make, cloud_store: Store, extensions: Any) -> None:
    """A list of another shape, an unknown extension, or one twice is refused, and none of it is kept."""
    make_machine()

    assert arm("POST", "{M}/box-1/addExtensions", json={"extensions": extensions}).status_code == 400
    assert (cloud_store.all(Extension), cloud_store.all(Operation)) == ([], [])


def test_the_resource_administrator_may_upgrade(arm: Arm, make_machine: Make) -> None:
    """The role has the action; the onboarding role has not."""
    make_machine()
    path = "{M}/box-1/upgradeExtensions"

    assert arm("POST", path, who="administrator", json={"extensionTargets": {}}).status_code == 202
    assert arm("POST", path, who="onboarding", json={"extensionTargets": {}}).status_code == 403
