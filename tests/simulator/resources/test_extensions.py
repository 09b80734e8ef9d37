"""Extensions take what a request says, never show protected settings, and end as the agent reports."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from simulator.errors import ApiError
from simulator.resources.entities import Extension, Machine, Operation
from simulator.resources.extensions import instance_view, reported, shown, wanted
from simulator.resources.operations import Report
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
    key="o", status="InProgress", started=NOW, resource=BEFORE.key, action="extensions.install", machine="/m"
)


def test_a_new_extension_is_creating() -> None:
    """A PUT gives an extension with all it says, in the machine's location."""
    assert (BEFORE.state, BEFORE.version, BEFORE.location) == ("Creating", "2.1.10", "eastus")
    assert (BEFORE.settings, BEFORE.protected) == ({"commandToExecute": "true"}, {"password": "hush"})


def test_protected_settings_are_never_shown() -> None:
    """No part of the protected settings is in what ARM shows."""
    assert "hush" not in msgspec.json.encode(shown(BEFORE)).decode()


def test_tags_are_shown_when_there_are_some() -> None:
    """An extension without tags has no member for them."""
    tagged = msgspec.structs.replace(BEFORE, tags={"use": "test"})

    assert ("tags" in shown(BEFORE), shown(tagged)["tags"]) == (False, {"use": "test"})


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
        {"properties": {**PROPERTIES, "enableAutomaticUpgrade": "yes"}},
        {"properties": PROPERTIES, "tags": ["a"]},
    ],
    ids=["empty", "no type", "no publisher", "properties a list", "settings a text", "protected a list",
         "flag a text", "tags a list"],
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
    operation, extension = reported(INSTALL, BEFORE, Report("succeeded", "0", "done", "2.1.10"), NOW)

    assert operation.status == "Succeeded"
    assert extension is not None
    properties = shown(extension)["properties"]
    assert properties["provisioningState"] == "Succeeded"
    assert properties["instanceView"]["status"] == {
        "code": "0", "level": "Information", "message": "Extension Message: done"
    }  # fmt: skip


def test_failure_keeps_the_extension() -> None:
    """A failed extension stays, with its code and level Error; the operation carries code and message."""
    operation, extension = reported(INSTALL, BEFORE, Report("failed", "51", "no such distro"), NOW)

    assert (operation.status, operation.code, operation.message) == ("Failed", "51", "no such distro")
    assert extension is not None
    assert (extension.state, extension.version) == ("Failed", "2.1.10")
    assert shown(extension)["properties"]["instanceView"]["status"]["level"] == "Error"


@pytest.mark.parametrize(("good", "expected"), [(True, None), (False, "Failed")], ids=["removed", "not removed"])
def test_removal(good: bool, expected: str | None) -> None:
    """A removed extension is gone; one whose removal failed stays as Failed."""
    operation = msgspec.structs.replace(INSTALL, action="extensions.uninstall")
    _, extension = reported(operation, BEFORE, Report("succeeded" if good else "failed"), NOW)

    assert (extension.state if extension else None) == expected


@pytest.mark.parametrize("action", ["extensions.install", "extensions.uninstall"])
def test_a_report_in_between_ends_nothing(action: str) -> None:
    """While it runs neither operation nor extension change."""
    operation = msgspec.structs.replace(INSTALL, action=action)

    assert reported(operation, BEFORE, Report("transitioning"), NOW) == (operation, BEFORE)


def test_publisher_and_type_stay() -> None:
    """Another type under the same name is a conflict; other casing is none."""
    with pytest.raises(ApiError) as caught:
        wanted(BEFORE.key, MACHINE, "e", {"properties": {"type": "Other"}}, BEFORE, author=ME, now=NOW)
    same = {"properties": {"type": "customSCRIPT"}}

    assert (caught.value.status, caught.value.code) == (409, "PropertyChangeNotAllowed")
    assert wanted(BEFORE.key, MACHINE, "e", same, BEFORE, author=ME, now=NOW).state == "Updating"


@pytest.mark.parametrize("name", ["", "a b", "a" * 81, "a\n", "ä"])
def test_bad_names_are_refused(name: str) -> None:
    """A name has 1 to 80 letters, digits, hyphens, dots and underscores."""
    with pytest.raises(ApiError) as caught:
        wanted("/m/extensions/e", MACHINE, name, {"properties": PROPERTIES}, None, author=ME, now=NOW)

    assert (caught.value.status, caught.value.code) == (400, "InvalidResourceName")


def test_an_extension_without_report_has_no_instance_view() -> None:
    """Before the first report there is nothing to show."""
    silent = Extension(**{**msgspec.structs.asdict(BEFORE), "code": ""})

    assert "instanceView" not in shown(silent)["properties"]
    assert instance_view(silent) == {"name": "e", "type": "CustomScript", "typeHandlerVersion": "2.1.10"}
