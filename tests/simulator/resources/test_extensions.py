"""Extensions take what a request says, never show protected settings, and end as the agent reports."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from simulator.errors import ApiError
from simulator.resources.entities import Extension, Machine, Operation
from simulator.resources.extensions import QUEUE_S, ended, instance_view, lapses_at, pending_on, shown, wanted
from simulator.resources.system_data import Author

NOW = 1_767_225_600.0
MACHINE = Machine(
    key="/m", name="box-1", subscription_id="s", resource_group="rg1", location="eastus", vm_id="v", public_key="",
    principal_id="p", client_id="c", created=NOW,
)  # fmt: skip
PROPERTIES: dict[str, Any] = {
    "publisher": "Microsoft.Azure.Extensions", "type": "CustomScript", "typeHandlerVersion": "2.1.10",
    "settings": {"commandToExecute": "true"}, "protectedSettings": {"password": "hush"},
    "enableAutomaticUpgrade": False,
}  # fmt: skip
ME = Author("me@lab", "User")
BEFORE = wanted("/m/extensions/e", MACHINE, "e", {"properties": PROPERTIES}, None, author=ME, now=NOW)
INSTALL = Operation(
    key="o", status="InProgress", started=NOW, resource=BEFORE.key, action="extensions.install", extension=BEFORE.key
)


def test_a_new_extension_is_creating() -> None:
    """A PUT gives an extension with all it says, in the machine's location."""
    assert (BEFORE.state, BEFORE.version, BEFORE.location) == ("Creating", "2.1.10", "eastus")
    assert (BEFORE.settings, BEFORE.protected) == ({"commandToExecute": "true"}, {"password": "hush"})


def test_protected_settings_are_never_shown() -> None:
    """No part of the protected settings is in what ARM shows."""
    assert "hush" not in msgspec.json.encode(shown(BEFORE)).decode()


def test_a_change_keeps_what_it_does_not_say() -> None:
    """An update of one thing leaves the others."""
    body = {"properties": {"autoUpgradeMinorVersion": True, "settings": {"a": 1}}}
    after = wanted(BEFORE.key, MACHINE, "e", body, BEFORE, author=Author("you"), now=NOW + 1)

    assert (after.state, after.version, after.publisher) == ("Updating", "2.1.10", "Microsoft.Azure.Extensions")
    assert (after.settings, after.protected) == ({"a": 1}, {"password": "hush"})
    assert (after.system_data.created_by, after.system_data.modified_by.name) == (ME, "you")
    assert after.options == {"enableAutomaticUpgrade": False, "autoUpgradeMinorVersion": True}


@pytest.mark.parametrize(
    "body",
    [
        {}, {"properties": {"publisher": "P"}}, {"properties": {"type": "T"}}, {"properties": [1]},
        {"properties": {**PROPERTIES, "settings": "x"}}, {"properties": {**PROPERTIES, "protectedSettings": [1]}},
        {"properties": PROPERTIES, "tags": ["a"]},
    ],
    ids=["empty", "no type", "no publisher", "properties a list", "settings a text", "protected a list", "tags a list"],
)  # fmt: skip
def test_bad_bodies_are_refused(body: dict[str, Any]) -> None:
    """A body that cannot be used is answered 400."""
    with pytest.raises(ApiError) as caught:
        wanted("/m/extensions/e", MACHINE, "e", body, None, author=ME, now=NOW)

    assert (caught.value.status, caught.value.code) == (400, "InvalidRequestContent")


def test_defaults_are_the_recorded_ones() -> None:
    """Without options ARM shows no minor upgrades and automatic upgrades."""
    body = {"properties": {"publisher": "P", "type": "T"}}
    properties = shown(wanted("/m/extensions/e", MACHINE, "e", body, None, author=ME, now=NOW))["properties"]

    assert (properties["autoUpgradeMinorVersion"], properties["enableAutomaticUpgrade"]) == (False, True)


def test_success_is_shown_as_recorded() -> None:
    """A good end has code "0", level Information and the agent's message."""
    operation, extension = ended(INSTALL, BEFORE, good=True, code="0", message="done", version="2.1.10")

    assert operation.status == "Succeeded"
    assert extension is not None
    properties = shown(extension)["properties"]
    assert properties["provisioningState"] == "Succeeded"
    assert properties["instanceView"]["status"] == {
        "code": "0", "level": "Information", "message": "Extension Message: done"
    }  # fmt: skip


def test_failure_keeps_the_extension() -> None:
    """A failed extension stays, with its code and level Error; the operation carries code and message."""
    operation, extension = ended(INSTALL, BEFORE, good=False, code="51", message="no such distro", version="")

    assert (operation.status, operation.code, operation.message) == ("Failed", "51", "no such distro")
    assert extension is not None
    assert (extension.state, extension.version) == ("Failed", "2.1.10")
    assert shown(extension)["properties"]["instanceView"]["status"]["level"] == "Error"


@pytest.mark.parametrize(("good", "expected"), [(True, None), (False, "Failed")], ids=["removed", "not removed"])
def test_removal(good: bool, expected: str | None) -> None:
    """A removed extension is gone; one whose removal failed stays as Failed."""
    operation = msgspec.structs.replace(INSTALL, action="extensions.uninstall")
    _, extension = ended(operation, BEFORE, good=good, code="", message="", version="")

    assert (extension.state if extension else None) == expected


def test_an_operation_without_extension_just_ends() -> None:
    """The extension may be gone before the report comes."""
    operation, extension = ended(INSTALL, None, good=False, code="", message="late", version="")

    assert (operation.status, operation.code, extension) == ("Failed", "1", None)


@pytest.mark.parametrize(
    ("fetched", "status", "expected"),
    [(0.0, "InProgress", NOW + QUEUE_S), (NOW, "InProgress", None), (0.0, "Succeeded", None)],
    ids=["waits", "fetched", "ended"],
)
def test_operations_wait_six_hours(fetched: float, status: str, expected: float | None) -> None:
    """An operation that nobody fetched for six hours lapses."""
    operation = msgspec.structs.replace(INSTALL, fetched=fetched, status=status)

    assert lapses_at(operation) == expected


def test_a_machine_operation_does_not_lapse() -> None:
    """Only operations for an agent wait for one."""
    assert lapses_at(msgspec.structs.replace(INSTALL, extension="")) is None


def test_an_operation_is_pending_on_its_machine_until_it_ends() -> None:
    """An agent is handed what is in progress on its own machine."""
    running = msgspec.structs.replace(INSTALL, extension="/m/extensions/a")

    assert (pending_on(running), pending_on(msgspec.structs.replace(running, status="Failed"))) == ("/m", "")


def test_an_extension_without_report_has_no_instance_view() -> None:
    """Before the first report there is nothing to show."""
    silent = Extension(**{**msgspec.structs.asdict(BEFORE), "code": ""})

    assert "instanceView" not in shown(silent)["properties"]
    assert instance_view(silent) == {"name": "e", "type": "CustomScript", "typeHandlerVersion": "2.1.10"}
